from odoo import models
from odoo.fields import Domain


class PactProgram(models.Model):
    _inherit = "pact.program"

    def _starts(self, students, day):
        """Add 'since_letter': the day on which the last letter of the open case was
        sent, up to `day` (counting.md 7)."""
        starts = super()._starts(students, day)
        # sudo: a number does not depend on who asks
        rows = (
            self.env["pact.letter"]
            .sudo()
            ._read_group(
                Domain("state", "=", "sent")
                & Domain("date_sent", "<=", day)
                & Domain("case_id", "any!", self._open_cases_domain(students, day)),
                ["student_id"],
                ["date_sent:max"],
            )
        )
        return {**starts, "since_letter": {s.id: sent for s, sent in rows}}
