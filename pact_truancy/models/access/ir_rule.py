from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """Refuse without a name: in debug mode, which every employee can turn on, the
        stock message lists the display names of the refused records."""
        if not records._name.startswith("pact."):
            return super()._make_access_error(operation, records)
        # sudo: the name of the model, no person's data
        model_sudo = self.env["ir.model"].sudo()._get(records._name)
        return AccessError(
            self.env._(
                "You have no right to this record (%(kind)s). Rights come from "
                "assignments: yours may be for other schools, may not allow this, or "
                "may have ended. An administrator of the app can change that.",
                kind=model_sudo.name,
            )
        )
