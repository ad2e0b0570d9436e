from odoo import models
from odoo.tools import SQL

COUNTED = {"category", "is_absent", "is_chronic", "has_valid_cause", "minutes"}


class PactAttendanceCode(models.Model):
    _inherit = "pact.attendance.code"

    def write(self, vals):
        """What a code means has changed: so have the numbers of who bears it."""
        result = super().write(vals)
        if vals.keys() & COUNTED:
            self.env["pact.student.summary"]._touch(
                SQL(
                    "SELECT DISTINCT student_id FROM pact_attendance_event"
                    " WHERE code_id = ANY(%s)",
                    self.ids,
                )
            )
        return result
