from odoo import fields, models


class PactImportOverride(models.TransientModel):
    """Apply an import although it stops, and say why that is right."""

    _name = "pact.import.override"
    _description = "Apply an Import Nevertheless"

    job_id = fields.Many2one("pact.import.job", required=True, ondelete="cascade")
    stop_text = fields.Text(related="job_id.stop_text")
    reason = fields.Char(required=True)

    def action_apply(self):
        """Apply the import; who and why stay with it.

        :raise UserError: the user does not answer for all its schools
        """
        self.ensure_one()
        self.job_id._override(self.reason)
        return {"type": "ir.actions.act_window_close"}
