from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

# fields that only the gate (`_enter_step`, `_close`) may write
GATED = {
    "step_id", "student_id", "school_id", "program_id", "date_open", "date_step",
    "round", "is_open", "outcome", "outcome_note", "date_closed", "destination",
    "left_on", "offered_to_id", "is_offered", "needs_review", "advice",
    "possible_from", "date_due", "overdue_from", "responsible_id", "on_caseload",
    "caseload_reason", "drop_reason", "drop_proposed_on", "drop_proposed_by_id",
    "dropped_on", "is_early", "reviewed_change", "age_told", "is_prior",
}  # fmt: skip
OUTCOMES = [
    ("improved", "Attendance improved"),
    ("completed", "Completed the education"),
    ("court", "Decided by a court"),
    ("moved", "Moved away"),
    ("year_end", "School year ended"),
    ("aged", "No longer of compulsory age"),
    ("error", "Opened by mistake"),
    ("other", "Other"),
]
GATE = object()  # passed in the context by code only: RPC cannot send this object


class PactCase(models.Model):
    """One student's way through one program. A step changes through one function on
    the server; board, buttons, imports and the API all meet it."""

    _name = "pact.case"
    _description = "Case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_step desc, id desc"

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school", required=True, ondelete="restrict", index=True
    )
    grade = fields.Selection(related="student_id.grade")
    complete_through = fields.Date(related="school_id.complete_through")
    program_id = fields.Many2one(
        "pact.program", required=True, ondelete="restrict", index=True
    )
    step_id = fields.Many2one(
        "pact.program.step",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        domain="[('program_id', '=', program_id)]",
        group_expand="_group_expand_steps",
    )
    round = fields.Integer(default=1, required=True, readonly=True)
    manager_id = fields.Many2one(
        "res.users",
        string="Case Manager",
        tracking=True,
        index="btree_not_null",
        domain="[('share', '=', False)]",
    )
    strip_days = fields.Json(
        string="Last 30 School Days", compute="_compute_strip_days"
    )
    is_open = fields.Boolean(default=True, readonly=True, tracking=True)
    date_open = fields.Date(string="Opened", required=True, readonly=True)
    date_step = fields.Date(string="In Step Since", required=True, readonly=True)
    date_closed = fields.Date(string="Closed", readonly=True)
    outcome = fields.Selection(
        OUTCOMES,
        readonly=True,
        tracking=True,
    )
    outcome_note = fields.Char(readonly=True, tracking=True)
    days_in_step = fields.Integer(
        compute="_compute_days_in_step",
        string="School Days in Step",
        help="School days since the case came into this step.",
    )
    step_history_ids = fields.One2many("pact.case.step", "case_id", string="Steps")

    _once = models.UniqueIndex(
        "(student_id, program_id) WHERE is_open",
        "The student already has an open case in this program.",
    )
    _board_idx = models.Index("(program_id, step_id) WHERE is_open")

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "student_id")
        return result

    @api.depends("student_id.name", "program_id.name")
    def _compute_display_name(self):
        # sudo: who may read the case reads its name, also after the student moved on
        for case in self.sudo():
            case.display_name = f"{case.student_id.name} ({case.program_id.code})"

    @api.depends("date_step")
    def _compute_days_in_step(self):
        today = self.env["pact.clock"]._today()
        counts = self.env["pact.school.calendar"]._count_days(
            [
                (case.id, case.school_id.calendar_id.id, case.date_step, today)
                for case in self._origin
                if case.date_step
            ]
        )
        for case in self:
            case.days_in_step = counts.get(case._origin.id, 0)

    def _following_step(self):
        """Return the step that comes next: where failure of the present one leads, else
        the one after it; empty after the last."""
        self.ensure_one()
        here = self.step_id
        later = self.program_id._rungs().filtered(
            lambda step: step._place() > here._place()
        )
        # steps that were put in another order since lead nowhere back
        failure = here.failure_step_id & later
        return failure or later[:1]

    @api.model
    def _group_expand_steps(self, steps, domain):
        """Show every step of the programs on the board, also the empty ones: of those
        that the filter names, else of those with cases, else of the default one."""
        programs = self.env["pact.program"]
        for condition in Domain(domain).iter_conditions():
            if condition.field_expr == "program_id":
                programs |= programs.search(
                    [("id", condition.operator, condition.value)]
                    if condition.operator in ("=", "in")
                    else [("display_name", condition.operator, condition.value)]
                )
        programs = programs or steps.program_id
        if not programs and self.env.context.get("default_program_id"):
            programs = programs.browse(self.env.context["default_program_id"])
        rungs = [("program_id", "in", programs.ids), ("is_rung", "=", True)]
        return steps.search(rungs) | steps

    @api.model
    def action_board(self):
        """Open the board of the first program in which the user sees an open case,
        else of the first active program."""
        rows = self._read_group([("is_open", "=", True)], ["program_id"])
        programs = self.env["pact.program"].search([])
        program = programs.filtered(lambda one: (one,) in rows)[:1] or programs[:1]
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_case_action"
        )
        action["context"] = {
            "search_default_open": 1,
            "search_default_program_id": program.id,
            "default_program_id": program.id,
        }
        return action

    # -- the gate --------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Cases are opened by `_open` alone."""
        if self.env.context.get("pact_gate") is not GATE:
            raise UserError(
                self.env._(
                    "A case is opened by confirming a flag. Open 'Flags' and confirm "
                    "the student there."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        gated = vals.keys() & GATED
        if gated and self.env.context.get("pact_gate") is not GATE:
            if gated == {"step_id"}:
                step = self.env["pact.program.step"].browse(vals["step_id"])
                rest = {k: v for k, v in vals.items() if k != "step_id"}
                reason = self.env.context.get("pact_override_reason")
                for case in self:
                    case._advance(step, reason, offer=True)
                return super().write(rest) if rest else True
            raise AccessError(
                self.env._("These fields of a case are set by its steps only.")
            )
        return super().write(vals)

    @api.depends("student_id")
    @api.depends_context("uid")
    def _compute_strip_days(self):
        """The attendance strip of the board's cards: the students' own, read at once,
        which masks the codes of schools that the reader does not serve."""
        for case in self:
            case.strip_days = case.student_id.strip_days

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A case is never deleted. Close it with an outcome instead.")
        )

    @api.model
    def _open(self, students, program, step, day, snapshots, met=None, values=None):
        """Open a case in `step` for each student that has none in `program`.

        :param snapshots: {student id: pact.snapshot} that the decision rested on
        :param met: what the step rests on, see `pact.case.step.met`
        :param values: more fields of the new cases
        :return: the cases of all students, new and running ones
        """
        self.check_access("create")
        running = self.search(
            [
                ("student_id", "in", students.ids),
                ("program_id", "=", program.id),
                ("is_open", "=", True),
            ]
        )
        new = students - running.student_id
        managers = self.env["pact.assignment"]._responsible_users(
            new.school_id, "case_manager"
        )
        cases = self.with_context(pact_gate=GATE).create(
            [
                {
                    "student_id": student.id,
                    "school_id": student.school_id.id,
                    "program_id": program.id,
                    "step_id": step.id,
                    "manager_id": managers.get(
                        student.school_id.id, self.env["res.users"]
                    ).id,
                    "date_open": day,
                    "date_step": day,
                    **(values or {}),
                }
                for student in new
            ]
        )
        cases = cases.with_context(pact_gate=None)
        cases._log_step(day, snapshots, met=met)
        cases._refresh_rights(day)
        return running | cases

    def _refresh_rights(self, day):
        """An open case gives its school the right to the student."""
        # sudo: the derived relation of exactly these students
        students_sudo = self.student_id.sudo()
        students_sudo._refresh_current(day, students_sudo)

    def action_ask_close(self):
        """Ask how the cases ended, then close them."""
        if not self.filtered("is_open"):
            raise UserError(self.env._("Choose open cases first."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close Case"),
            "res_model": "pact.case.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": self.ids, "dialog_size": "medium"},
        }

    def action_close(self, outcome, note=None, destination=None):
        """Close open cases with an outcome; a note says why where it is 'other', and a
        destination where the student went."""
        outcomes = dict(self._fields["outcome"].selection)
        if outcome not in outcomes:
            raise UserError(self.env._("Choose how the case ended."))
        if outcome in ("other", "error") and not (note or "").strip():
            raise UserError(self.env._("Say in a few words why the case is closed."))
        if outcome == "moved" and not (destination or "").strip():
            raise UserError(
                self.env._("Say where the student went, or that nobody knows.")
            )
        self.check_access("write")
        if outcome == "moved":
            self.filtered("is_open")._check_gone()
        self.filtered("is_open")._close(
            self.env["pact.clock"]._today(), outcome, note, destination
        )
        return True

    def _check_gone(self):
        """Refuse 'moved away' of students who are still enrolled: the case would be
        reopened at once for who came back.

        :raise UserError: names them and their school
        """
        day = self.env["pact.clock"]._today()
        for program, cases in self.grouped("program_id").items():
            schools = program.sudo()._schools(day)
            for case in cases:
                if case.student_id.school_id in schools:
                    raise UserError(
                        self.env._(
                            "%(student)s is still enrolled at %(school)s. Enter the "
                            "last day there first, or wait for it from the student "
                            "information system; then the case can be closed as "
                            "moved away.",
                            student=case.student_id.name,
                            school=case.student_id.school_id.name,
                        )
                    )

    def _close(self, day, outcome, note=None, destination=None):
        """Close these cases. Later rooms extend this: drafts are withdrawn, meetings
        that were to come are canceled."""
        self.with_context(pact_gate=GATE).write(
            {
                "is_open": False,
                "outcome": outcome,
                "outcome_note": note,
                "destination": destination,
                "date_closed": day,
                "is_offered": False,
                "offered_to_id": False,
                "needs_review": False,
                "advice": False,
                "possible_from": False,
                "date_due": False,
                "overdue_from": False,
                "responsible_id": False,
            }
        )
        self._refresh_rights(day)
        # sudo: to-dos of others end with the case
        self.sudo().activity_ids.unlink()
