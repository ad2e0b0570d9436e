from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..facts.words import short_date

# who takes a student off the rolls (SOP-04: the designated administrator)
DROPPING = ("school_admin", "coordinator")


class PactProgramStep(models.Model):
    _inherit = "pact.program.step"

    is_drop = fields.Boolean(
        string="Drop from the Rolls",
        help="What a drop from the rolls asks for. A person proposes it, the "
        "administrator of the school decides; it never happens by itself.",
    )

    @api.constrains("is_drop", "entry")
    def _check_drop(self):
        if any(step.is_drop and step.entry != "aside" for step in self):
            raise ValidationError(
                self.env._("A drop from the rolls stands beside the ladder.")
            )


class PactCase(models.Model):
    """The day-10 drop (SOP-04): who never came to school this year is taken off the
    rolls, after all that the program's step demands, circumstances of the student
    included. The case stays open: the family is still reached (SOP-25)."""

    _inherit = "pact.case"

    drop_reason = fields.Char(readonly=True, tracking=True)
    drop_proposed_on = fields.Date(readonly=True)
    drop_proposed_by_id = fields.Many2one(
        "res.users", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    dropped_on = fields.Date(
        string="Dropped from the Rolls", readonly=True, tracking=True
    )
    drop_checklist = fields.Json(
        compute="_compute_drop_checklist",
        string="What the Drop Needs",
        help="List of {what, text, met, citation, button}.",
    )

    @api.depends("drop_reason", "dropped_on", "is_open")
    @api.depends_context("lang", "uid")
    def _compute_drop_checklist(self):
        day = self.env["pact.clock"]._today()
        proposed = self._origin.filtered("drop_reason")
        lines = proposed._drop_gate(day) if proposed else {}
        for case in self:
            case.drop_checklist = [
                {
                    "what": line.what,
                    "text": line.answer.text,
                    "met": line.answer.met,
                    "citation": line.citation,
                    "button": line.answer.button,
                }
                for line in lines.get(case._origin.id, [])
            ]

    @api.model
    def _drop_steps(self, program):
        # sudo: the rule book is no child's record
        return program.sudo().step_ids.filtered("is_drop")

    def _drop_gate(self, day):
        """Return {case id: list of `Line`} of what a drop of these students asks for,
        as the user may read it."""
        lines = {case.id: [] for case in self}
        # sudo: a gate does not depend on who asks
        for program, cases in (
            self.sudo().filtered("is_open").grouped("program_id").items()
        ):
            for step in self._drop_steps(program):
                cases._gate_of(step, day, lines)
        return self._mask(lines)

    def _asked_requirements(self):
        """A proposed drop asks too."""
        asked = super()._asked_requirements()
        if self.is_open and self.drop_reason and not self.dropped_on:
            asked |= self._drop_steps(self.program_id).requirement_ids
        return asked

    @api.model
    def _propose_drop(self, student, program, reason):
        """Propose to take `student` off the rolls, in the running case of `program`,
        else in a new one: the interventionist works it, before and after.

        :return: the case
        :raise UserError: without a reason, or where the program has no such step
        """
        student.ensure_one()
        student.check_access("read")
        self.check_access("create")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say in a few words why the drop is proposed."))
        day = self.env["pact.clock"]._today()
        if program not in student._drop_programs(day):
            raise UserError(
                self.env._(
                    "'%(program)s' knows no drop from the rolls, or does not serve the "
                    "school of %(student)s.",
                    program=program.name,
                    student=student.name,
                )
            )
        case = self.search(
            [
                ("student_id", "=", student.id),
                ("program_id", "=", program.id),
                ("is_open", "=", True),
            ]
        )
        if case.drop_reason:
            raise UserError(self.env._("The drop is proposed already."))
        if not case:
            met = [
                {
                    "what": self.env._("A drop from the rolls was proposed"),
                    "text": reason,
                    "citation": "",
                    "met": True,
                    "proof": [],
                }
            ]
            first = program._rungs()[:1]
            # early: no threshold was reached, so no letter speaks of the student
            case = self._open(student, program, first, day, {}, met, {"is_early": True})
        case.check_access("write")
        case._gated(
            {
                "drop_reason": reason,
                "drop_proposed_on": day,
                "drop_proposed_by_id": self.env.uid,
            }
        )
        return case

    def action_drop(self):
        """Take the student off the rolls as of today, by the administrator's word.

        :raise AccessError: for who neither administers the school nor coordinates
        :raise UserError: names each thing that is missing; nobody goes on without it
        """
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["drop_reason", "dropped_on", "is_open"])
        if not (self.is_open and self.drop_reason) or self.dropped_on:
            raise UserError(self.env._("No drop is proposed in this case."))
        # sudo: the school of a case that the user may write
        school = self.sudo().school_id
        if not self._has_role(DROPPING):
            raise AccessError(
                self.env._(
                    "A drop from the rolls is decided by the administrator of "
                    "%(school)s or a coordinator.",
                    school=school.name,
                )
            )
        day = self.env["pact.clock"]._today()
        lines = self._drop_gate(day)[self.id]
        unmet = [line.answer.text for line in lines if not line.answer.met]
        if unmet:
            raise UserError(
                self.env._(
                    "%(student)s cannot be dropped from the rolls yet:\n%(missing)s",
                    student=self.sudo().student_id.name,
                    missing="\n".join(f"- {text}" for text in unmet),
                )
            )
        # sudo: an enrollment is the school's; its administrator decided
        student_sudo = self.sudo().student_id
        student_sudo.enrollment_ids.filtered(
            lambda one: (
                one.school_id == school and (not one.exit_date or one.exit_date > day)
            )
        ).write(
            {
                "exit_date": day,
                "exit_reason": self.env._(
                    "Dropped from the rolls: %s", self.drop_reason
                ),
            }
        )
        self._gated({"dropped_on": day})
        self.message_post(
            body=self.env._(
                "Dropped from the rolls on %(day)s. What it rests on: %(lines)s",
                day=short_date(self.env, day),
                lines="; ".join(line.masked().answer.text for line in lines),
            )
        )
        student_sudo._refresh_current(day, student_sudo)
        return True

    def action_withdraw_drop(self):
        """Take the proposal back."""
        self.check_access("write")
        for case in self.filtered(lambda one: one.drop_reason and not one.dropped_on):
            case._gated(
                {
                    "drop_reason": False,
                    "drop_proposed_on": False,
                    "drop_proposed_by_id": False,
                }
            )
        return True


