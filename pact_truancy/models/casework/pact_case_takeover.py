from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..facts.words import short_date
from .pact_case import GATE
from .pact_void_mixin import OFFICE_ROLES

# a case that began longer ago is a year typed wrong
LONGEST = timedelta(days=3 * 365)


class TakenOver(NamedTuple):
    """A case as former records hold it. `history`: ((step, date), ...) of the steps
    before the present one, as far as they are known, in order."""

    student: models.BaseModel
    school: models.BaseModel
    program: models.BaseModel
    step: models.BaseModel
    date: object
    date_open: object
    manager: models.BaseModel
    reason: str = ""
    history: tuple = ()


class PactCase(models.Model):
    """Cases that ran before this app was used. They come into the step in which they
    stand, on the day on which they came there, so that waiting times go on; nothing was
    checked, and the history says so. No letter is drafted."""

    _inherit = "pact.case"

    is_prior = fields.Boolean(
        string="Before Our Records",
        readonly=True,
        copy=False,
        help="The case was taken over while it ran.",
    )

    def _give_step_activity(self):
        """A case that is late already when it is taken over gives nobody a to-do: a
        whole year of them at once would bury what is new. The board shows it as
        overdue, and the to-dos begin with its next step."""
        fresh = self.filtered(lambda case: case.is_prior and case.is_overdue)
        old = fresh.filtered(lambda case: all(case.step_history_ids.mapped("is_prior")))
        return super(PactCase, self - old)._give_step_activity()

    @api.model
    def _takeover_problem(self, row, day, served):
        """Return why `row` (`TakenOver`) cannot be taken over on `day`, or None.

        :param served: {program: the schools that it serves on `day`}
        """
        step, program = row.step, row.program
        names = {"student": row.student.name, "school": row.school.name}
        if step.program_id != program or not step.is_rung:
            return self.env._(
                "'%(step)s' is no step of a case in '%(program)s'.",
                step=step.name,
                program=program.name,
            )
        if row.school not in row.student.school_ids:
            return self.env._("%(student)s is not at %(school)s.", **names)
        if row.school not in served[program]:
            return self.env._(
                "'%(program)s' does not serve %(school)s.",
                program=program.name,
                school=row.school.name,
            )
        return self._takeover_date_problem(row, day)

    @api.model
    def _takeover_date_problem(self, row, day):
        dates = [row.date_open, *(date for _step, date in row.history), row.date]
        if row.date > day:
            return self.env._("%(day)s is in the future.", day=_day(self, row.date))
        if row.date_open < day - LONGEST:
            return self.env._(
                "%(day)s is more than three years ago: is the year right?",
                day=_day(self, row.date_open),
            )
        if dates != sorted(dates):
            return self.env._(
                "The dates go backwards: %(days)s. A case is opened, then takes one "
                "step after the other.",
                days=", ".join(_day(self, date) for date in dates),
            )
        steps = [step for step, _date in row.history] + [row.step]
        places = [step._place() for step in steps]
        if places != sorted(set(places)):
            return self.env._(
                "The steps are not in the program's order: %(steps)s.",
                steps=", ".join(step.name for step in steps),
            )
        return None

    @api.model
    def _takeover_managers(self, schools):
        """Return {school: users who can have its cases}: the office's people there
        now, and its administrators."""
        now = fields.Datetime.now()
        # sudo: who works where; the caller coordinates these schools
        rows_sudo = (
            self.env["pact.access"]
            .sudo()
            .search(
                [
                    ("school_id", "in", schools.ids),
                    ("role", "in", (*OFFICE_ROLES, "school_admin")),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                    ("user_id.active", "=", True),
                ]
            )
        )
        by_school = rows_sudo.grouped("school_id")
        users = self.env["res.users"]
        return {
            school: by_school[school].user_id.sudo(False)
            if school in by_school
            else users
            for school in schools
        }

    @api.model
    def _take_over(self, rows, day):
        """Open the cases of `rows` in the steps in which they stand; a fixed number of
        queries but for what is written.

        :param rows: list of `TakenOver`, one a student and program
        :raise AccessError: for anybody but a coordinator of each school
        :raise UserError: names the first row that cannot be taken over
        :return: the new cases, in the order of `rows`
        """
        if not rows:
            return self.browse()
        self._check_takes_over(self.env["pact.school"].union(*(r.school for r in rows)))
        students = self.env["pact.student"].union(*(row.student for row in rows))
        running = {
            (case.student_id, case.program_id): case
            # sudo: whether there is one, whichever school has it
            for case in self.sudo().search(
                [("student_id", "in", students.ids), ("is_open", "=", True)]
            )
        }
        served = {one: one._schools(day) for one in {row.program for row in rows}}
        for row in rows:
            problem = self._takeover_problem(row, day, served)
            if not problem and (row.student, row.program) in running:
                problem = self._runs_text(running[row.student, row.program])
            if problem:
                raise UserError(problem)
        # sudo: a coordinator has no right to make cases past the gate; checked above
        cases_sudo = (
            self.sudo()
            .with_context(
                pact_gate=GATE, tracking_disable=True, mail_create_nosubscribe=True
            )
            .create([self._takeover_values(row) for row in rows])
            .with_context(pact_gate=None, tracking_disable=None)
        )
        self._log_taken_over(cases_sudo, rows)
        cases_sudo._refresh_rights(day)
        cases_sudo._refresh_advice(day)
        return cases_sudo.sudo(False)

    @api.model
    def _runs_text(self, case):
        return self.env._(
            "%(student)s has an open case in '%(program)s' already.",
            student=case.student_id.name,
            program=case.program_id.name,
        )

    @api.model
    def _takeover_values(self, row):
        return {
            "student_id": row.student.id,
            "school_id": row.school.id,
            "program_id": row.program.id,
            "step_id": row.step.id,
            "manager_id": row.manager.id,
            "date_open": row.date_open,
            "date_step": row.date,
            "is_prior": True,
        }

    @api.model
    def _log_taken_over(self, cases, rows):
        """Write the history. Not by `_log_step`: that drafts the letters of a step,
        and a family would get a letter about what happened long ago."""
        self.env["pact.case.step"].sudo().create(
            [
                {
                    "case_id": case.id,
                    "step_id": step.id,
                    "date": date,
                    "user_id": self.env.uid,
                    "reason": row.reason,
                    "is_prior": True,
                }
                for case, row in zip(cases, rows, strict=True)
                for step, date in (*row.history, (row.step, row.date))
            ]
        )

    @api.model
    def _check_takes_over(self, schools):
        """Refuse who does not coordinate each of `schools`."""
        if self.env.su:
            return
        now = fields.Datetime.now()
        # sudo: one's own rights
        mine = (
            self.env["pact.access"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("school_id", "in", schools.ids),
                    ("role", "=", "coordinator"),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                ]
            )
        )
        if schools - mine.school_id.sudo(False):
            raise AccessError(
                self.env._("Only a coordinator of the school takes over its cases.")
            )


def _day(records, day):
    return short_date(records.env, day)
