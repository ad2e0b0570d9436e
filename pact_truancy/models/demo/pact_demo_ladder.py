import logging
from datetime import datetime, time, timedelta

from odoo import api, models
from odoo.exceptions import UserError

from ..facts.pact_clock import PINNED_DAY

_logger = logging.getLogger(__name__)

OFFICE_HOURS = time(15)  # UTC, of decisions on past days


class PactDemo(models.AbstractModel):
    """Walks students up the ladders (ladders.py), day by day in the past, by the same
    functions that people use: nothing of it is written by hand."""

    _inherit = "pact.demo"

    @api.model
    def _walk_ladders(self, plan, students):
        """Do on each past day what was done then; afterwards it is today again.

        :param students: {key: pact.student}
        """
        # the main job's screening says what is recommended
        self = self.with_context(pact_defer_advice=True)
        of_walk = {
            id(one.walk): students[one.key] for one in plan.people.students if one.walk
        }
        programs = {
            program.code: program for program in self.env["pact.program"].search([])
        }
        doing = {
            "step": self._take_step,
            "override": self._override_step,
            "improved": self._close_improved,
            "moved": self._close_moved,
            "back": self._come_back,
        }
        walkers = self.env["pact.student"].union(*of_walk.values())
        first = plan.deeds[0][0]
        walkers._refresh_current(first, walkers)  # who left since was there then
        for day, deeds in plan.deeds:
            self._go_to(day)
            for code, program in programs.items():
                own = [deed for deed in deeds if deed.walk.program == code]
                several = {}
                for deed in own:
                    ids = several.setdefault(deed.what, [])
                    ids.append(of_walk[id(deed.walk)].id)
                for what, ids in several.items():
                    group = self.env["pact.student"].browse(ids)
                    if what == "flag":
                        self._find_and_confirm(program, group, day)
                        continue
                    cases = self._cases_of(program, group)
                    doing[what](cases, day)
        self._go_to(plan.today)
        walkers._refresh_current(plan.today, walkers)
        self._hear(walkers.case_ids, plan.today)
        self._plan_meetings(walkers.case_ids, plan.today)

    @api.model
    def _go_to(self, day):
        """Make `day` the program's day."""
        self.env["ir.config_parameter"].set_param(PINNED_DAY, day.isoformat())

    @api.model
    def _as(self, records, role):
        """Return [(user in `role`, their records)] by who serves each school."""
        users = self.env["pact.assignment"]._responsible_users(records.school_id, role)
        return [
            (users[school.id], group)
            for school, group in records.grouped("school_id").items()
            if school.id in users
        ]

    @api.model
    def _cases_of(self, program, students):
        """Return the last case of each student in the program."""
        cases = self.env["pact.case"].search(
            [("program_id", "=", program.id), ("student_id", "in", students.ids)],
            order="id",
        )
        last = {case.student_id: case.id for case in cases}
        return cases.browse(last.values())

    # -- what people do ----------------------------------------------------------------

    @api.model
    def _find_and_confirm(self, program, students, day):
        """The rules find the students; the case manager confirms each flag and sends
        the letter of the first step, where there is one."""
        program._screen(day, students)
        flags = self.env["pact.flag"].search(
            [
                ("program_id", "=", program.id),
                ("student_id", "in", students.ids),
                ("state", "=", "open"),
                ("step_id.is_rung", "=", True),
            ]
        )
        for manager, own in self._as(flags, "case_manager"):
            own.with_user(manager).action_confirm()
        flags.write({"decided_on": datetime.combine(day, OFFICE_HOURS)})
        self._send_letters(flags.case_id, day)

    @api.model
    def _take_step(self, cases, day):
        """Provide what the next step asks for, then take it; one after the other, as
        people do. A refusal leaves the case where it is, and is logged."""
        cases = self._still_open(cases)
        self._provide(cases, day)
        taken = cases.browse()
        for manager, own in self._as(cases, "case_manager"):
            for case in own.with_user(manager):
                try:
                    with self.env.cr.savepoint():
                        self._advance_one(case)
                    taken |= case
                except UserError as refusal:
                    _logger.warning("Demo: %s: %s", case.display_name, refusal)
        self._send_letters(taken.with_env(self.env), day)

    @api.model
    def _advance_one(self, case):
        """Into the next step: by a referral of the school that the office accepts, or
        by a decision."""
        step = case.sudo()._following_step()
        if step.entry == "referral":
            self._refer(case, step)
        else:
            case.action_advance()

    @api.model
    def _override_step(self, cases, day):
        """The coordinator goes on without what may be left out, with a reason."""
        cases = self._still_open(cases)
        self._provide(cases, day, lambda one: not one.is_overridable)
        reason = self.env._("The family is about to move; it cannot wait.")
        for leader, own in self._as(cases, "coordinator"):
            for case in own.with_user(leader):
                try:
                    with self.env.cr.savepoint():
                        case.action_override(reason)
                except UserError as refusal:
                    _logger.warning("Demo: %s: %s", case.display_name, refusal)

    @api.model
    def _close_improved(self, cases, day):
        for manager, own in self._as(self._still_open(cases), "case_manager"):
            own.with_user(manager).action_close("improved")

    @api.model
    def _close_moved(self, cases, day):
        cases.student_id._refresh_current(day, cases.student_id)
        for manager, own in self._as(self._still_open(cases), "case_manager"):
            own.with_user(manager).action_close(
                "moved", destination=self.env._("To relatives in another state")
            )

    @api.model
    def _come_back(self, cases, day):
        """The school enrolls the student again: the same case goes on."""
        for student in cases.student_id:
            last = student.enrollment_ids.sorted("entry_date")[-1]
            self.env["pact.enrollment"].create(
                {
                    "student_id": student.id,
                    "school_id": last.school_id.id,
                    "grade": last.grade,
                    "homeroom_id": last.homeroom_id.id,
                    "entry_date": day,
                    "entry_reason": self.env._("Came back"),
                }
            )
        cases.student_id._refresh_current(day, cases.student_id)
        self._send_letters(cases, day)

    @api.model
    def _still_open(self, cases):
        return cases.filtered("is_open")

    @api.model
    def _send_letters(self, cases, day):
        """Finish and send the letters of the present steps; those of today's last days
        stay drafts, to be seen as such."""
        letters = self.env["pact.letter"].search(
            [
                ("case_id", "in", cases.filtered("is_open").ids),
                ("state", "=", "draft"),
                ("not_before", "=", False),
            ]
        )
        letters = letters.filtered(
            lambda one: one.kind_id.step_id == one.case_id.step_id
        )
        for manager, own in self._as(letters, "case_manager"):
            own = own.with_user(manager)
            own._finalize(day)
            own._mark_sent(day)

    @api.model
    def _between(self, case, day, number):
        """Return a weekday between the case's last step and `day`, or `day` itself."""
        between = case.date_step + timedelta(days=1 + 2 * number)
        if between.weekday() > 4:
            between += timedelta(days=7 - between.weekday())
        return min(day, between)
