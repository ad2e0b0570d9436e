from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .units import DAY, format_days, to_portion

# what can be typed: categories of absences, any reason, and the days of the rates
TYPED = [
    ("unexcused", "Unexcused days"),
    ("unverified", "Unverified days"),
    ("excused", "Excused days"),
    ("medical", "Medical days"),
    ("suspension", "Days of suspension"),
    ("absent", "Absent days, any reason"),
    ("possible", "School days enrolled"),
]
LONGEST = 366


class PactAttendancePrior(models.Model):
    """A typed total from before our records: so many days of one kind in one school
    year, up to a day, without their dates. What it counts in: counting.md, 'Typed
    totals'.

    It stays as it was entered; a wrong one is withdrawn with a reason, then entered
    anew.
    """

    _name = "pact.attendance.prior"
    _description = "Total from before Our Records"
    _order = "date_through desc, student_id, category"

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school",
        required=True,
        ondelete="restrict",
        index=True,
        help="The school at which the days were counted.",
    )
    year_id = fields.Many2one(
        "pact.school.year", string="School Year", required=True, ondelete="restrict"
    )
    category = fields.Selection(TYPED, string="What", required=True)
    portion = fields.Integer(
        required=True, readonly=True, aggregator=None, help="In 1/25200 of a day."
    )
    days = fields.Float(
        compute="_compute_days",
        inverse="_inverse_days",
        digits=(6, 2),
        help="From the first day of the school year on.",
    )
    date_through = fields.Date(
        string="Through",
        required=True,
        help="The last day of the total. Days after it come in by date.",
    )
    note = fields.Char(string="Known from")
    is_withdrawn = fields.Boolean(string="Withdrawn", readonly=True, copy=False)
    withdraw_reason = fields.Char(
        string="Withdrawn Because", copy=False, help="To withdraw it: say why."
    )

    _once = models.UniqueIndex(
        "(student_id, school_id, year_id, category) WHERE is_withdrawn IS NOT TRUE",
        "This total of the student was entered already. Withdraw it first.",
    )
    _positive = models.Constraint(
        f"CHECK (portion BETWEEN 0 AND {LONGEST * DAY})",
        "A school year has no such number of days.",
    )
    _year_idx = models.Index("(year_id, student_id) WHERE is_withdrawn IS NOT TRUE")

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "student_id")
        return result

    @api.depends("portion")
    def _compute_days(self):
        for prior in self:
            prior.days = prior.portion / DAY

    def _inverse_days(self):
        for prior in self:
            prior.portion = to_portion(prior.days)

    @api.onchange("student_id")
    def _onchange_student_id(self):
        if self.student_id and not self.school_id:
            self.school_id = self.student_id.school_id

    @api.depends("student_id.name", "category", "portion")
    def _compute_display_name(self):
        labels = dict(self._fields["category"]._description_selection(self.env))
        for prior in self:
            prior.display_name = self.env._(
                "%(student)s: %(what)s, %(days)s",
                student=prior.student_id.name or "",
                what=labels.get(prior.category, ""),
                days=format_days(prior.portion),
            )

    @api.constrains("date_through", "year_id", "student_id", "school_id")
    def _check_prior(self):
        day = self.env["pact.clock"]._today()
        for prior in self:
            problem = self._problem(
                prior.student_id,
                prior.school_id,
                prior.year_id,
                prior.date_through,
                day,
            )
            if problem:
                raise ValidationError(problem)

    @api.model
    def _problem(self, student, school, year, through, day):
        """Return why such a total cannot be entered on `day`, or None."""
        if through > day:
            return self.env._("A total cannot reach into the future.")
        if not year.date_start <= through <= year.date_end:
            return self.env._(
                "'Through' is no day of school year %(year)s.", year=year.name
            )
        # sudo: whether student and school belong together, whoever asks
        spans = student.sudo().enrollment_ids.filtered(
            lambda one: (
                one.school_id == school
                and one.entry_date <= through
                and (not one.exit_date or one.exit_date >= year.date_start)
            )
        )
        if not spans:
            return self.env._(
                "%(student)s was not at %(school)s in that time.",
                student=student.name,
                school=school.name,
            )
        return None

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if "days" in vals:
                vals["portion"] = to_portion(vals.pop("days"))
            if vals.get("is_withdrawn"):
                raise UserError(self.env._("A total is entered, then withdrawn."))
        return super().create(vals_list)

    def write(self, vals):
        if (
            vals.keys() - {"withdraw_reason", "note", "is_withdrawn"}
            and not self.env.su
        ):
            raise UserError(
                self.env._(
                    "A total stays as it was entered. Withdraw it with a reason, then "
                    "enter it anew."
                )
            )
        if "is_withdrawn" in vals and not self.env.su:
            raise UserError(self.env._("A total is withdrawn by its button."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A total is withdrawn with a reason, never deleted.")
        )

    def action_withdraw(self):
        """Withdraw totals: they stay, and count in nothing.

        :raise UserError: without a reason
        """
        self.check_access("write")
        for prior in self:
            if not (prior.withdraw_reason or "").strip():
                raise UserError(
                    self.env._("Say under 'Withdrawn Because' why it is withdrawn.")
                )
        # sudo: only the button sets it
        self.sudo().write({"is_withdrawn": True})
        # the unique index must know of it before another is entered
        self.flush_recordset(["is_withdrawn"])
        return True
