from odoo import models

STATES = [
    ("running", "In force"),
    ("failed", "Failed"),
    ("met", "Met"),
    ("ended", "Ended"),
]
TERMS = (
    ("days", "school_days", "order_days"),
    ("unexcused", "unexcused_days", "order_unexcused"),
    ("rate", "attendance_rate", "order_rate"),
)


class PactTakeover(models.Model):
    """The sheet of what hearings ordered. One that is in force goes on by the calendar;
    one that was decided keeps its outcome, whatever the records hold."""

    _inherit = "pact.takeover"

    def _plan_orders(self, plan):
        entries = plan.of("orders")
        cases, known = self._open_cases(entries), self._known_orders(entries)
        for entry in entries:
            self._past(entry, "date", plan.day)
            self._past(entry, "decided", plan.day)
            self._plan_order(entry, plan)
            if not entry.is_good:
                continue
            entry.key = (entry.student, entry.values["program"])
            case = cases.get(entry.key)
            dates = known.get(case, ())
            if entry.row.cells["date"] in dates:
                entry.operation = "known"
            elif dates:
                entry.reject(
                    self.env._(
                        "%(case)s has an order already. A coordinator voids it before "
                        "another is made.",
                        case=case.display_name,
                    )
                )

    def _plan_order(self, entry, plan):
        program, cells = entry.values["program"], entry.row.cells
        here = plan.case_steps.get((entry.student, program))
        outcome = self._choice(
            entry, "outcome", self.env["pact.order"]._fields["state"], STATES
        )
        outcome = outcome or "running"
        steps = program._rungs().filtered("makes_order")
        steps = steps.filtered(lambda one: here and one._place() <= here._place())
        if not steps:
            entry.reject(
                self.env._(
                    "No case of %(student)s in '%(program)s' has come to a step that "
                    "makes an order. Enter the case too.",
                    student=entry.student.name,
                    program=program.name,
                )
            )
        start, decided = cells.get("start"), cells.get("decided")
        if start and start < cells["date"]:
            entry.reject(self.env._("An order begins on its day or later."))
        if outcome != "running" and not decided:
            entry.reject(
                self.env._("Say under 'Decided on' when the outcome was certain.")
            )
        if outcome == "running" and decided:
            entry.reject(
                self.env._("It was decided, but no outcome is given under 'Outcome'.")
            )
        terms = {}
        for code, name, default in TERMS:
            value = cells.get(code) or ""
            terms[name] = int(float(value)) if value else steps[-1:][default]
            if value and (float(value) % 1 or terms[name] > 400):
                entry.reject(
                    self.env._("The terms of an order are whole numbers up to 400.")
                )
        rate = terms["attendance_rate"]
        if rate > 100 or (rate and not terms["school_days"]):
            entry.reject(
                self.env._(
                    "Attendance is at most 100 %%, and a rate needs a number of school "
                    "days."
                )
            )
        entry.values |= {"step": steps[-1:], "state": outcome, "terms": terms}

    def _known_orders(self, entries):
        """Return {case: dates of its orders} of open cases, voided ones too where they
        have the same date."""
        rows_sudo = (
            self.env["pact.order"]
            .sudo()
            .search(
                [
                    ("student_id", "in", [one.student.id for one in entries]),
                    ("case_id.is_open", "=", True),
                ]
            )
        )
        known = {}
        for row in rows_sudo:
            if row.is_prior or not row.is_void:
                known.setdefault(row.case_id, set()).add(row.date)
        return known

    def _take_orders(self, entries, plan):
        cases = self._open_cases(entries)
        rows = []
        for one in entries:
            start = one.row.cells.get("start")
            state = one.values["state"]
            rows.append(
                {
                    "case_id": cases[one.student, one.values["program"]].id,
                    "step_id": one.values["step"].id,
                    "date": one.row.cells["date"],
                    **({"date_start": start} if start else {}),
                    **one.values["terms"],
                    "state": state,
                    "verdict": state if state in ("failed", "met") else "running",
                    "verdict_text": self.env._("Before our records")
                    if state != "running"
                    else False,
                    "decided_on": one.row.cells.get("decided") or False,
                    "end_reason": self.env._("Ended before our records")
                    if state == "ended"
                    else False,
                    "is_prior": True,
                }
            )
        # sudo: see `_take_interventions`
        self.env["pact.order"].sudo().create(rows)
