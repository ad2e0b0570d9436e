from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..facts.words import short_date
from ..metrics.specs import Spec, describe, from_json
from ..rules.pact_program_requirement import Answer
from .pact_case_gate import Line
from .pact_void_mixin import OFFICE_ROLES, PactVoidMixin

OPEN = ("draft", "submitted", "returned")
EDITABLE = ("draft", "returned")
SCHOOL_ROLES = ("school_staff", "school_admin", "coordinator")
# shown on every form, beside the numbers that the program asks for
YEAR_SPECS = (
    Spec("unexcused", "year"),
    Spec("absent", "year"),
    Spec("attendance_rate", "year"),
)


class PactReferral(models.Model):
    """The school's Truancy Referral Form (R21-06): it asks the regional office to take
    a student into a step. Submitted by the school once it is complete, accepted or
    returned by the office; accepting takes the step through the gate.

    What it must hold stands in `pact_referral_form.py`.
    """

    _name = "pact.referral"
    _description = "Truancy Referral"
    _inherit = ["pact.void.mixin"]
    _order = "id desc"
    _VOID_FIELD = "referral_ids"
    _FIXED = PactVoidMixin._FIXED | {"program_id"}
    _SERVER = PactVoidMixin._SERVER | {
        "state", "case_id", "return_reason", "date_submitted", "submitted_by_id",
        "date_decided", "decided_by_id", "snapshot_id", "kept_intervention_ids",
    }  # fmt: skip

    grade = fields.Selection(related="student_id.grade")
    program_id = fields.Many2one(
        "pact.program", required=True, ondelete="restrict", index=True
    )
    step_id = fields.Many2one(
        "pact.program.step",
        string="Asks for",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('program_id', '=', program_id), ('entry', '=', 'referral')]",
    )
    case_id = fields.Many2one(
        "pact.case",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("returned", "Returned"),
            ("accepted", "Accepted"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    return_reason = fields.Char(string="Returned Because", readonly=True, copy=False)
    date_submitted = fields.Date(string="Submitted", readonly=True, copy=False)
    submitted_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    date_decided = fields.Date(string="Answered", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        "res.users",
        string="Answered by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    snapshot_id = fields.Many2one(
        "pact.snapshot", readonly=True, copy=False, ondelete="restrict"
    )
    # the form's own data (R21-07, R21-14)
    credits = fields.Text(help="Credits earned and missing.")
    grades = fields.Text()
    discipline = fields.Text()
    other_information = fields.Text(
        string="Other Relevant Information",
        help="What the office should know: health, family, what the student says.",
    )
    # what fills itself in
    attendance = fields.Text(compute="_compute_attendance")
    kept_intervention_ids = fields.Many2many(
        "pact.intervention", readonly=True, copy=False
    )
    intervention_ids = fields.Many2many(
        "pact.intervention",
        compute="_compute_intervention_ids",
        help="Until the form is submitted those on record, then those it was "
        "submitted with.",
    )

    _once = models.UniqueIndex(
        "(student_id, program_id, step_id) "
        "WHERE state IN ('draft', 'submitted', 'returned')",
        "The student has an open referral for this step already.",
    )

    @api.depends("student_id.name", "step_id.name")
    def _compute_display_name(self):
        for referral in self:
            parts = (referral.student_id.name, referral.step_id.name)
            referral.display_name = ": ".join(filter(None, parts))

    @api.onchange("student_id", "school_id", "program_id")
    def _onchange_program(self):
        """Suggest the program that serves the school, and the step that comes next."""
        if self.school_id and not self.program_id:
            day = self.env["pact.clock"]._today()
            self.program_id = (
                self.env["pact.program"]
                .search([("step_ids.entry", "=", "referral")])
                .filtered(lambda one: self.school_id._origin in one._schools(day))[:1]
            )
        if self.step_id.program_id != self.program_id:
            self.step_id = False
        if self.student_id and self.program_id and not self.step_id:
            self.step_id = self._next_step()

    def _next_step(self):
        """Return the step that a referral can ask for now."""
        case = self._open_case()
        steps = self.program_id._origin._rungs()
        if case:
            steps = case._following_step().sudo(False)
        return steps.filtered(lambda step: step.entry == "referral")[:1]

    @api.constrains("step_id", "program_id")
    def _check_step(self):
        for referral in self:
            step = referral.step_id
            if step.program_id != referral.program_id or step.entry != "referral":
                raise ValidationError(
                    self.env._(
                        "'%(step)s' is not entered by a referral in %(program)s.",
                        step=step.name,
                        program=referral.program_id.name,
                    )
                )

    # -- what fills itself in (R21-07) -------------------------------------------------

    @api.depends("student_id", "program_id", "step_id", "state", "snapshot_id")
    @api.depends_context("lang")
    def _compute_attendance(self):
        """The numbers: as they were when the form was submitted, else as of today."""
        day = self.env["pact.clock"]._today()
        texts = {}
        live = self.filtered(
            lambda one: not one.snapshot_id and one.student_id and one.program_id
        )
        for program, referrals in live.grouped(
            lambda one: one.program_id._origin
        ).items():
            specs = {one: one._specs() for one in referrals}
            # sudo: a number does not depend on who asks
            students_sudo = referrals.student_id._origin.sudo()
            values = self.env["pact.metrics"]._read(
                students_sudo,
                day,
                [spec for several in specs.values() for spec in several],
                program._counting(),
                program.sudo()._starts(students_sudo, day),
            )
            for one, several in specs.items():
                own = values.get(one.student_id._origin.id, {})
                texts[one] = [(spec, own[spec]) for spec in several if spec in own]
        for one in self - live:
            texts[one] = [
                (spec, from_json(spec, part["value"]))
                for spec, part in zip(
                    one.sudo().snapshot_id._specs(),
                    one.sudo().snapshot_id._parts(),
                    strict=True,
                )
            ]
        for one in self:
            one.attendance = "\n".join(
                describe(self.env, spec, value) for spec, value in texts.get(one, [])
            )

    def _specs(self):
        """Return the numbers that the form shows: the program's own, and the year's."""
        self.ensure_one()
        criteria = self._number_steps().criterion_ids
        if self.step_id.asks_progress:
            here = self._open_case().step_id.sudo(False)
            criteria |= here._progress() if here else criteria
        specs = (spec for one in criteria for spec in one._specs())
        return list(dict.fromkeys((*specs, *YEAR_SPECS)))

    @api.depends("student_id", "program_id", "state")
    def _compute_intervention_ids(self):
        day = self.env["pact.clock"]._today()
        spans = {
            one: (one.student_id._origin, one._first_day(day))
            for one in self
            if one.state in EDITABLE and one.student_id and one.program_id
        }
        found = self.env["pact.intervention"]._between(spans, day)
        for one in self:
            rows = found[one].sudo(False) if one in found else one.kept_intervention_ids
            # of another school: kind and date stand in the checklist, no note
            one.intervention_ids = rows._filtered_access("read")

    @api.model
    def _open_form(self, student, program=None):
        """Return the form of the student's referral that is not answered yet, else of a
        new one.

        :raise UserError: none is open, and the user writes none
        """
        domain = [("student_id", "=", student.id), ("state", "in", OPEN)]
        if program:
            domain.append(("program_id", "=", program.id))
        referral = self.search(domain, limit=1)
        if not referral and not self.has_access("create"):
            raise UserError(
                self.env._(
                    "No truancy referral of %(student)s is open. School staff write "
                    "and submit it.",
                    student=student.name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Truancy Referral"),
            "res_model": self._name,
            "res_id": referral.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_student_id": student.id,
                "default_school_id": student.school_id.id,
                **({"default_program_id": program.id} if program else {}),
            },
        }

    # -- the way of a referral ---------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        students = self.env["pact.student"].browse([v["student_id"] for v in vals_list])
        students.check_access("read")
        self._withdraw_left(students)
        # the unique index must know of those that were just withdrawn
        self.flush_model(["state"])
        return super().create(vals_list)

    @api.model
    def _withdraw_left(self, students):
        """Withdraw what a school left open for a student who left it: its people may
        not be there to do it, and the present school could make none."""
        # sudo: the present school does not see what the former one wrote
        left_sudo = (
            self.sudo()
            .search([("student_id", "in", students.ids), ("state", "in", OPEN)])
            .filtered(lambda one: one.school_id not in one.student_id.school_ids)
        )
        left_sudo.write(
            left_sudo._void_values(self.env._("The student left the school."))
        )

    def write(self, vals):
        self._check_server_fields(vals)
        if not self.env.su and any(one.state not in EDITABLE for one in self):
            raise UserError(
                self.env._(
                    "The referral was submitted; it changes only if the regional "
                    "office returns it."
                )
            )
        return super().write(vals)

    def _lock(self, states, refusal):
        """Lock the referral against two answers at once.

        :raise UserError: `refusal`, when it is not in one of `states` any more
        """
        self.ensure_one()
        # sudo: locking is no change; who may go on was checked
        self.sudo().lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state not in states:
            raise UserError(refusal)

    def action_submit(self):
        """Send the form to the regional office (R21-06).

        :raise UserError: names everything that is missing (R21-05, R21-07, R53-01) and,
            where time alone is missing, the first possible day (R53-09)
        """
        self.check_access("write")
        day = self.env["pact.clock"]._today()
        for one in self:
            one._lock(EDITABLE, self.env._("The referral is with the office already."))
            one._refuse_incomplete(day)
            interventions = one.env["pact.intervention"]._between(
                {one: (one.student_id, one._first_day(day))}, day
            )[one]
            # sudo: only the app sets these
            one.sudo().write(
                {
                    "state": "submitted",
                    "date_submitted": day,
                    "submitted_by_id": self.env.uid,
                    "return_reason": False,
                    "snapshot_id": one._take(day).id,
                    "kept_intervention_ids": [(6, 0, interventions.ids)],
                }
            )
        return True

    def _take(self, day):
        """Keep the numbers that the form is submitted with."""
        # sudo: a number does not depend on who asks
        student_sudo, program_sudo = self.student_id.sudo(), self.program_id.sudo()
        snapshots = (
            self.env["pact.snapshot"]
            .sudo()
            ._take(
                student_sudo,
                day,
                [(spec, self.step_id.name) for spec in self._specs()],
                program_sudo._counting(),
                program_sudo._starts(student_sudo, day),
            )
        )
        return snapshots.get(student_sudo.id, self.env["pact.snapshot"])

    def action_accept(self):
        """Take the step that each referral asks for; a first referral opens the case.

        :raise AccessError: for anybody but the office's own people of that school
        :raise UserError: names everything that the step still lacks
        """
        self._check_office()
        day = self.env["pact.clock"]._today()
        for one in self:
            one._lock(("submitted",), self.env._("The referral is not submitted."))
            one._refuse_incomplete(day)
            one._accept(day)
        return True

    def _accept(self, day):
        case = self._open_case().sudo(False)
        is_first = not case
        if is_first:
            # at once in the step: a step before it, made on the same day, would draft
            # its letter too, and nothing could be judged since it
            case = self.env["pact.case"]._open(
                self.student_id,
                self.program_id,
                self.step_id,
                day,
                {self.student_id.id: self.sudo().snapshot_id},
                self._proof(day),
            )
        # sudo: only the app sets these
        self.sudo().write(
            {
                "state": "accepted",
                "case_id": case.id,
                "date_decided": day,
                "decided_by_id": self.env.uid,
            }
        )
        if is_first:
            self._refuse_unmet(self._office_answers(case, day))
        else:
            case._advance(self.step_id)
        self._refresh_cases()

    def _proof(self, day):
        """Return what the first step of a case rests on, see `pact.case.step.met`."""
        text = self.env._(
            "Referral of %(day)s", day=short_date(self.env, self.date_submitted)
        )
        own = Line(
            self.env._("An accepted referral"),
            Answer(True, text, proof=((self._name, self.id),)),
        )
        return [line.kept() for line in (own, *self._lines(day))]

    def action_return(self, reason):
        """Give the form back to the school.

        :param reason: text, required: what the school should change
        :raise AccessError: for anybody but the office's own people of that school
        """
        self._check_office()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say what the school should change."))
        for one in self:
            one._lock(("submitted",), self.env._("The referral is not submitted."))
        # sudo: only the app sets these
        self.sudo().write(
            {
                "state": "returned",
                "return_reason": reason,
                "snapshot_id": False,
                "kept_intervention_ids": [(5,)],
                "date_decided": self.env["pact.clock"]._today(),
                "decided_by_id": self.env.uid,
            }
        )
        return True

    def action_ask_return(self):
        """Open the dialog that asks for the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return to the School"),
            "res_model": "pact.referral.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_referral_ids": self.ids, "dialog_size": "medium"},
        }

    def _check_office(self):
        self._check_role(
            OFFICE_ROLES,
            self.env._("Case managers and coordinators answer a referral."),
        )

    def _check_void(self):
        """The school withdraws what is not accepted; a coordinator voids the rest."""
        self.check_access("read")
        still_open = self.filtered(lambda one: one.state in OPEN)
        still_open._check_role(
            SCHOOL_ROLES, self.env._("The school withdraws its own referral.")
        )
        return super(PactReferral, self - still_open)._check_void()

    def _void_values(self, reason):
        return {**super()._void_values(reason), "state": "withdrawn"}
