from odoo import api, fields, models
from odoo.exceptions import UserError

from ..casework.order_verdict import Terms, allowed_absence
from ..casework.pact_void_mixin import OFFICE_ROLES
from ..facts.units import DAY
from .pact_letter_text import day_text


class PactLetter(models.Model):
    """The letter that gives an order's first and last day and its terms (SOP-21,
    R53-11). It is drafted when a person has recorded the order, not before; a last day
    that moves makes a corrected one. What was made final keeps the day it told."""

    _inherit = "pact.letter"

    order_id = fields.Many2one(
        "pact.order",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The order that this letter tells of.",
    )
    order_stop = fields.Date(
        string="Last Day Told",
        readonly=True,
        help="The order's last day as the letter says it.",
    )

    def _missing(self):
        lines = super()._missing()
        order = self.order_id
        if order.school_days and not order.date_stop:
            lines.append(order.warning)
        return lines

    def _refresh(self, day, numbers=False):
        """A draft tells the last day as it is now."""
        # sudo: see super
        for letter in self.sudo().filtered("order_id"):
            if letter.order_stop != letter.order_id.date_stop:
                letter._gated().write({"order_stop": letter.order_id.date_stop})
        return super()._refresh(day, numbers)

    def _order_values(self, lang):
        """Return the values of the order's placeholders, in the language `lang`."""
        order = self.order_id
        if not order:
            return {}
        return {
            "order_date": day_text(order.date, lang),
            "order_start": day_text(order.date_start, lang),
            "order_stop": day_text(self.order_stop, lang) if self.order_stop else "",
            "order_terms": order._terms_text(),
        }


class PactOrder(models.Model):
    _inherit = "pact.order"

    letter_ids = fields.One2many("pact.letter", "order_id", string="Letters")
    has_letter = fields.Boolean(
        compute="_compute_has_letter",
        help="A kind of letter of the order's step tells of it.",
    )

    def _compute_has_letter(self):
        for order in self:
            order.has_letter = bool(order._letter_kinds())

    def _letter_kinds(self):
        # sudo: which kinds there are is no secret
        return self.sudo().step_id.letter_kind_ids.filtered("is_order")

    @api.model_create_multi
    def create(self, vals_list):
        """Draft the letter of orders that were made now."""
        orders = super().create(vals_list)
        orders.filtered(lambda order: not order.is_prior)._draft_letters(
            self.env["pact.clock"]._today()
        )
        return orders

    def _refresh_stop(self, day):
        """A last day that moved after a letter told it makes a corrected letter."""
        result = super()._refresh_stop(day)
        # sudo: letters follow the order, whoever closed the day
        told = self.sudo().filtered(
            lambda order: (
                order.state == "running"
                and order.date_stop
                and any(
                    letter.order_stop and letter.order_stop != order.date_stop
                    for letter in order._last_letters()
                )
            )
        )
        told._draft_letters(day)
        return result

    def _last_letters(self):
        """Return the newest letter of each kind about each order, canceled ones not."""
        found = {}
        for letter in self.letter_ids.sorted("sequence"):
            if letter.state != "canceled":
                found[letter.order_id, letter.kind_id] = letter
        return self.env["pact.letter"].union(*found.values())

    def _draft_letters(self, day):
        """Draft what tells of these orders as they are: drafts are read anew, what was
        final but not sent is withdrawn, what was sent is followed by a corrected one.
        """
        # sudo: letters are made by the app alone, whoever made the order
        orders_sudo = self.sudo()
        last = orders_sudo._last_letters()
        last.filtered(lambda letter: letter.state == "draft")._refresh(day)
        wrong = last.filtered(
            lambda letter: letter.order_stop != letter.order_id.date_stop
        )
        wrong.filtered(lambda letter: letter.state in ("to_sign", "signed"))._cancel(
            self.env._("The last day of the order moved.")
        )
        had = {(one.order_id, one.kind_id) for one in last - wrong}
        letters = self.env["pact.letter"].sudo()
        kinds = orders_sudo._letter_kinds()
        number = letters._numbers(orders_sudo.student_id, kinds)
        offices = orders_sudo.school_id._serving_offices(day)
        letters._make(
            [
                {
                    "order_id": order.id,
                    "order_stop": order.date_stop,
                    "case_id": order.case_id.id,
                    "kind_id": kind.id,
                    "round": order.round,
                    "sequence": number.get((order.student_id.id, kind.id), 0) + 1,
                    "student_id": order.student_id.id,
                    "school_id": order.school_id.id,
                    "day": day,
                    "office_id": letters._office_id(offices, order.school_id),
                }
                for order in orders_sudo
                for kind in order._letter_kinds()
                if order.case_id.is_open and (order, kind) not in had
            ],
            day,
        )

    def action_letter(self):
        """Open the letters of the order; one is drafted where none is there.

        :raise AccessError: who may not order may not draft it either
        :raise UserError: for an order that is voided or decided and has no letter
        """
        self.ensure_one()
        if not self._last_letters():
            self._check_role(
                OFFICE_ROLES,
                self.env._("Orders are entered by the office of the case."),
            )
            if self.is_void or self.state != "running" or not self._letter_kinds():
                raise UserError(self.env._("No letter tells of this order."))
            self._draft_letters(self.env["pact.clock"]._today())
        letters = self.letter_ids
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_letter_action"
        )
        action.update(domain=[("order_id", "=", self.id)], context={})
        if len(letters) == 1:
            action.update(res_id=letters.id, views=[(False, "form")])
        return action

    def action_void(self, reason):
        """What was to tell of the order and was not sent is withdrawn with it."""
        result = super().action_void(reason)
        # sudo: letters follow the order; the right to void it was checked
        self.sudo().letter_ids.filtered(
            lambda one: one.state in ("draft", "to_sign", "signed")
        )._cancel(self.env._("The order was voided."))
        return result

    def _terms_text(self):
        """Return what the order asks for, as a family reads it."""
        self.ensure_one()
        env = self.env
        if self.unexcused_days:
            words = env._(
                "no more than %(count)s days missed without a valid cause",
                count=self.unexcused_days,
            )
        else:
            words = env._("no day missed without a valid cause")
        if not self.school_days:
            return env._("%(terms)s, until the office ends the order", terms=words)
        words = env._(
            "%(terms)s in %(days)s school days", terms=words, days=self.school_days
        )
        terms = Terms(self.unexcused_days, self.attendance_rate, self.school_days)
        allowed = allowed_absence(terms)
        if allowed is not None:
            return env._(
                "%(terms)s, and at least %(rate)s percent attendance (no more than "
                "%(count)s of the days missed for any reason)",
                terms=words,
                rate=self.attendance_rate,
                count=int(allowed // DAY),
            )
        return words
