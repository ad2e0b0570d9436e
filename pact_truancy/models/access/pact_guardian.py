from odoo import api, fields, models
from odoo.exceptions import AccessError


class PactGuardian(models.Model):
    _inherit = "pact.guardian"

    # The right to a guardian comes from a linked student. Between 'create' and the
    # first link a form reads the guardian back, so whoever entered it keeps it so long.
    unlinked_by_id = fields.Many2one(
        "res.users",
        string="Not Linked Yet, Entered by",
        default=lambda self: not self.env.su and self.env.uid,
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_not_claimed({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_claimed(vals)
        return super().write(vals)

    def _check_not_claimed(self, names):
        """Nobody writes `unlinked_by_id`: it would keep a right for ever."""
        given = (
            "unlinked_by_id" in names or "default_unlinked_by_id" in self.env.context
        )
        if given and not self.env.su:
            raise AccessError(
                self.env._("Who entered a guardian is kept by the app itself.")
            )
