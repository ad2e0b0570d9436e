from odoo import fields, models


class PactImportDismiss(models.TransientModel):
    """Say of rejected rows that nothing needs to come of them, and why."""

    _name = "pact.import.dismiss"
    _description = "Dismiss Rejected Rows"

    row_ids = fields.Many2many(
        "pact.import.row", default=lambda self: self.env.context.get("active_ids")
    )
    reason = fields.Char(required=True)

    def action_dismiss(self):
        """Dismiss the open rows among these: each keeps who, when and why."""
        self.ensure_one()
        self.row_ids.check_access("read")
        # sudo: nobody writes a row but the import and this
        self.row_ids.sudo()._decide("dismissed", self.reason)
        return {"type": "ir.actions.act_window_close"}
