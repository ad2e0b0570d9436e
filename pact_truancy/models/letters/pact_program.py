from odoo import models
from odoo.fields import Domain


class PactProgram(models.Model):
    _inherit = "pact.program"

    def copy(self, default=None):
        """Copy the letters with the steps that send them (GEN-03)."""
        copies = super().copy(default)
        for program, copied in zip(self, copies, strict=True):
            steps = {step.code: step for step in copied.step_ids}
            for kind in program.step_ids.letter_kind_ids:
                early = kind.early_step_id
                twin = kind.copy(
                    {
                        "code": f"{kind.code}/{copied.code}",
                        "step_id": steps[kind.step_id.code].id,
                        "early_step_id": early and steps[early.code].id,
                    }
                )
                for text in kind.text_ids:
                    text.copy({"kind_id": twin.id})
        return copies

    def _starts(self, students, day):
        """Add 'since_letter': the day on which the last letter of the open case's
        ladder was sent, up to `day` (counting.md 7); a notice beside it begins no new
        count."""
        starts = super()._starts(students, day)
        # sudo: a number does not depend on who asks
        rows = (
            self.env["pact.letter"]
            .sudo()
            ._read_group(
                Domain("state", "=", "sent")
                & Domain("date_sent", "<=", day)
                & Domain("kind_id.step_id.is_rung", "=", True)
                & Domain("case_id", "any!", self._open_cases_domain(students, day)),
                ["student_id"],
                ["date_sent:max"],
            )
        )
        return {**starts, "since_letter": {s.id: sent for s, sent in rows}}
