from odoo import api, fields, models
from odoo.exceptions import UserError

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer
from .pact_case_gate import Line

# what a school can do something about; the rest is asked when the step is taken
SCHOOL_KINDS = ("wait", "interventions", "contact", "services", "data")


class PactReferral(models.Model):
    """What a Truancy Referral Form must hold before it can be submitted (R21-05,
    R21-07): absences, interventions, data; and how it stands to it."""

    _inherit = "pact.referral"

    checklist = fields.Json(
        compute="_compute_checklist",
        string="What the Referral Needs",
        help="List of {what, text, met, citation}.",
    )

    @api.depends(
        "student_id",
        "step_id",
        "state",
        "credits",
        "grades",
        "discipline",
        "other_information",
    )
    @api.depends_context("lang")
    def _compute_checklist(self):
        day = self.env["pact.clock"]._today()
        for one in self:
            asked = one.state in ("draft", "returned", "submitted")
            lines = one._lines(day) if asked and one.student_id and one.step_id else []
            one.checklist = [
                {
                    "what": line.what,
                    "text": line.answer.text,
                    "met": line.answer.met,
                    "citation": line.citation,
                }
                for line in lines
            ]

    def _open_case(self):
        """Return the student's open case in the program, as superuser: whether there is
        one does not depend on who asks."""
        self.ensure_one()
        return (
            self.env["pact.case"]
            .sudo()
            .search(
                [
                    ("student_id", "=", self.student_id._origin.id),
                    ("program_id", "=", self.program_id._origin.id),
                    ("is_open", "=", True),
                ],
                limit=1,
            )
        )

    def _first_day(self, day):
        """Return the first date of interventions that count for this referral."""
        self.ensure_one()
        requirements = self.env["pact.program.requirement"]
        case = self._open_case()
        if case:
            return requirements._intervention_starts(case, day)[case.id]
        return requirements._year_start(day)

    def _number_steps(self):
        """Return the steps whose criteria must hold: the one asked for, and the flag
        right before it. A student may be helped before any threshold; from the referral
        on the criteria hold (R21-05, R21-27)."""
        self.ensure_one()
        step = self.step_id._origin
        rungs = self.program_id._origin._rungs()
        before = rungs.filtered(lambda one: one._place() < step._place())[-1:]
        return before.filtered(lambda one: one.entry == "flag") | step

    # -- the lines ---------------------------------------------------------------------

    def _lines(self, day):
        """Return a list of Line: each thing that the form needs, and how it stands."""
        self.ensure_one()
        # sudo: a gate does not depend on who asks; texts name kinds and dates alone
        own = self.sudo()
        case = own._open_case()
        problem = own._place_problem(case)
        if problem:
            return [Line(self.env._("The next step"), Answer(False, problem))]
        asked = own.step_id._origin
        lines = {case.id: []}
        if case:
            case._gate_age(asked, day, lines)
            case._gate_numbers(asked, day, lines)
        steps = own._number_steps()
        found = [
            own._numbers_line(step, day)
            for step in (steps - asked if case else steps)
            if step.criterion_ids
        ]
        found += lines[case.id]
        if not case:
            found += own._age_lines(day)
        for requirement in asked.requirement_ids:
            answer = own._answer(requirement, case, day)
            if answer:
                found.append(
                    Line(requirement.sentence, answer, requirement.citation or "")
                )
        return found

    def _place_problem(self, case):
        """Return why the step is not the one to ask for, or None."""
        step = self.step_id._origin
        if self.school_id._origin not in self.student_id._origin.school_ids:
            return self.env._(
                "%(student)s is not at %(school)s. Withdraw this referral; the school "
                "that the student attends makes its own.",
                student=self.student_id.name,
                school=self.school_id.name,
            )
        if case:
            if case.step_id == step:
                return self.env._(
                    "The case stands in '%(step)s' already.", step=step.name
                )
            return case._step_problem(step)
        rungs = self.program_id._origin._rungs()
        before = rungs.filtered(lambda one: one._place() < step._place())
        # a flag may stand before the first referral, nothing else
        if len(before) > 1 or before.filtered(lambda one: one.entry != "flag"):
            return self.env._(
                "The student has no open case in %(program)s; the first step there is "
                "'%(step)s'.",
                program=self.program_id.name,
                step=rungs[:1].name,
            )
        return None

    def _numbers_line(self, step, day):
        program, student = self.program_id._origin, self.student_id._origin
        starts = program._starts(student, day)
        groups = {"entry": step._criterion_groups()}
        found = program._find(student, day, groups, starts)
        criteria = step.criterion_ids
        values = self.env["pact.metrics"]._read(
            student,
            day,
            [criterion._spec() for criterion in criteria],
            program._counting(),
            starts,
        )
        text = self.env["pact.case"]._numbers_text(criteria, values.get(student.id, {}))
        met = student.id in found["entry"]
        if not met:
            text = self.env._("%(rule)s: it is %(now)s now", rule=step.rule, now=text)
        return Line(
            step.rule,
            Answer(met, text),
            ", ".join(dict.fromkeys(c.citation for c in criteria if c.citation)),
        )

    def _age_lines(self, day):
        program, student = self.program_id._origin, self.student_id._origin
        if not self.step_id.is_statutory or student.filtered_domain(
            program._age_domain(day)
        ):
            return []
        text = self.env._(
            "This step is for ages %(ages)s; the student is not.",
            ages=program._ages_text(),
        )
        return [Line(self.env._("Compulsory age"), Answer(False, text))]

    def _answer(self, requirement, case, day):
        """Return the Answer to one requirement of the step, or None where the school
        can do nothing about it."""
        kind, student = requirement.kind, self.student_id._origin
        if kind not in SCHOOL_KINDS:
            return None
        if kind == "data":
            return self._data_answer(requirement)
        if case:
            return requirement._answers(case, day)[requirement].get(case.id)
        first = requirement._year_start(day)
        if kind == "interventions":
            return requirement._interventions({0: (student, first)}, day)[0]
        if kind == "services":
            return requirement._services({0: student}, {student.id: first}, day)[0]
        if (
            kind == "wait"
            and self.step_id._origin != self.program_id._origin._rungs()[:1]
        ):
            return Answer(
                False,
                self.env._(
                    "%(sentence)s: the student has no open case yet",
                    sentence=requirement.sentence,
                ),
            )
        return None

    def _data_answer(self, requirement):
        """Return whether the form holds what the step demands (R21-07, R21-14); None
        for data that is no part of the form."""
        name = requirement.referral_field
        if not name:
            return None
        label = requirement.name or self._fields[name]._description_string(self.env)
        if (self[name] or "").strip():
            return Answer(True, self.env._("%(what)s: filled in", what=label))
        return Answer(
            False, self.env._("%(what)s: not filled in by the school", what=label)
        )

    def _refuse_incomplete(self, day):
        """Refuse while something is missing, naming each.

        :raise UserError: with the first possible day where time alone is missing
        """
        self._refuse_unmet([line.answer for line in self._lines(day)])

    def _office_answers(self, case, day):
        """Return the answers to what the office itself must see to before the step, for
        a case that this referral opens."""
        requirements = self.sudo().step_id.requirement_ids.filtered(
            lambda one: one.kind not in SCHOOL_KINDS
        )
        # sudo: a gate does not depend on who asks
        answers = requirements._answers(case.sudo(), day)
        return [one[case.id] for one in answers.values() if case.id in one]

    def _refuse_unmet(self, answers):
        """Refuse what is not met, naming each.

        :raise UserError: with the first possible day where time alone is missing
        """
        unmet = [answer for answer in answers if not answer.met]
        if not unmet:
            return
        text = self.env._(
            "The referral of %(student)s is not complete:\n%(missing)s",
            student=self.student_id.name,
            missing="\n".join(f"- {answer.text}" for answer in unmet),
        )
        days = [answer.first_day for answer in unmet]
        if all(days):
            text += "\n" + self.env._(
                "It is possible from %(day)s on.", day=short_date(self.env, max(days))
            )
        raise UserError(text)
