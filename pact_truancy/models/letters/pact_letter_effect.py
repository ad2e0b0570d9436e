from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .pact_letter import GATE

EFFECTS = [
    ("none", "Nothing"),
    ("medical", "Absences need documentation of a doctor or the school nurse"),
    ("probation", "Attendance probation"),
]


class PactLetterKind(models.Model):
    _inherit = "pact.letter.kind"

    starts = fields.Selection(
        EFFECTS,
        string="Begins",
        required=True,
        default="none",
        help="What holds for the student from the day on which the letter was sent: "
        "probation to the end of the school year, the medical letter to the end of the "
        "case, each until a person ends it.",
    )


class PactLetter(models.Model):
    """What a letter that was sent begins (SOP-09, SOP-17)."""

    _inherit = "pact.letter"

    starts = fields.Selection(related="kind_id.starts")
    effect_end = fields.Date(
        string="Ended on",
        readonly=True,
        tracking=True,
        help="The last day on which what the letter began holds; a person ended it.",
    )

    def action_end_effect(self):
        """End what these letters began: today is the last day on which it holds.

        :raise UserError: for a letter that began nothing or was not sent
        """
        self._lock_in("sent")
        for letter in self:
            if letter.starts == "none":
                raise UserError(
                    self.env._(
                        "%(letter)s began nothing that could end.",
                        letter=letter.display_name,
                    )
                )
        day = self.env["pact.clock"]._today()
        running = self.filtered(lambda letter: not letter.effect_end)
        running.with_context(pact_letter_gate=GATE).write({"effect_end": day})
        return True


class PactProgram(models.Model):
    _inherit = "pact.program"

    def _starts(self, students, day):
        """Add 'medical', 'medical_end', 'probation' and 'probation_end': the day on
        which a letter that begins it was sent, up to `day`, and the day on which a
        person ended it. A medical letter holds while its case is open (SOP-17,
        counting.md 18), probation to the end of the school year (SOP-09)."""
        starts = super()._starts(students, day)
        open_cases = Domain("case_id", "any!", self._open_cases_domain(students, day))
        year_start = self.env["pact.program.requirement"]._year_start(day)
        this_year = Domain("date_sent", ">=", year_start)
        for effect, still in (("medical", open_cases), ("probation", this_year)):
            first, last = self._begun(effect, students, day, still)
            if first:
                starts = {**starts, effect: first, f"{effect}_end": last}
        return starts

    def _begun(self, effect, students, day, still):
        """Return ({student id: first day}, {student id: last day}) of what the
        program's letters began: of those that run the earliest, else the latest that
        was ended; one query.

        :param still: domain of the letters that may hold on `day`
        """
        # sudo: a number does not depend on who asks
        letters = self.env["pact.letter"].sudo()
        rows = letters.search_fetch(
            Domain("state", "=", "sent")
            & Domain("kind_id.starts", "=", effect)
            & Domain("kind_id.step_id.program_id", "=", self.id)
            & Domain("date_sent", "<=", day)
            & still
            & self._students_domain(students),
            ["student_id", "date_sent", "effect_end"],
            order="date_sent, id",
        )
        first, last = {}, {}
        for row in rows:
            student = row.student_id.id
            ended = row.effect_end if row.effect_end and row.effect_end <= day else None
            if student in first and student not in last:
                continue  # an earlier one runs
            first[student] = row.date_sent
            last.pop(student, None)
            if ended:
                last[student] = ended
        return first, last
