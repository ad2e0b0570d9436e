from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models

from ..facts.words import short_date
from .pact_case import GATE

ACTIVITY = "pact_truancy.activity_case_age"


class PactCase(models.Model):
    """Reaching an age limit in an open case is somebody's task, once (R21-01)."""

    _inherit = "pact.case"

    age_told = fields.Date(
        readonly=True, copy=False, help="The limit that somebody was told of."
    )

    def _tell_ages(self, day):
        """Give the manager of each case a to-do when the student is about to outgrow
        the program's statutory steps; taken back when the birth date was wrong. One
        query for the birth dates."""
        # sudo: derived values, whoever caused them
        for program, cases in self.sudo().grouped("program_id").items():
            statutory = program.step_ids.filtered("is_statutory")
            if not (statutory and program.max_age):
                continue
            until = day + timedelta(days=program.age_notice)
            for case in cases:
                born = case.student_id.birth_date
                limit = born and born + relativedelta(years=program.max_age)
                due = bool(limit) and limit <= until
                if due and case.age_told != limit:
                    case._tell_age(limit, day)
                elif not due and case.age_told:
                    case.with_context(pact_gate=GATE).write({"age_told": False})
                    case.activity_unlink([ACTIVITY])

    def _tell_age(self, limit, day):
        self.with_context(pact_gate=GATE).write({"age_told": limit})
        self.activity_unlink([ACTIVITY])
        user = self.manager_id or self._coordinator()
        if user:
            self.activity_schedule(
                ACTIVITY,
                date_deadline=max(day, limit),
                summary=self.env._(
                    "%(age)s years old on %(day)s: the steps that the law bounds by "
                    "age end then",
                    age=self.program_id.max_age,
                    day=short_date(self.env, limit),
                ),
                user_id=user.id,
            )
