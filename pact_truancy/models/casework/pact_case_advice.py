from datetime import timedelta

from odoo import fields, models

from ..metrics.specs import Spec
from .pact_case import GATE

COUNTED = Spec("possible", "since_step")


class PactCase(models.Model):
    """What a screening recommends for each case, kept for filters and cards. The gate
    decides anew whenever somebody acts; nothing rests on this."""

    _inherit = "pact.case"

    advice = fields.Selection(
        [
            ("improved", "Improved"),
            ("advance", "Ready for the next step"),
            ("wait", "Wait"),
            ("needs", "Something is missing"),
            ("review", "To review"),
        ],
        string="Recommendation",
        readonly=True,
        index="btree_not_null",
    )
    possible_from = fields.Date(
        readonly=True, help="First day of the next step, where time alone is missing."
    )

    def _refresh_advice(self, day):
        """Recompute what is recommended for these cases: a few queries for any number;
        only what changed is written. In bulk work the context key `pact_defer_advice`
        leaves it to the screening that follows.

        :return: the cases whose recommendation changed
        """
        if self.env.context.get("pact_defer_advice"):
            return self.browse()
        # sudo: derived values, whoever caused them
        cases_sudo = self.sudo().filtered("is_open")
        gate = cases_sudo._gate(day)
        improved = cases_sudo._improved(day)
        changed = cases_sudo.browse()
        for case in cases_sudo:
            advice, possible_from = case._advise(gate[case.id], case in improved)
            vals = {
                "advice": advice,
                "possible_from": possible_from,
            }
            new = {
                name: value
                for name, value in vals.items()
                if case[name] != (value or False)
            }
            if new:
                changed |= case
                case.with_context(pact_gate=GATE).write(new)
        return changed.sudo(False)

    def _advise(self, lines, improved):
        """Return (advice or False, first possible day or False)."""
        self.ensure_one()
        if self.needs_review:
            return "review", False
        if improved:
            return "improved", False
        if not self._following_step():
            return False, False
        unmet = [line.answer.first_day for line in lines if not line.answer.met]
        if not unmet:
            return "advance", False
        if all(unmet):
            return "wait", max(unmet)
        return "needs", False

    def _improved(self, day):
        """Return the cases with adequate progress in their step, once it is judged and
        a school day after the step's own has been counted: 'no absence' of no day at
        all is no progress."""
        improved = self.browse()
        for step, cases in self.grouped("step_id").items():
            groups = step._progress()._groups()
            if not groups:
                continue
            program = step.program_id
            students = cases.student_id
            starts = program._starts(students, day)
            found = program._find(students, day, {"progress": groups}, starts)
            judged = cases._judged_from(step)
            improved |= cases.filtered(
                lambda case, found=found, judged=judged: (
                    case.student_id.id in found["progress"]
                    and judged.get(case.id)
                    and judged[case.id] <= day
                )
            )._with_days_counted(program, day)
        return improved

    def _with_days_counted(self, program, day):
        """Return those of these cases, all of `program`, of which attendance of a
        school day after the step's own was received; one statement."""
        since = {
            case.student_id.id: case.date_step + timedelta(days=1) for case in self
        }
        counted = self.env["pact.metrics"]._read(
            self.student_id, day, [COUNTED], program._counting(), {"since_step": since}
        )
        return self.filtered(
            lambda case: counted.get(case.student_id.id, {}).get(COUNTED)
        )
