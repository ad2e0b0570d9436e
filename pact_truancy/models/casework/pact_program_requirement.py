from odoo import models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer


class PactProgramRequirement(models.Model):
    _inherit = "pact.program.requirement"

    def _check_requirement_wait(self, cases, day):
        """School days since the last step (R53-07): the n-th school day after it is the
        first possible day, and is named (R53-09)."""
        self.ensure_one()
        calendars = self.env["pact.school.calendar"]
        first = calendars._days_after(
            [
                (case.id, case.school_id.calendar_id.id, case.date_step, self.count)
                for case in cases
            ]
        )
        return {case.id: self._waited(case, first.get(case.id), day) for case in cases}

    def _waited(self, case, first_day, day):
        since = short_date(self.env, case.date_step)
        if not first_day:
            return Answer(
                False,
                self.env._(
                    "%(count)s school days since %(since)s: the calendar of %(school)s "
                    "does not reach so far. Enter the coming school year first.",
                    count=self.count,
                    since=since,
                    school=case.school_id.name,
                ),
            )
        if first_day > day:
            return Answer(
                False,
                self.env._(
                    "%(count)s school days since %(since)s: possible from %(first)s on",
                    count=self.count,
                    since=since,
                    first=short_date(self.env, first_day),
                ),
                first_day,
            )
        return Answer(
            True,
            self.env._(
                "%(count)s school days since %(since)s were over on %(first)s",
                count=self.count,
                since=since,
                first=short_date(self.env, first_day),
            ),
        )
