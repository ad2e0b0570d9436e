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
        written, and a new certainty becomes the manager's task. Recommendations are
        the caller's: each order that changed would ask for its case's alone."""
        # sudo: derived values, whoever caused them
        # what was decided before our records rests on none of them
        orders_sudo = (
            self.with_context(pact_defer_advice=True)
            .sudo()
            ._is_counted()
            .filtered(lambda order: not order.is_prior or order.state == "running")
        )
        orders_sudo._refresh_stop(day)
        told = {}
        # a student has one open case in a program, and it one order in a round
        for (program, _round), orders in orders_sudo.grouped(
            lambda order: (order.program_id, order.round)
        ).items():
            numbers = orders._read_numbers(program, day)
            for order in orders:
                summary = order._follow(*numbers[order.id])
                if summary:
                    told[order] = summary
        self._tell(told, day)

    def _refresh_stop(self, day):
        lasting = self.filtered("school_days")
        stops = self.env["pact.enrollment"]._nth_days(
            [
                (order.id, order.student_id.id, order.date_start, order.school_days)
                for order in lasting
            ]
        )
        told = {}
        for order in lasting:
            before, stop = order.date_stop, stops.get(order.id, False)
            if before == stop:
                continue
            order.write({"date_stop": stop})
            if before and stop:
                told[order] = self.env._(
                    "The last day of the order moved from %(before)s to %(now)s: "
                    "send the family a corrected notice.",
                    before=short_date(self.env, before),
                    now=short_date(self.env, stop),
                )
        self._tell(told, day)

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

    def _follow(self, terms, numbers):
        """Write the verdict; return what the manager is told of it, or None."""
        self.ensure_one()
        before, now = self.verdict, verdict(terms, numbers)
        text = self._numbers_text(terms, numbers)
        if (before, self.verdict_text) != (now, text):
            self.write({"verdict": now, "verdict_text": text})
        if before == now:
            return None
        if self.state == "running":
            if now == "failed":
                return self.env._("The order can no longer be met: look and confirm")
            if now == "met":
                return self.env._("The order was met: look and confirm")
            if before in ("failed", "met"):
                self.case_id.activity_unlink([ACTIVITY])
        elif self.state in ("failed", "met") and now != self.state:
            return self.env._(
                "After a correction the order is no longer as it was confirmed"
            )
        return None

    def _tell(self, told, day):
        """Give the manager of each order's case a to-do, without one a coordinator; in
        one go, a day without school moves the last day of many.

        :param told: {order: what the to-do says}
        """
        if not told:
            return
        kind = self.env.ref(ACTIVITY)
        model_id = self.env["ir.model"]._get_id("pact.case")
        # no e-mail: it would carry a child's name out of the app
        activities = self.env["mail.activity"].sudo()
        activities = activities.with_context(mail_activity_quick_update=True)
        users = {
            order: order.case_id.manager_id or order.case_id._coordinator()
            for order in told
        }
        activities.create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": order.case_id.id,
                    "activity_type_id": kind.id,
                    "automated": True,
                    "user_id": users[order].id,
                    "date_deadline": day,
                    "summary": summary,
                }
                for order, summary in told.items()
                if users[order]
            ]
        )

    def _decide(self, state):
        result = super()._decide(state)
        self.sudo().case_id.activity_feedback([ACTIVITY])
        return result

    def _of_open_cases(self, cases):
        """Return the orders of these open cases that count; one query."""
        domain = Domain("case_id", "in", cases.filtered("is_open").ids)
        return self.search(domain & Domain("is_void", "!=", True))._is_counted()

    def _is_counted(self):
        """Return the standing orders, and those of an earlier round that are in force:
        a ladder that begins again ends no order."""
        return self._is_standing() | self.filtered(
            lambda order: not order.is_void and order.state == "running"
        )
