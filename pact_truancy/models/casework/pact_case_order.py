from odoo import fields, models
from odoo.exceptions import UserError

from .pact_order import VERDICTS


class PactCase(models.Model):
    """The order of a case: one in each round."""

    _inherit = "pact.case"

    order_ids = fields.One2many("pact.order", "case_id", string="Orders")
    makes_order = fields.Boolean(related="step_id.makes_order")
    order_count = fields.Integer(
        compute="_compute_order", help="Orders that stand in the present round."
    )
    order_verdict = fields.Selection(VERDICTS, string="Order", compute="_compute_order")

    def _compute_order(self):
        standing = self._standing_orders()
        for case in self:
            order = standing.get(case._origin.id)
            case.order_count = bool(order)
            case.order_verdict = order.verdict if order else False

    def _standing_orders(self):
        """Return {case id: its order}; one query."""
        return {
            order.case_id.id: order
            for order in self.env["pact.order"]
            ._of_open_cases(self._origin)
            ._is_standing()
        }

    def action_make_order(self):
        """Open the form of a new order, or the one there is."""
        self.ensure_one()
        order = self._standing_orders().get(self.id)
        if not order and not (self.is_open and self.makes_order):
            raise UserError(
                self.env._("No order is made in '%(step)s'.", step=self.step_id.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Order"),
            "res_model": "pact.order",
            "res_id": order.id if order else False,
            "view_mode": "form",
            "context": {"default_case_id": self.id},
        }

    def _refresh_advice(self, day):
        """Orders first: what is recommended rests on them."""
        # sudo: derived values, whoever caused them
        self.env["pact.order"].sudo()._of_open_cases(self.sudo())._refresh(day)
        return super()._refresh_advice(day)

    def _improved(self, day):
        """While an order of the present step runs, it decides: met is improved, not
        before (SOP-22)."""
        improved = super()._improved(day)
        orders = self.env["pact.order"].sudo()._of_open_cases(self)._is_standing()
        lasting = orders.filtered(
            lambda order: order.school_days and order.step_id == order.case_id.step_id
        )
        met = lasting.filtered(
            lambda order: (
                "met" in (order.state, order.verdict)
                and order.state not in ("failed", "ended")
            )
        )
        return (improved - lasting.case_id) | met.case_id

    def _close(self, day, outcome, note=None, destination=None):
        """An order in force ends with its case: nobody watches it any longer. Its last
        verdict stays readable. First of all, since who is back reopens it."""
        # sudo: orders go with their case, whoever closes it
        self.sudo().order_ids.filtered(
            lambda order: order.state == "running" and not order.is_void
        ).write({"state": "closed", "decided_by_id": self.env.uid, "decided_on": day})
        return super()._close(day, outcome, note, destination)

    def _reopen(self, day):
        """Who comes back is under the order again, by the same days: those without
        enrollment are none of its days (counting.md 21)."""
        result = super()._reopen(day)
        orders = self.sudo().order_ids.filtered(
            lambda order: order.state == "closed" and not order.is_void
        )
        orders.write({"state": "running", "decided_by_id": False, "decided_on": False})
        orders._refresh(day)
        return result

    def _hand_over(self, school, day):
        """Orders go with the case, and go on on the new school's calendar."""
        result = super()._hand_over(school, day)
        self.sudo().order_ids.write({"school_id": school.id})
        return result
