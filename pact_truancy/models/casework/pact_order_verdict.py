from odoo import models
from odoo.fields import Domain

from ..facts.words import short_date
from ..metrics.specs import Spec
from .order_verdict import Numbers, verdict

ACTIVITY = "pact_truancy.activity_order_verdict"
UNEXCUSED = Spec("unexcused", "order", counting="program")
PENDING = Spec("pending", "order", counting="program")
ABSENT = Spec("absent", "order", counting="program")


class PactOrder(models.Model):
    """The live verdict: for any number of orders with a number of queries that depends
    on the programs only."""

    _inherit = "pact.order"

    def _refresh(self, day):
        """Bring last day and verdict of these orders up to `day`; only what changed is
        written, and a new certainty becomes the manager's task."""
        # sudo: derived values, whoever caused them
        # what was decided before our records rests on none of them
        orders_sudo = (
            self.sudo()
            ._is_standing()
            .filtered(lambda order: not order.is_prior or order.state == "running")
        )
        orders_sudo._refresh_stop(day)
        for program, orders in orders_sudo.grouped("program_id").items():
            numbers = orders._read_numbers(program, day)
            for order in orders:
                order._follow(*numbers[order.id], day)

    def _refresh_stop(self, day):
        lasting = self.filtered("school_days")
        stops = self.env["pact.enrollment"]._nth_days(
            [
                (order.id, order.student_id.id, order.date_start, order.school_days)
                for order in lasting
            ]
        )
        for order in lasting:
            before, stop = order.date_stop, stops.get(order.id, False)
            if before == stop:
                continue
            order.write({"date_stop": stop})
            if before and stop:
                order._tell(
                    day,
                    self.env._(
                        "The last day of the order moved from %(before)s to %(now)s: "
                        "send the family a corrected notice.",
                        before=short_date(self.env, before),
                        now=short_date(self.env, stop),
                    ),
                )

    def _read_numbers(self, program, day):
        """Return {order id: (Terms, Numbers)} of orders of one program."""
        students = self.student_id
        counting = program._counting()
        starts = {
            **program._starts(students, day),
            "order": {order.student_id.id: order.date_start for order in self},
            "order_end": {
                order.student_id.id: order.date_stop
                for order in self
                if order.date_stop
            },
        }
        metrics = self.env["pact.metrics"]
        values = metrics._read(
            students, day, [UNEXCUSED, PENDING, ABSENT], counting, starts
        )
        days = self.env["pact.enrollment"]._enrolled_days(
            [
                (order.id, order.student_id.id, order.date_start, order.date_stop)
                for order in self
                if order.date_stop
            ]
        )
        over = self.filtered(lambda order: order.date_stop and order.date_stop <= day)
        gaps = (
            metrics._read_gaps(over.student_id, day, UNEXCUSED, counting, starts)
            if over
            else {}
        )
        result = {}
        for order in self:
            own = values.get(order.student_id.id, {})
            result[order.id] = (
                order._terms_now(days.get(order.id)),
                Numbers(
                    unexcused=own.get(UNEXCUSED) or 0,
                    pending=own.get(PENDING) or 0,
                    absent=own.get(ABSENT) or 0,
                    missing=len(gaps.get(order.student_id.id, [])),
                    is_started=order.date_start <= day,
                    is_over=order in over,
                ),
            )
        return result

    def _follow(self, terms, numbers, day):
        self.ensure_one()
        before, now = self.verdict, verdict(terms, numbers)
        text = self._numbers_text(terms, numbers)
        if (before, self.verdict_text) != (now, text):
            self.write({"verdict": now, "verdict_text": text})
        if before == now:
            return
        if self.state == "running":
            if now in ("failed", "met"):
                self._tell(
                    day,
                    self.env._("The order can no longer be met: look and confirm")
                    if now == "failed"
                    else self.env._("The order was met: look and confirm"),
                )
            elif before in ("failed", "met"):
                self.case_id.activity_unlink([ACTIVITY])
        elif self.state in ("failed", "met") and now != self.state:
            self._tell(
                day,
                self.env._(
                    "After a correction the order is no longer as it was confirmed"
                ),
            )

    def _tell(self, day, summary):
        """Give the case's manager a to-do; without one a coordinator."""
        case = self.case_id
        user = case.manager_id or case._coordinator()
        if user:
            case.activity_schedule(
                ACTIVITY, date_deadline=day, summary=summary, user_id=user.id
            )

    def _decide(self, state):
        result = super()._decide(state)
        self.sudo().case_id.activity_feedback([ACTIVITY])
        return result

    def _of_open_cases(self, cases):
        """Return the standing orders of these open cases; one query."""
        domain = Domain("case_id", "in", cases.filtered("is_open").ids)
        return self.search(domain & Domain("is_void", "!=", True))._is_standing()
