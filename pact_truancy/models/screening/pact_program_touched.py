import hashlib

from odoo import models

from ..metrics.specs import RATE_MEASURES

# measures that change for a whole school when a day of it is received
OF_DAYS = {"possible", "attended", "unexcused_run", *RATE_MEASURES}


class PactProgram(models.Model):
    """The second screening of a day reads only the students whose facts changed since
    the first: the same flags for a part of the work."""

    _inherit = "pact.program"

    def _touched_today(self, day):
        """Return the students whose facts changed since the last screening of `day`;
        None where all must be read: no screening yet (windows move with the day), other
        rules, another calendar.

        A run of the touched students after a run of all leaves what a run of all would
        leave: nothing else that a criterion reads can change within a day.
        """
        self.ensure_one()
        # sudo: a number does not depend on who asks
        program_sudo = self.sudo()
        last_sudo = program_sudo.env["pact.screening"].search(
            [("program_id", "=", self.id), ("day", "=", day)], limit=1
        )
        if not last_sudo.moment or last_sudo.basis != program_sudo._basis(day):
            return None
        touched = self.env["pact.touched"]._since(last_sudo.moment)
        if touched is None:
            return None
        student_ids, school_ids = touched
        if school_ids and program_sudo._reads_received_days():
            rows = program_sudo.env["pact.enrollment"]._read_group(
                [("school_id", "in", list(school_ids))], ["student_id"]
            )
            student_ids |= {student.id for (student,) in rows}
        return self.env["pact.student"].browse(sorted(student_ids))

    def _reads_received_days(self):
        """Return whether a number of a criterion can change because a day was received
        on which nobody was absent."""
        criteria = self._flag_steps().criterion_ids
        return any(
            spec.measure in OF_DAYS or (spec.counting == "program" and self.grace_days)
            for criterion in criteria
            for spec in criterion._specs()
        )

    def _basis(self, day):
        """Return a digest of all that a screening rests on but the facts of students:
        the rules, whom they hold for, the schools' limits and calendars, the years."""
        self.ensure_one()
        steps = self._flag_steps()
        schools = self.env["pact.school"].with_context(active_test=False)
        schools = schools.search_fetch(
            [], ["calendar_id", "excused_day_cap"], order="id"
        )
        years = self.env["pact.school.year"].search([], order="id")
        basis = (
            [
                (
                    step.id,
                    criterion.group,
                    criterion._specs(),
                    criterion.operator,
                    criterion.unit,
                    criterion._hundredths(),
                )
                for step in steps
                for criterion in step.criterion_ids
            ],
            self._counting(),
            (self.min_age, self.max_age),
            sorted(self._schools(day).ids),
            [(s.id, s.calendar_id.id, s.excused_day_cap) for s in schools],
            [(year.date_start, year.date_end) for year in years],
        )
        return hashlib.sha256(repr(basis).encode()).hexdigest()
