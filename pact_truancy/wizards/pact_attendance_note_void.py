from odoo import fields, models


class PactAttendanceNoteVoid(models.TransientModel):
    _name = "pact.attendance.note.void"
    _description = "Void a Note"

    note_ids = fields.Many2many("pact.attendance.note", required=True)
    reason = fields.Char(required=True)

    def action_void(self):
        """Void the notes for the reason given."""
        self.ensure_one()
        self.note_ids.action_void(self.reason)
        return {"type": "ir.actions.act_window_close"}