class PactStudent(models.Model):
    _inherit = "pact.student"

    drop_program_ids = fields.Many2many(
        "pact.program",
        compute="_compute_drop_program_ids",
        help="The programs in which a drop from the rolls may be proposed.",
    )

    @api.depends("school_id", "case_ids.drop_reason")
    @api.depends_context("uid")
    def _compute_drop_program_ids(self):
        day = self.env["pact.clock"]._today()
        may = self.env["pact.case"].has_access("create")
        for student in self:
            student.drop_program_ids = may and student._drop_programs(day)

    def _drop_programs(self, day):
        """Return the active programs with such a step that serve the student's
        school."""
        steps = self.env["pact.program.step"].search([("is_drop", "=", True)])
        return steps.program_id.filtered(
            # sudo: whether the program serves the school is no child's record
            lambda program: (
                program.active and self.school_id in program.sudo()._schools(day)
            )
        )

    def action_ask_drop(self):
        """Ask why the student is to be dropped from the rolls."""
        self.ensure_one()
        self.check_access("read")
        self.env["pact.case"].check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Propose a Drop from the Rolls"),
            "res_model": "pact.case.drop",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_student_id": self.id,
                "default_program_id": self.drop_program_ids[:1].id,
                "dialog_size": "medium",
            },
        }
