from odoo import fields, models


class PactCaseDrop(models.TransientModel):
    """Asks why a student is to be dropped from the rolls; it only proposes (SOP-04)."""

    _name = "pact.case.drop"
    _description = "Propose a Drop from the Rolls"

    student_id = fields.Many2one("pact.student", required=True, ondelete="cascade")
    drop_program_ids = fields.Many2many(related="student_id.drop_program_ids")
    program_id = fields.Many2one("pact.program", required=True, ondelete="cascade")
    reason = fields.Char(required=True)

    def action_propose(self):
        """Propose it and show the case with what it needs.

        :raise UserError: says why it cannot be proposed
        """
        self.ensure_one()
        case = self.env["pact.case"]._propose_drop(
            self.student_id, self.program_id, self.reason
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "pact.case",
            "res_id": case.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
