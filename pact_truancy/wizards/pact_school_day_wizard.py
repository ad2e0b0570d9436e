from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date


class PactSchoolDayWizard(models.TransientModel):
    """Closes days that had school (a snow day), opens them again, or adds a make-up
    day. Everything that counts school days follows."""

    _name = "pact.school.day.wizard"
    _description = "Close or Reopen Days"

    operation = fields.Selection(
        [
            ("close", "Close"),
            ("reopen", "Reopen"),
            ("make_up", "Add a make-up day"),
        ],
        string="What to Do",
        required=True,
        default="close",
    )
    calendar_ids = fields.Many2many(
        "pact.school.calendar",
        "pact_day_wizard_calendar_rel",
        "wizard_id",
        "calendar_id",
        string="Calendars",
        default=lambda self: self._default_of("pact.school.calendar"),
    )
    school_ids = fields.Many2many(
        "pact.school",
        "pact_day_wizard_school_rel",
        "wizard_id",
        "school_id",
        string="Or by School",
        domain="[('calendar_id', '!=', False)]",
        default=lambda self: self._default_of("pact.school"),
        help="The calendars of these schools.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env["pact.clock"]._today(),
    )
    date_to = fields.Date(
        string="To",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    kind = fields.Selection(
        [
            ("weather", "Weather"),
            ("emergency", "Emergency"),
            ("teacher", "Teachers only"),
            ("holiday", "Holiday"),
            ("closed", "Other"),
        ],
        string="Why",
        default="weather",
    )
    note = fields.Char()
    preview = fields.Text(string="What Will Change", compute="_compute_preview")

    @api.model
    def _default_of(self, model):
        """Return the records of `model` from which the wizard was opened."""
        if self.env.context.get("active_model") != model:
            return self.env[model]
        return self.env[model].browse(self.env.context.get("active_ids", []))

    @api.depends("date_from")
    def _compute_date_to(self):
        for wizard in self:
            if wizard.date_from and (
                not wizard.date_to or wizard.date_to < wizard.date_from
            ):
                wizard.date_to = wizard.date_from

    def _calendars(self):
        return self.calendar_ids._origin | self.school_ids.calendar_id._origin

    def _days(self):
        """Return the days of the calendars in the span that the operation changes."""
        domain = [
            ("calendar_id", "in", self._calendars().ids),
            ("date", ">=", self.date_from),
            ("date", "<=", self.date_to),
            ("is_school_day", "=", self.operation == "close"),
        ]
        return self.env["pact.school.day"].search(domain)

    def _missing_days(self):
        """Return [(calendar, date)] of a make-up day that has no row yet."""
        if self.operation != "make_up":
            return []
        found = {
            (day.calendar_id, day.date)
            for day in self.env["pact.school.day"].search(
                [
                    ("calendar_id", "in", self._calendars().ids),
                    ("date", "=", self.date_from),
                ]
            )
        }
        return [
            (calendar, self.date_from)
            for calendar in self._calendars()
            if (calendar, self.date_from) not in found
        ]

    @api.onchange("operation")
    def _onchange_operation(self):
        if self.operation == "make_up":
            self.date_to = self.date_from

    @api.depends(
        "operation", "calendar_ids", "school_ids", "date_from", "date_to", "kind"
    )
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = wizard._problem() or wizard._describe()

    def _describe(self):
        """Return in words what applying would change."""
        _ = self.env._
        calendars = self._calendars()
        days = self._days()
        dates = sorted(
            {*days.mapped("date"), *(date for _c, date in self._missing_days())}
        )
        if not dates:
            return {
                "close": _("No school day in this span: nothing to close."),
                "reopen": _("No closed day in this span: nothing to reopen."),
                "make_up": _("There is school on that day already."),
            }[self.operation]
        text = {
            "close": _("No school on %(dates)s."),
            "reopen": _("School again on %(dates)s."),
            "make_up": _("A school day more: %(dates)s."),
        }[self.operation]
        lines = [
            text % {"dates": "; ".join(self._day_words(day) for day in dates)},
            _(
                "This holds for %(schools)s.",
                schools=", ".join(calendars.school_ids.mapped("name"))
                or _("no school yet"),
            ),
        ]
        count = self._event_count(calendars, dates)
        if count and self.operation == "close":
            lines.append(
                _(
                    "%(count)s recorded absences on these days stop counting. They are "
                    "kept and count again if the day is reopened.",
                    count=count,
                )
            )
        elif count:
            lines.append(
                _("%(count)s recorded absences on these days can count.", count=count)
            )
        return "\n".join(lines)

    def _day_words(self, day):
        return format_date(self.env, day, date_format="EEE MMM d, y")

    def _event_count(self, calendars, dates):
        """Return how many absences that are not withdrawn lie on `dates` at the schools
        of the calendars: a count, no names."""
        self.env["pact.attendance.event"].flush_model()
        [(count,)] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM pact_attendance_event e
                     JOIN pact_school s ON s.id = e.school_id
                    WHERE s.calendar_id = ANY(%s) AND e.date = ANY(%s)
                      AND e.is_withdrawn IS NOT TRUE""",
                calendars.ids,
                dates,
            )
        )
        return count

    def _problem(self):
        """Return why this cannot be done, or None."""
        _ = self.env._
        if not self._calendars():
            return _("Choose a calendar or a school.")
        if not (self.date_from and self.date_to):
            return _("Choose the days.")
        if self.date_to < self.date_from:
            return _("The last day must not come before the first day.")
        if self.operation == "close" and not self.kind:
            return _("Say why the days are closed.")
        if self.operation == "make_up":
            year = self.env["pact.school.year"]._of_date(self.date_from)
            if not year:
                return _("No school year contains this day: make the year first.")
        return None

    def action_apply(self):
        """Close, reopen or add; one write for all the days.

        :raise UserError: says what is missing
        """
        self.ensure_one()
        problem = self._problem()
        if problem:
            raise UserError(problem)
        days, missing = self._days(), self._missing_days()
        if not days and not missing:
            raise UserError(self._describe())
        values = {
            "close": {"kind": self.kind, "note": self.note},
            "reopen": {"kind": "instruction", "note": self.note},
            "make_up": {"kind": "make_up", "note": self.note},
        }[self.operation]
        if days:
            days.write(values)
        if missing:
            self.env["pact.school.day"].create(
                [
                    {**values, "calendar_id": calendar.id, "date": day}
                    for calendar, day in missing
                ]
            )
        return {"type": "ir.actions.act_window_close"}
