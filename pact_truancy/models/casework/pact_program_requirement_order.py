from odoo import fields, models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer

OPEN = "action_make_order"


class PactProgramStep(models.Model):
    """What a step orders (SOP-21, R53-11): settings (GEN-01)."""

    _inherit = "pact.program.step"

    makes_order = fields.Boolean(
        string="Makes an Order",
        help="In this step the family is ordered to keep to terms of attendance.",
    )
    order_days = fields.Integer(
        string="Order: School Days", help="0: until a person ends it."
    )
    order_unexcused = fields.Integer(string="Order: Unexcused Days Allowed")
    order_rate = fields.Integer(
        string="Order: Attendance of at Least (%)", help="0: not asked."
    )

    _order_terms = models.Constraint(
        "CHECK (order_days BETWEEN 0 AND 400 AND order_unexcused BETWEEN 0 AND 400"
        " AND order_rate BETWEEN 0 AND 100 AND (order_rate = 0 OR order_days > 0))",
        "An order lasts 0 to 400 school days and asks for 0 to 100 % of them; a rate "
        "needs a number of days.",
    )


class PactProgramRequirement(models.Model):
    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[
            ("order_made", "The order was recorded"),
            ("order_failed", "The order was not met"),
        ],
        ondelete={"order_made": "cascade", "order_failed": "cascade"},
    )

    def _sentence_order_made(self):
        return self.env._("The order was recorded")

    def _sentence_order_failed(self):
        return self.env._("The order was not met, and a person confirmed it")

    def _check_requirement_order_made(self, cases, day):
        return self._order_answers(cases, self._made_answer)

    def _check_requirement_order_failed(self, cases, day):
        return self._order_answers(cases, self._failed_answer)

    def _order_answers(self, cases, answer):
        """One query for any number of cases."""
        # sudo: a gate does not depend on who asks
        orders = cases.sudo()._standing_orders()
        return {case.id: answer(orders.get(case.id)) for case in cases}

    def _made_answer(self, order):
        if not order:
            return Answer(False, self.env._("No order is on record"), button=OPEN)
        return Answer(
            True,
            self.env._("Order of %(day)s", day=short_date(self.env, order.date)),
            proof=((order._name, order.id),),
        )

    def _failed_answer(self, order):
        if not order:
            return self._made_answer(order)
        if order.state == "failed":
            return Answer(
                True,
                self.env._(
                    "Order of %(day)s failed, confirmed on %(on)s: %(numbers)s",
                    day=short_date(self.env, order.date),
                    on=short_date(self.env, order.decided_on),
                    numbers=order.verdict_text or "",
                ),
                proof=((order._name, order.id),),
            )
        if order.state == "running" and order.verdict == "failed":
            text = self.env._(
                "The order can no longer be met: confirm it (%(numbers)s)",
                numbers=order.verdict_text or "",
            )
        else:
            state = "verdict" if order.state == "running" else "state"
            text = self.env._(
                "The order has not failed: %(verdict)s. %(numbers)s",
                verdict=order.with_env(self.env)._label(state),
                numbers=order.verdict_text or "",
            )
        return Answer(False, text, button=OPEN)
