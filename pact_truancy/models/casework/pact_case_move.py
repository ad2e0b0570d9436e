from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .pact_case import GATE

MOVE = "pact_truancy.activity_case_move"


class PactCase(models.Model):
    """A student who changes the school, leaves, or comes back.

    A move to another school of the program hands the case over: it goes with the child
    at once, and a manager there accepts it. A move away is proposed; a person closes
    the case with the destination. Who comes back finds the same case again.
    """

    _inherit = "pact.case"

    offered_to_id = fields.Many2one(
        "res.users",
        string="Handed Over to",
        readonly=True,
        tracking=True,
        ondelete="set null",
        help="Has not accepted the case yet; until then it stays with the manager of "
        "the former school.",
    )
    is_offered = fields.Boolean(string="To Be Accepted", readonly=True, tracking=True)
    left_on = fields.Date(
        readonly=True,
        tracking=True,
        help="The last day of the student at a school of the program. A person closes "
        "the case with the destination.",
    )
    destination = fields.Char(readonly=True, tracking=True)

    @api.model
    def _follow_moves(self, day, students=None):
        """Make cases follow their students' enrollments, as of `day`: hand over, mark
        who left, reopen for who came back. A few statements find them; only the few
        that moved are worked on one by one.

        :param students: `pact.student` records; None for all
        """
        self.flush_model(["student_id", "school_id", "is_open", "left_on", "outcome"])
        scope = (
            SQL("c.student_id = ANY(%s)", students.ids)
            if students is not None
            else SQL("true")
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM pact_case c
                     JOIN pact_student s ON s.id = c.student_id
                    WHERE %(scope)s AND c.is_open
                      AND (s.school_id IS DISTINCT FROM c.school_id
                           OR c.left_on IS NOT NULL)
                      AND NOT EXISTS (
                          SELECT 1 FROM pact_enrollment e
                           WHERE e.student_id = c.student_id
                             AND e.school_id = c.school_id AND c.left_on IS NULL
                             AND (e.exit_date IS NULL OR e.exit_date >= %(day)s))
                   UNION ALL
                   SELECT c.id FROM pact_case c
                     JOIN pact_student s ON s.id = c.student_id
                    WHERE %(scope)s AND NOT c.is_open AND c.outcome = 'moved'
                      AND s.school_id IS NOT NULL
                      AND NOT EXISTS (
                          SELECT 1 FROM pact_case o
                           WHERE o.student_id = c.student_id
                             AND o.program_id = c.program_id AND o.id > c.id)""",
                scope=scope,
                day=day,
            )
        )
        # sudo: a case goes with the child, whoever entered the enrollment
        moved_sudo = self.sudo().browse([case_id for (case_id,) in rows])
        for program, cases in moved_sudo.grouped("program_id").items():
            schools = program._schools(day)
            for case in cases:
                case._follow(case.student_id.school_id, schools, day)

    def _follow(self, school, schools, day):
        """Follow one student to `school`, one of `schools` or none of the program's."""
        self.ensure_one()
        if school not in schools:
            if self.is_open and not self.left_on:
                self._mark_left(day)
            return
        if not self.is_open:
            self._reopen(day)
        if self.left_on:
            self._gated({"left_on": False})
            self.activity_unlink([MOVE])
        if school != self.school_id:
            self._hand_over(school, day)

    def _gated(self, vals):
        return self.with_context(pact_gate=GATE).write(vals)

    def _hand_over(self, school, day):
        """Move the case to `school` of the same program and offer it to who works
        there."""
        former = self.school_id
        users = self.env["pact.assignment"]._responsible_users(school, "case_manager")
        user = users.get(school.id, self.env["res.users"])
        stays = user and user == self.manager_id
        self._gated(
            {
                "school_id": school.id,
                "offered_to_id": False if stays else user.id,
                "is_offered": not stays,
            }
        )
        self._refresh_rights(day)
        self.message_post(
            body=self.env._(
                "The student moved from %(former)s to %(school)s. The case goes along "
                "in its step.",
                former=former.name,
                school=school.name,
            )
        )
        if self.is_offered:
            self._ask_somebody(
                user or self._coordinator(),
                day,
                self.env._("A case is handed over: accept it"),
            )

    def _mark_left(self, day):
        exits = self.student_id.enrollment_ids.filtered("exit_date")
        last = max(exits.mapped("exit_date"), default=day)
        self._gated({"left_on": min(last, day)})
        self._ask_somebody(
            self.manager_id or self._coordinator(),
            day,
            self.env._("The student left the program's schools: close the case"),
        )

    def _reopen(self, day):
        """Open the case again in its step, as it was when the student left."""
        self._gated(
            {
                "is_open": True,
                "outcome": False,
                "outcome_note": False,
                "destination": False,
                "date_closed": False,
                "left_on": False,
            }
        )
        self._refresh_rights(day)
        self.message_post(
            body=self.env._("The student is back: the case goes on in its step.")
        )
        self._ask_somebody(
            self.manager_id or self._coordinator(),
            day,
            self.env._("The student is back: look at the case"),
        )

    def _coordinator(self):
        """Return a coordinator of the case's school, or nobody."""
        users = self.env["pact.assignment"]._responsible_users(
            self.school_id, "coordinator"
        )
        return users.get(self.school_id.id, self.env["res.users"])

    def _ask_somebody(self, user, day, summary):
        """Give `user` a to-do on the case; without anybody it shows in the filters."""
        if user:
            self.activity_schedule(
                MOVE,
                date_deadline=day,
                summary=summary,
                user_id=user.id,
            )

    def action_accept(self):
        """Take over cases that were handed over: the step is kept, or the ladder starts
        again, as the program says.

        :raise UserError: where nothing is to be accepted
        """
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["is_offered"])
        offered = self.filtered("is_offered")
        if not offered:
            raise UserError(self.env._("This case was accepted already."))
        day = self.env["pact.clock"]._today()
        offered._gated(
            {"manager_id": self.env.uid, "offered_to_id": False, "is_offered": False}
        )
        offered.activity_feedback([MOVE])
        restarting = offered.filtered(
            lambda case: case.program_id.on_move == "restart" and case.is_open
        )
        restarting._restart(day, self.env._("The student moved"))
        return True

    def _restart(self, day, reason):
        """Start the ladder again: a new round in the program's first step."""
        for program, cases in self.grouped("program_id").items():
            first = program._rungs()[:1]
            if not first:
                raise UserError(
                    self.env._(
                        "%(program)s has no step in which a case can start again.",
                        program=program.name,
                    )
                )
            for number, several in cases.grouped("round").items():
                several._gated(
                    {"round": number + 1, "step_id": first.id, "date_step": day}
                )
            cases._log_step(day, {}, reason)
