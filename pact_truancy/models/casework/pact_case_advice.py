from odoo import fields, models
from odoo.fields import Domain

from .pact_case import GATE


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
    date_due = fields.Date(
        string="Due by", readonly=True, help="The case is overdue after this day."
    )
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_overdue")

    def _compute_is_overdue(self):
        today = self.env["pact.clock"]._today()
        for case in self:
            case.is_overdue = bool(
                case.is_open and case.date_due and case.date_due < today
            )

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env["pact.clock"]._today()
        domain = Domain("is_open", "=", True) & Domain("date_due", "<", today)
        return domain if True in value else ~domain

    def _refresh_advice(self, day):
        """Recompute what is recommended for these cases: a few queries for any number;
        only what changed is written.

        :return: the cases whose recommendation changed
        """
        # sudo: derived values, whoever caused them
        cases_sudo = self.sudo().filtered("is_open")
        gate = cases_sudo._gate(day)
        improved = cases_sudo._improved(day)
        due = self.env["pact.school.calendar"]._days_after(
            [
                (
                    case.id,
                    case.school_id.calendar_id.id,
                    case.date_step,
                    case.step_id.due_days,
                )
                for case in cases_sudo
                if case.step_id.due_days
            ]
        )
        changed = cases_sudo.browse()
        for case in cases_sudo:
            advice, possible_from = case._advise(gate[case.id], case in improved)
            vals = {
                "advice": advice,
                "possible_from": possible_from,
                "date_due": due.get(case.id),
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
        """Return the cases with adequate progress in their step, once it is judged."""
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
                lambda case, found=found, judged=judged, step=step: (
                    case.student_id.id in found["progress"]
                    and (
                        not step.monitor_days
                        or (judged.get(case.id) and judged[case.id] <= day)
                    )
                )
            )
        return improved
