from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..facts.units import DAY, format_days
from ..facts.words import short_date
from .order_verdict import Terms, allowed_absence
from .pact_void_mixin import OFFICE_ROLES, PactVoidMixin

VERDICTS = [
    ("not_started", "Not started"),
    ("running", "Running"),
    ("at_risk", "At risk"),
    ("failed", "Failed"),
    ("waiting", "Waiting for attendance"),
    ("met", "Met"),
]


class PactOrder(models.Model):
    """What a hearing ordered: school days without an unexcused absence, at a rate of
    attendance (SOP-21), or simply no further one (R53-11).

    It keeps dates; numbers are read anew. The verdict follows the facts until a person
    confirms it, and nothing follows before that.
    """

    _name = "pact.order"
    _description = "Order"
    _inherit = ["pact.void.mixin"]
    _order = "date desc, id desc"
    _VOID_FIELD = "order_ids"
    _SERVER = PactVoidMixin._SERVER | {
        "state", "verdict", "verdict_text", "date_stop", "decided_by_id", "decided_on",
        "step_id", "round",
    }  # fmt: skip
    _FIXED = PactVoidMixin._FIXED | {
        "case_id", "date", "date_start", "school_days", "unexcused_days",
        "attendance_rate",
    }  # fmt: skip

    case_id = fields.Many2one(
        "pact.case",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('is_open', '=', True), ('step_id.makes_order', '=', True)]",
    )
    # of the case: the mixin fills both, a hand-over moves the school
    student_id = fields.Many2one(readonly=True)
    school_id = fields.Many2one(readonly=True)
    program_id = fields.Many2one(related="case_id.program_id")
    step_id = fields.Many2one(
        "pact.program.step", string="Made in", readonly=True, ondelete="restrict"
    )
    round = fields.Integer(
        compute="_compute_round", store=True, precompute=True, help="Of the case."
    )
    date = fields.Date(
        string="Ordered on",
        required=True,
        default=lambda self: self.env["pact.clock"]._today(),
    )
    date_start = fields.Date(
        string="First Day",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    school_days = fields.Integer(
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="School days that the order lasts. 0: until a person ends it.",
    )
    unexcused_days = fields.Integer(
        string="Unexcused Days Allowed",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
    )
    attendance_rate = fields.Integer(
        string="Attendance of at Least (%)",
        compute="_compute_terms",
        store=True,
        readonly=False,
        precompute=True,
        help="Of the order's school days. 0: not asked.",
    )
    date_stop = fields.Date(
        string="Last Day",
        readonly=True,
        copy=False,
        help="By the calendar of the student's school; a day closed later moves it.",
    )
    verdict = fields.Selection(
        VERDICTS,
        string="As of Now",
        readonly=True,
        copy=False,
        default="not_started",
        index=True,
    )
    verdict_text = fields.Char(string="Numbers", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("running", "In force"),
            ("failed", "Failed, confirmed"),
            ("met", "Met, confirmed"),
            ("ended", "Ended by a person"),
            ("closed", "Ended with the case"),
        ],
        required=True,
        default="running",
        readonly=True,
        copy=False,
        index=True,
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Confirmed by", readonly=True, copy=False
    )
    decided_on = fields.Date(string="Confirmed on", readonly=True, copy=False)
    end_reason = fields.Char(string="Ended Because", copy=False)
    warning = fields.Char(compute="_compute_warning")

    _once = models.UniqueIndex(
        "(case_id, round) WHERE is_void IS NOT TRUE",
        "There is an order for this case already: somebody else made it meanwhile.",
    )
    _terms = models.Constraint(
        "CHECK (school_days BETWEEN 0 AND 400 AND unexcused_days BETWEEN 0 AND 400"
        " AND attendance_rate BETWEEN 0 AND 100"
        " AND (attendance_rate = 0 OR school_days > 0))",
        "An order lasts 0 to 400 school days and asks for 0 to 100 % of them; a rate "
        "needs a number of days.",
    )
    _dates = models.Constraint(
        "CHECK (date_start >= date)", "An order begins on its day or later."
    )

    @api.depends("case_id")
    def _compute_round(self):
        for order in self:
            order.round = order.case_id.round

    @api.depends("case_id", "date")
    def _compute_date_start(self):
        """The first school day after the order."""
        calendars = self.env["pact.school.calendar"]
        days = calendars._days_after(
            [
                (number, order.case_id.school_id.calendar_id.id, order.date, 1)
                for number, order in enumerate(self)
                if order.case_id and order.date
            ]
        )
        for number, order in enumerate(self):
            following = order.date and order.date + timedelta(days=1)
            order.date_start = days.get(number) or following

    @api.depends("case_id")
    def _compute_terms(self):
        for order in self:
            step = order.case_id.step_id
            order.school_days = step.order_days
            order.unexcused_days = step.order_unexcused
            order.attendance_rate = step.order_rate

    @api.depends("student_id.name", "case_id", "date")
    def _compute_display_name(self):
        for order in self:
            # a new one has its student from its case, when it is saved
            student = order.student_id or order.case_id.student_id
            order.display_name = self.env._(
                "%(student)s: order of %(day)s",
                student=student.name or "",
                day=short_date(self.env, order.date) if order.date else "",
            )

    @api.depends("state", "verdict", "verdict_text", "date_stop", "school_days")
    def _compute_warning(self):
        """What a person must look at."""
        for order in self:
            text = False
            if order.is_void:
                pass
            elif order.state in ("failed", "met") and order.verdict != order.state:
                text = self.env._(
                    "Confirmed as '%(state)s', but the numbers now say '%(now)s'.",
                    state=order._label("state"),
                    now=order._label("verdict"),
                )
            elif order.state == "running" and order.school_days and not order.date_stop:
                text = self.env._(
                    "The calendar of %(school)s does not reach the last day. Enter the "
                    "coming school year first.",
                    school=order.sudo().school_id.name,
                )
            order.warning = text

    def _label(self, name):
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    @api.constrains("date", "case_id")
    def _check_day(self):
        today = self.env["pact.clock"]._today()
        for order in self:
            if order.date > today:
                raise ValidationError(
                    self.env._("An order is entered when it has been made.")
                )
            is_bound = not (order.is_void or order.is_prior)
            if is_bound and order.date < order.sudo().case_id.date_step:
                raise ValidationError(
                    self.env._("The order is older than the step that the case is in.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Make orders of open cases whose step has one.

        :raise UserError: for any other case, or a second order
        """
        self._check_server_fields(*vals_list)
        cases = self.env["pact.case"].browse([vals["case_id"] for vals in vals_list])
        cases.check_access("read")
        rows = []
        standing = cases._standing_orders()
        step_of = self.env["pact.program.step"]
        # sudo: step and school of cases that the user may read
        for vals, case in zip(vals_list, cases.sudo(), strict=True):
            # one from before our records names its step itself
            step = step_of.browse(vals.get("step_id")) or case.step_id
            if not case.is_open or not step.makes_order:
                raise UserError(
                    self.env._(
                        "No order is made in the step that this case is in, or it is "
                        "closed."
                    )
                )
            if case.id in standing:
                raise UserError(
                    self.env._(
                        "%(case)s has an order already. A coordinator voids it before "
                        "another is made.",
                        case=case.display_name,
                    )
                )
            rows.append(
                {
                    **vals,
                    "student_id": case.student_id.id,
                    "school_id": case.school_id.id,
                }
            )
        orders = super().create(rows)
        orders._check_role(
            OFFICE_ROLES, self.env._("Orders are entered by the office of the case.")
        )
        for order in orders:
            # sudo: which step it belongs to is not the user's to say
            step = order.step_id or order.case_id.sudo().step_id
            order.sudo().step_id = step
        if self.env.context.get("pact_defer_advice"):
            # the last day is no recommendation: a letter tells it at once
            orders._refresh(self.env["pact.clock"]._today())
        orders._refresh_cases()
        return orders

    def _is_standing(self):
        """Return the orders that count: not voided, of the case's present round."""
        return self.filtered(
            lambda order: not order.is_void and order.round == order.case_id.round
        )

    def _terms_now(self, days):
        """Return the `Terms`. `days`: enrolled school days of the order."""
        self.ensure_one()
        return Terms(
            self.unexcused_days,
            self.attendance_rate,
            days if self.school_days else None,
        )

    def _numbers_text(self, terms, numbers):
        """Return the numbers in words."""
        self.ensure_one()
        words = [
            self.env._(
                "%(count)s unexcused (%(allowed)s allowed)",
                count=format_days(numbers.unexcused),
                allowed=self.unexcused_days,
            )
        ]
        allowed = allowed_absence(terms)
        if allowed is not None:
            words.append(
                self.env._(
                    "%(count)s of %(days)s days missed (at most %(allowed)s)",
                    count=format_days(numbers.absent),
                    days=terms.days,
                    allowed=format_days(int(allowed // (DAY // 2)) * (DAY // 2)),
                )
            )
        if numbers.pending:
            words.append(
                self.env._(
                    "%(count)s may still be excused", count=format_days(numbers.pending)
                )
            )
        if numbers.missing:
            words.append(
                self.env._("%(count)s days not received", count=numbers.missing)
            )
        return self.env._(", ").join(words)

    # -- what a person decides ------------------------------------------------------

    def action_confirm(self):
        """Confirm the verdict as it stands: failed or met.

        :raise UserError: while it is neither
        """
        self._decide_allowed()
        self._refresh(self.env["pact.clock"]._today())
        for order in self:
            if order.verdict not in ("failed", "met"):
                raise UserError(
                    self.env._(
                        "Nothing to confirm yet: %(verdict)s. %(numbers)s",
                        verdict=order._label("verdict"),
                        numbers=order.verdict_text or "",
                    )
                )
            order._decide(order.verdict)
        return True

    def action_end(self):
        """End orders by a person's word; `end_reason` says why.

        :raise UserError: without a reason
        """
        self._decide_allowed()
        for order in self:
            if not (order.end_reason or "").strip():
                raise UserError(self.env._("Say under 'Ended Because' why it ends."))
            order._decide("ended")
        return True

    def _decide_allowed(self):
        self.check_access("write")
        self._check_role(
            OFFICE_ROLES, self.env._("Orders are decided by the office of the case.")
        )
        self.lock_for_update()
        self.invalidate_recordset(["state", "is_void"])
        if any(order.state != "running" or order.is_void for order in self):
            raise UserError(self.env._("This order was decided or voided already."))

    def _decide(self, state):
        """Set the state that a person confirmed; the case's history tells it."""
        # sudo: only the app sets these
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": self.env["pact.clock"]._today(),
            }
        )
        self.case_id.message_post(
            body=self.env._(
                "%(order)s: %(state)s. %(numbers)s",
                order=self.display_name,
                state=self._label("state"),
                numbers=self.end_reason or self.verdict_text or "",
            )
        )
