from odoo import fields, models


class PactCaseEarly(models.TransientModel):
    """Asks in which program a case is opened before any threshold, and why."""

    _name = "pact.case.early"
    _description = "Open an Early Case"

    student_id = fields.Many2one("pact.student", required=True, ondelete="cascade")
    early_program_ids = fields.Many2many(related="student_id.early_program_ids")
    program_id = fields.Many2one("pact.program", required=True, ondelete="cascade")
    reason = fields.Char(required=True)

    def action_open(self):
        """Open the case and show it.

        :raise UserError: says why the student gets none
        """
        self.ensure_one()
        case = self.env["pact.case"]._open_early(
            self.student_id, self.program_id, self.reason
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "pact.case",
            "res_id": case.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
