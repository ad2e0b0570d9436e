from odoo import api, fields, models
from odoo.exceptions import UserError


class PactCase(models.Model):
    """Cases before any threshold: in programs that say so, an enrolled student gets a
    case and services early, before anybody is a truant (R21-27). What the law asks for
    holds from the next step on; the first step's letter is none of an early case."""

    _inherit = "pact.case"

    is_early = fields.Boolean(
        string="Opened Early",
        readonly=True,
        help="Opened by a person before the student met the program's criteria.",
    )

    @api.model
    def _open_early(self, student, program, reason):
        """Open a case for `student` in the first step of `program`, by a person's word.

        :return: the new case
        :raise UserError: says why this student gets none
        """
        student.ensure_one()
        student.check_access("read")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say in a few words why help begins now."))
        day = self.env["pact.clock"]._today()
        problem = self._early_problem(student, program, day)
        if problem:
            raise UserError(problem)
        first = program._rungs()[:1]
        readings = [
            (spec, one.sentence) for one in first.criterion_ids for spec in one._specs()
        ]
        # sudo: a number does not depend on who asks
        snapshots = (
            self.env["pact.snapshot"]
            .sudo()
            ._take(
                student.sudo(),
                day,
                readings,
                program._counting(),
                program.sudo()._starts(student.sudo(), day),
            )
            if readings
            else {}
        )
        met = [
            {
                "what": self.env._("Opened before any threshold"),
                "text": reason,
                "citation": "",
                "met": True,
                "proof": [],
            }
        ]
        return self._open(
            student, program, first, day, snapshots, met, {"is_early": True}
        )

    @api.model
    def _early_problem(self, student, program, day):
        """Return why `student` gets no early case in `program`, or None."""
        names = {"student": student.name, "program": program.name}
        if not program.is_early:
            return self.env._(
                "'%(program)s' opens a case only when its rules have found the student "
                "and a person has confirmed it. Support without a case is logged under "
                "contacts and services.",
                **names,
            )
        # sudo: whether the program serves the school is no child's record
        if student.school_id not in program.sudo()._schools(day):
            return self.env._(
                "%(student)s is not enrolled at a school that '%(program)s' serves. It "
                "is for students of its schools alone.",
                **names,
            )
        running = self.search_count(
            [
                ("student_id", "=", student.id),
                ("program_id", "=", program.id),
                ("is_open", "=", True),
            ]
        )
        if running:
            return self.env._(
                "%(student)s has an open case in '%(program)s' already.", **names
            )
        return None


class PactStudent(models.Model):
    _inherit = "pact.student"

    early_program_ids = fields.Many2many(
        "pact.program",
        compute="_compute_early_program_ids",
        help="The programs in which an early case may be opened for the student.",
    )

    @api.depends("school_id", "case_ids.is_open")
    @api.depends_context("uid")
    def _compute_early_program_ids(self):
        """The programs are few; their cases are asked for in one query."""
        day = self.env["pact.clock"]._today()
        programs = self.env["pact.program"].search([("is_early", "=", True)])
        cases = self.env["pact.case"]
        if not cases.has_access("write"):
            self.early_program_ids = False
            return
        serves = {program: program.sudo()._schools(day) for program in programs}
        running = cases.search(
            [("student_id", "in", self._origin.ids), ("is_open", "=", True)]
        ).grouped("student_id")
        for student in self:
            taken = running.get(student._origin, cases).program_id
            student.early_program_ids = (programs - taken).filtered(
                lambda program, school=student.school_id: school in serves[program]
            )

    def action_ask_early_case(self):
        """Ask in which program, and why, an early case is opened."""
        self.ensure_one()
        self.check_access("read")
        self.env["pact.case"].check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open an Early Case"),
            "res_model": "pact.case.early",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_student_id": self.id,
                "default_program_id": self.early_program_ids[:1].id,
                "dialog_size": "medium",
            },
        }
