from odoo import api, models
from odoo.exceptions import UserError


class PactAppendOnly(models.AbstractModel):
    """Records that are written once: nobody changes or deletes one, administrators and
    imports included."""

    _name = "pact.append.only"
    _description = "Written Once"

    def _may_write(self, vals):
        """Return whether `vals` is the one change that a model allows."""
        return False

    def write(self, vals):
        if self._may_write(vals):
            return super().write(vals)
        raise UserError(
            self.env._(
                "%(model)s: what is written is never changed.",
                model=self.env["ir.model"]._get(self._name).name,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "%(model)s: what is written is never deleted.",
                model=self.env["ir.model"]._get(self._name).name,
            )
        )
