from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..facts.words import short_date
from ..metrics.specs import describe
from ..rules.pact_program_requirement import Answer
from .pact_case import GATE


class Line(NamedTuple):
    """One thing that the next step asks for, and how a case stands to it."""

    what: str
    answer: Answer
    citation: str = ""
    is_overridable: bool = False
    asks: str = ""

    def refusal(self):
        """Return what is missing as it reads without `what` above it."""
        return self.answer.text + self.asks

    def kept(self):
        """Return what the history of a case keeps of it, see `pact.case.step.met`:
        what everybody may read who reads the case. A citation names a circumstance as
        well as words do."""
        line = self.masked()
        return {
            "what": line.what,
            "text": line.answer.text,
            "citation": line.citation,
            "met": self.answer.met,
            "proof": [list(one) for one in self.answer.proof],
        }

    def masked(self):
        """Return the line without what is restricted."""
        if not self.answer.public:
            return self
        what, text = self.answer.public
        return self._replace(
            what=what, citation="", answer=self.answer._replace(text=text, button=None)
        )


class PactCase(models.Model):
    """The gate: what a step demands. Who may go on without it, and the way back:
    pact_case_override.py.

    Board, buttons, mass actions, API, `write` and `create` all meet `_advance`.
    """

    _inherit = "pact.case"

    next_step_id = fields.Many2one("pact.program.step", compute="_compute_next_step")
    next_checklist = fields.Json(
        compute="_compute_next_step",
        string="What the Next Step Needs",
        help="List of {what, text, met, citation, button, is_overridable, refusal}.",
    )
    waits_for = fields.Char(compute="_compute_next_step")
    needs_review = fields.Char(
        string="To Review",
        readonly=True,
        help="A correction changed what the case rests on; no step until a person has "
        "looked at it.",
    )

    @api.depends(
        "step_id.failure_step_id",
        "is_open",
        "program_id.step_ids.sequence",
        "needs_review",
    )
    @api.depends_context("lang", "uid")
    def _compute_next_step(self):
        cases = self._origin.filtered("is_open")
        gate = cases._gate(self.env["pact.clock"]._today()) if cases else {}
        for case in self:
            lines = gate.get(case._origin.id, [])
            unmet = [line.refusal() for line in lines if not line.answer.met]
            case.next_step_id = case._following_step() if case.is_open else False
            case.next_checklist = [
                {
                    "what": line.what,
                    "text": line.answer.text,
                    "met": line.answer.met,
                    "citation": line.citation,
                    "button": line.answer.button,
                    "is_overridable": line.is_overridable,
                    "refusal": line.refusal(),
                }
                for line in lines
            ]
            case.waits_for = unmet[0] if unmet else False

    # -- what the next step asks for ---------------------------------------------------

    def _gate(self, day):
        """Return {case id: list of Line} for the step that follows the present one, of
        open cases, as of `day`. The number of queries depends on the steps and their
        requirements, not on the number of cases.

        Proofs and numbers are read as superuser: a gate does not depend on who asks.
        A text tells no more of them than that something is there or missing.
        """
        lines = {case.id: [] for case in self}
        # sudo: see above
        cases_sudo = self.sudo().filtered("is_open")
        for (_here, step), cases in cases_sudo.grouped(
            lambda case: (case.step_id, case._following_step())
        ).items():
            if step:
                cases._gate_of(step, day, lines)
        return lines

    def _gate_of(self, step, day, lines):
        """Add to `lines` what `step` asks of these cases, all of one step."""
        for case_id, text in self._to_review().items():
            if text:
                lines[case_id].append(
                    Line(
                        self.env._("No correction waits for a review"),
                        Answer(False, text, button="action_reviewed"),
                    )
                )
        self._gate_age(step, day, lines)
        self._gate_numbers(step, day, lines)
        if step.entry == "referral":
            self._gate_referral(step, day, lines)
        for requirement in step.requirement_ids:
            answers = requirement._answers(self, day)[requirement]
            for case_id, answer in answers.items():
                lines[case_id].append(
                    Line(
                        requirement.sentence,
                        answer,
                        requirement.citation or "",
                        requirement.is_overridable,
                    )
                )

    def _to_review(self):
        """Return {case id: what a correction changed, in words, or False}."""
        return {case.id: case.needs_review for case in self}

    def _gate_age(self, step, day, lines):
        """Ages limit the statutory steps only; who has no birth date is not held up."""
        if not step.is_statutory:
            return
        program = step.program_id
        outside = self.student_id - self.student_id.filtered_domain(
            program._age_domain(day)
        )
        for case in self:
            if case.student_id in outside:
                lines[case.id].append(
                    Line(
                        self.env._("Compulsory age"),
                        Answer(
                            False,
                            self.env._(
                                "This step is for ages %(ages)s; the student is not.",
                                ages=program._ages_text(),
                            ),
                        ),
                    )
                )

    def _gate_numbers(self, step, day, lines):
        """Add the criteria of `step`, and that progress is not adequate, where the step
        asks it."""
        program, here = step.program_id, self.step_id[:1]
        groups = {"entry": step._criterion_groups()}
        if step.asks_progress:
            groups["progress"] = here._progress()._groups()
        criteria = self.env["pact.program.criterion"]
        for several in groups.values():
            criteria = criteria.union(*several)
        if not criteria:
            return
        students = self.student_id
        starts = program._starts(students, day)
        found = program._find(students, day, groups, starts)
        values = self.env["pact.metrics"]._read(
            students,
            day,
            list(dict.fromkeys(criterion._spec() for criterion in criteria)),
            program._counting(),
            starts,
        )
        judged = self._judged_from(here)
        for case in self:
            own = values.get(case.student_id.id, {})
            if groups["entry"]:
                lines[case.id].append(case._entry_line(step, found["entry"], own))
            if groups.get("progress"):
                lines[case.id].append(
                    case._progress_line(
                        here, found["progress"], own, judged.get(case.id), day
                    )
                )

    def _entry_line(self, step, found, values):
        criteria = step.criterion_ids
        met = self.student_id.id in found
        # a number alone does not say what it falls short of
        asks = self.env._(
            " (asked for: %(rule)s)",
            rule=self.env._(" or ").join(
                self.env._(" and ").join(criterion._in_words() for criterion in group)
                for group in step._criterion_groups()
            ),
        )
        return Line(
            step.rule,
            Answer(met, self._numbers_text(criteria, values)),
            ", ".join(dict.fromkeys(c.citation for c in criteria if c.citation)),
            asks="" if met else asks,
        )

    def _progress_line(self, here, found, values, judged, day):
        """Adequate progress ends the escalation (R53-17): a step that asks for it is
        not entered while attendance improves, nor before it can be judged."""
        what = self.env._("Attendance did not improve")
        text = self._numbers_text(here._progress(), values)
        met = self.student_id.id not in found
        # without a number of days what already failed needs no more of them
        if (here.monitor_days or not met) and (not judged or judged > day):
            text = (
                self.env._(
                    "Attendance since the last step is judged from %(day)s on: %(now)s",
                    day=short_date(self.env, judged),
                    now=text,
                )
                if judged
                else self.env._(
                    "The calendar of %(school)s does not reach the day on which "
                    "attendance is judged. Enter the coming school year first.",
                    school=self.school_id.name,
                )
            )
            return Line(what, Answer(False, text, judged), "", True)
        if not met:
            text = self.env._("Adequate progress: %(now)s", now=text)
        return Line(what, Answer(met, text), "", True)

    def _numbers_text(self, criteria, values):
        """Return today's numbers of `criteria` in words."""
        specs = dict.fromkeys(criterion._spec() for criterion in criteria)
        return self.env._(" and ").join(
            describe(self.env, spec, values.get(spec)) for spec in specs
        )

    def _judged_from(self, step):
        """Return {case id: first day on which attendance in `step` is judged}: never
        its own day, on which nothing has been counted yet."""
        return self.env["pact.school.calendar"]._days_after(
            [
                (
                    case.id,
                    case.school_id.calendar_id.id,
                    case.date_step,
                    max(step.monitor_days, 1),
                )
                for case in self
            ]
        )

    # -- taking a step -----------------------------------------------------------------

    def _advance(self, step, reason=None, offer=False):
        """Move the case into `step`, or name everything that is missing.

        :param reason: a coordinator's word for going on without what may be overridden
        :param offer: a refused coordinator who may override is offered to say why
        :raise UserError: names each unmet requirement and the first possible day
        :raise RedirectWarning: the same, with the way to the reason
        """
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["step_id", "is_open", "date_step"])
        if step == self.step_id:
            return
        problem = self._step_problem(step)
        if problem:
            raise UserError(problem)
        day = self.env["pact.clock"]._today()
        lines = self._gate(day)[self.id]
        unmet = [line for line in lines if not line.answer.met]
        reason = (reason or "").strip()
        if unmet and not self._may_override(unmet, reason):
            refusal = self._refusal(step, unmet)
            if offer and not reason:
                self._offer_override(unmet, refusal)
            raise UserError(self._fixed_refusal(unmet) if reason else refusal)
        self._enter(step, day, lines, reason if unmet else None)

    def _step_problem(self, step):
        """Return why `step` is not the one to take, or None."""
        if not self.is_open:
            return self.env._("The case is closed.")
        if step.program_id != self.program_id:
            return self.env._("This step belongs to another program.")
        following = self._following_step()
        if step == following:
            return None
        if following:
            return self.env._(
                "Steps are taken one after the other; the next one is '%(step)s'.",
                step=following.name,
            )
        return self.env._("The case is in the last step.")

    def _refusal(self, step, unmet):
        days = [line.answer.first_day for line in unmet]
        text = self.env._(
            "%(student)s cannot move to '%(step)s' yet:\n%(unmet)s",
            student=self.sudo().student_id.name,
            step=step.name,
            unmet="\n".join(f"- {line.refusal()}" for line in unmet),
        )
        if all(days):
            text += "\n" + self.env._(
                "It is possible from %(day)s on.", day=short_date(self.env, max(days))
            )
        return text

    def _fixed_refusal(self, unmet):
        """Return what a coordinator is told who gives a reason where none helps."""
        return self.env._(
            "Nobody may go on without this, whatever the reason:\n%(unmet)s",
            unmet="\n".join(
                f"- {line.refusal()}" for line in unmet if not line.is_overridable
            ),
        )

    def _enter(self, step, day, lines, override=None):
        """Make the step: the case, its history with what was known, what follows."""
        self.with_context(pact_gate=GATE).write({"step_id": step.id, "date_step": day})
        met = [line.kept() for line in lines]
        self._log_step(day, self._take(step, day), override, met)
        self._refresh_advice(day)

    def _take(self, step, day):
        """Return {student id: pact.snapshot} of the numbers that `step` rests on."""
        program = step.program_id
        criteria = step.criterion_ids
        if step.asks_progress:
            criteria |= self.step_id._progress()
        readings = [
            (spec, criterion.sentence)
            for criterion in criteria
            for spec in criterion._specs()
        ]
        if not readings:
            return {}
        # sudo: a number does not depend on who asks
        students_sudo = self.sudo().student_id
        return (
            self.env["pact.snapshot"]
            .sudo()
            ._take(
                students_sudo,
                day,
                readings,
                program._counting(),
                program.sudo()._starts(students_sudo, day),
            )
        )

    def _log_step(self, day, snapshots, reason=None, met=None):
        """Write the history row of the step that these cases are in now.

        Later rooms extend this to draft what the step asks for.

        :param reason: why a coordinator went on without what was missing
        :param met: what each requirement was met by, see `pact.case.step.met`
        """
        # sudo: history writes itself; nobody has the right to write it
        return (
            self.env["pact.case.step"]
            .sudo()
            .create(
                [
                    {
                        "case_id": case.id,
                        "step_id": case.step_id.id,
                        "round": case.round,
                        "date": day,
                        "user_id": self.env.uid,
                        "snapshot_id": snapshots[case.student_id.id].id
                        if case.student_id.id in snapshots
                        else False,
                        "reason": reason,
                        "is_override": bool(reason),
                        "met": met or False,
                    }
                    for case in self
                ]
            )
        )

    def action_advance(self):
        """Move each case into its next step, or name everything that is missing."""
        for case in self:
            following = case._following_step()
            if not following:
                raise UserError(
                    self.env._("%(case)s is in the last step.", case=case.display_name)
                )
            case._advance(following, offer=True)
        return True

    def action_reviewed(self):
        """A person has looked at what a correction changed."""
        self.check_access("write")
        self.with_context(pact_gate=GATE).write({"needs_review": False})
        return True
