from odoo import api, fields, models
from odoo.exceptions import UserError


class PactCase(models.Model):
    """Letters that a person starts at any time in an open case, beside the ladder: the
    medical letter (SOP-17)."""

    _inherit = "pact.case"

    has_aside_letters = fields.Boolean(
        compute="_compute_has_aside_letters",
        help="The program has letters that may be started at any time in the case.",
    )

    @api.depends("program_id", "is_open")
    def _compute_has_aside_letters(self):
        programs = self.program_id._aside_kinds().program_id
        for case in self:
            case.has_aside_letters = case.is_open and case.program_id in programs

    def action_ask_letter(self):
        """Ask which letter is started, and show what it asks for.

        :raise UserError: where no open case has such a letter
        """
        cases = self.filtered("has_aside_letters")
        if not cases:
            raise UserError(
                self.env._(
                    "There is no open case in a program with a letter that can be "
                    "started at any time. An administrator adds one under "
                    "Configuration, Kinds of letters, for a step 'beside the ladder'."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Start a Letter"),
            "res_model": "pact.letter.start",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": cases.ids, "dialog_size": "medium"},
        }

    def _aside_gate(self, kind, day):
        """Return {case id: list of `Line`} of what a letter of `kind` asks for, as the
        gate does for a step, for cases of its program."""
        lines = {case.id: [] for case in self}
        # sudo: a gate does not depend on who asks
        self.sudo()._gate_of(kind.step_id, day, lines)
        return self._mask(lines)

    def _start_letter(self, kind, day):
        """Draft a letter of `kind` for these open cases; a fixed number of queries.

        :raise UserError: names the cases that may not have it, with what is missing
        """
        self.check_access("write")
        unmet = []
        running = self._running(kind)
        others = self.filtered(
            lambda case: not case.is_open or case.program_id != kind.program_id
        )
        for case in others:
            unmet.append(
                self.env._(
                    "%(case)s: not an open case of '%(program)s'",
                    case=case.display_name,
                    program=kind.program_id.name,
                )
            )
        lines = (self - others)._aside_gate(kind, day)
        for case in self - others:
            if case in running:
                unmet.append(
                    self.env._(
                        "%(case)s: this letter is already there",
                        case=case.display_name,
                    )
                )
            unmet += [
                self.env._(
                    "%(case)s: %(missing)s",
                    case=case.display_name,
                    missing=line.answer.text,
                )
                for line in lines[case.id]
                if not line.answer.met
            ]
        if unmet:
            raise UserError(
                self.env._(
                    "'%(letter)s' cannot be started:\n%(missing)s\nIt is for: %(rule)s",
                    letter=kind.name,
                    missing="\n".join(f"- {line}" for line in unmet),
                    rule=kind.step_id.rule or kind.step_id.description or kind.name,
                )
            )
        # sudo: letters are made by the app alone; the right to the cases was checked
        return self.sudo().env["pact.letter"]._draft_aside(self.sudo(), kind, day)

    def _running(self, kind):
        """Return those of these cases that have a letter of `kind` which was neither
        canceled nor ended by a person."""
        # sudo: that there is one, no more
        letters_sudo = (
            self.env["pact.letter"]
            .sudo()
            .search(
                [
                    ("case_id", "in", self.ids),
                    ("kind_id", "=", kind.id),
                    ("state", "!=", "canceled"),
                    ("effect_end", "=", False),
                ]
            )
        )
        return letters_sudo.case_id.with_env(self.env) & self


class PactLetterKind(models.Model):
    _inherit = "pact.letter.kind"

    program_id = fields.Many2one(related="step_id.program_id")


class PactProgram(models.Model):
    _inherit = "pact.program"

    def _aside_kinds(self):
        """Return the kinds of letters that a person starts at any time in a case of
        these programs; one query."""
        return self.env["pact.letter.kind"].search(
            [("step_id.program_id", "in", self.ids), ("step_id.entry", "=", "aside")]
        )


class PactStudent(models.Model):
    _inherit = "pact.student"

    letter_ids = fields.One2many("pact.letter", "student_id", string="Letters")
    letter_count = fields.Integer(
        compute="_compute_letter_count", string="Letters Made"
    )
    has_aside_letters = fields.Boolean(compute="_compute_has_aside_letters")

    def _compute_letter_count(self):
        letters, counts = self.env["pact.letter"], {}
        if letters.has_access("read"):
            mine = [("student_id", "in", self.ids)]
            counts = dict(letters._read_group(mine, ["student_id"], ["__count"]))
        for student in self:
            student.letter_count = counts.get(student, 0)

    def _compute_has_aside_letters(self):
        cases = self.env["pact.case"]
        if cases.has_access("write"):
            mine = [("student_id", "in", self.ids), ("is_open", "=", True)]
            cases = cases.search(mine).filtered("has_aside_letters")
        for student in self:
            student.has_aside_letters = student in cases.student_id

    def action_open_letters(self):
        """Show the letters about the student."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_letter_action"
        )
        action["domain"] = [("student_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_ask_letter(self):
        """Ask which letter is started in the student's open case (SOP-17)."""
        cases = self.env["pact.case"].search(
            [("student_id", "in", self.ids), ("is_open", "=", True)]
        )
        return cases.action_ask_letter()


class PactLetter(models.Model):
    _inherit = "pact.letter"

    @api.model
    def _draft_aside(self, cases, kind, day):
        """Draft a letter of `kind` for each of `cases`; the next of its kind where a
        person ended an earlier one. Two at once: the unique index leaves one."""
        number = self._numbers(cases.student_id, kind)
        snapshots = {}
        if kind.step_id.criterion_ids:
            snapshots = self._take(cases.student_id, kind.program_id, day, kind.step_id)
        offices = cases.school_id._serving_offices(day)
        return self._make(
            [
                {
                    "case_id": case.id,
                    "kind_id": kind.id,
                    "round": case.round,
                    "sequence": number.get((case.student_id.id, kind.id), 0) + 1,
                    "student_id": case.student_id.id,
                    "school_id": case.school_id.id,
                    "day": day,
                    "snapshot_id": case.student_id.id in snapshots
                    and snapshots[case.student_id.id].id,
                    "office_id": self._office_id(offices, case.school_id),
                }
                for case in cases
            ],
            day,
        )
