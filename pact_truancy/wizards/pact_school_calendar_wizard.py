import re
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
# "2026-11-26..2026-11-27 Thanksgiving", "2026-12-25 Christmas"
HOLIDAY_LINE = re.compile(
    r"^(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|to|-)\s*(\d{4}-\d\d-\d\d))?[\s,;:]*(.*)$"
)
# What the wizard makes; other kinds were set by a person on a single day.
PLANNED = ("instruction", "holiday")


class PactSchoolCalendarWizard(models.TransientModel):
    """Makes one school year of a calendar from first day, last day, weekdays and
    holidays; the same again changes nothing."""

    _name = "pact.school.calendar.wizard"
    _description = "Make a School Year"

    calendar_id = fields.Many2one(
        "pact.school.calendar",
        help="Empty: a new calendar is made.",
    )
    calendar_name = fields.Char(
        string="New Calendar",
        compute="_compute_calendar_name",
        store=True,
        readonly=False,
    )
    school_ids = fields.Many2many(
        "pact.school",
        "pact_calendar_wizard_school_rel",
        "wizard_id",
        "school_id",
        string="Schools",
        help="These schools get the calendar.",
    )
    year_id = fields.Many2one(
        "pact.school.year",
        string="School Year",
        required=True,
        ondelete="cascade",
        default=lambda self: self._default_year_id(),
    )
    date_first = fields.Date(
        string="First Day",
        compute="_compute_dates",
        store=True,
        readonly=False,
        required=True,
    )
    date_last = fields.Date(
        string="Last Day",
        compute="_compute_dates",
        store=True,
        readonly=False,
        required=True,
    )
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    holiday_ids = fields.One2many(
        "pact.school.calendar.wizard.holiday",
        "wizard_id",
        string="Holidays and Breaks",
        compute="_compute_holiday_ids",
        store=True,
        readonly=False,
    )
    holiday_text = fields.Text(
        string="Paste Holidays",
        store=False,
        help="One line each: 2026-11-26..2026-11-27 Thanksgiving",
    )
    keep_changes = fields.Boolean(
        string="Keep Days That Were Closed or Added Since",
        default=True,
        help="Snow days, teachers' days and make-up days stay as they are.",
    )
    school_day_count = fields.Integer(
        string="School Days", compute="_compute_preview", store=False
    )
    preview = fields.Text(string="What Will Change", compute="_compute_preview")

    @api.model
    def _default_year_id(self):
        """The first year, from the current one on, that the calendar has no day in:
        whoever makes a year while this one runs wants the next. With no such year on
        record, or without a calendar, the current one."""
        today = self.env["pact.clock"]._today()
        years = self.env["pact.school.year"].search(
            [("date_end", ">=", today)], order="date_start"
        )
        calendar = self.env.context.get("default_calendar_id")
        if calendar:
            made = (
                self.env["pact.school.day"]
                .search([("calendar_id", "=", calendar), ("year_id", "in", years.ids)])
                .year_id
            )
            return (years - made)[:1] or years[:1]
        return years[:1]

    @api.depends("school_ids")
    def _compute_calendar_name(self):
        for wizard in self:
            if not wizard.calendar_name and wizard.school_ids:
                wizard.calendar_name = (
                    wizard.school_ids.name
                    if len(wizard.school_ids) == 1
                    else wizard.school_ids.district_id[:1].name
                )

    def _existing_days(self):
        """Return the days that the calendar has in the year, in order of date."""
        self.ensure_one()
        if not self.calendar_id or not self.year_id:
            return self.env["pact.school.day"]
        return self.env["pact.school.day"].search(
            [
                ("calendar_id", "=", self.calendar_id.id),
                ("year_id", "=", self.year_id.id),
            ],
            order="date",
        )

    @api.depends("calendar_id", "year_id")
    def _compute_dates(self):
        for wizard in self:
            days = wizard._existing_days()
            year = wizard.year_id
            wizard.date_first = days[:1].date or year.date_start
            wizard.date_last = days[-1:].date or year.date_end

    @api.depends("calendar_id", "year_id")
    def _compute_holiday_ids(self):
        """The holidays that the calendar has in the year; runs of a name as a span."""
        for wizard in self:
            spans = []
            for day in wizard._existing_days():
                note = day.note or ""
                if day.kind != "holiday":
                    spans.append(None)
                elif spans and spans[-1] and spans[-1][2] == note:
                    spans[-1][1] = day.date
                else:
                    spans.append([day.date, day.date, note])
            wizard.holiday_ids = [Command.clear()] + [
                Command.create({"date_from": first, "date_to": last, "name": note})
                for first, last, note in filter(None, spans)
            ]

    @api.onchange("holiday_text")
    def _onchange_holiday_text(self):
        """Turn pasted lines into holiday lines; what cannot be read stays."""
        unread = []
        for line in (self.holiday_text or "").splitlines():
            values = self._parse_holiday(line)
            if values:
                self.holiday_ids = [Command.create(values)]
            elif line.strip():
                unread.append(line)
        self.holiday_text = "\n".join(unread) or False
        if unread:
            return {
                "warning": {
                    "title": self.env._("Some lines could not be read"),
                    "message": self.env._(
                        "Write each line as 2026-11-26..2026-11-27 Thanksgiving. "
                        "Not read:\n%(lines)s",
                        lines="\n".join(unread),
                    ),
                }
            }

    @api.model
    def _parse_holiday(self, line):
        """Return the values of a holiday from a line of text, or None.

        '2026-11-26..2026-11-27 Thanksgiving', '2026-12-25 Christmas'
        """
        match = HOLIDAY_LINE.match(line.strip())
        if not match:
            return None
        first, last, name = match.groups()
        try:
            date_from = fields.Date.to_date(first)
            date_to = fields.Date.to_date(last or first)
        except ValueError:
            return None
        if date_to < date_from:
            return None
        return {"date_from": date_from, "date_to": date_to, "name": name.strip()}

    # -- what would change ---------------------------------------------------------

    def _planned_days(self):
        """Return {date: (kind, note)} of the year as the wizard describes it."""
        self.ensure_one()
        weekdays = {number for number, name in enumerate(WEEKDAYS) if self[name]}
        holidays = {}
        for holiday in self.holiday_ids:
            if holiday.date_from and holiday.date_to:
                for day in _dates(holiday.date_from, holiday.date_to):
                    holidays[day] = holiday.name or False
        planned = {}
        if self.date_first and self.date_last:
            for day in _dates(self.date_first, self.date_last):
                if day.weekday() not in weekdays:
                    continue
                if day in holidays:
                    planned[day] = ("holiday", holidays[day])
                else:
                    planned[day] = ("instruction", False)
        return planned

    def _difference(self):
        """Return (dates to create, {(kind, note): days to change}, days to remove,
        days kept although the plan says otherwise)."""
        Day = self.env["pact.school.day"]
        planned = self._planned_days()
        removed, kept, changed = Day, Day, {}
        for day in self._existing_days():
            plan = planned.pop(day.date, None)
            if plan == (day.kind, day.note or False):
                continue
            if self.keep_changes and day.kind not in PLANNED:
                kept |= day
            elif plan is None:
                removed |= day
            else:
                changed[plan] = changed.get(plan, Day) | day
        return planned, changed, removed, kept

    @api.depends(
        "calendar_id",
        "year_id",
        "date_first",
        "date_last",
        "holiday_ids.date_from",
        "holiday_ids.date_to",
        "holiday_ids.name",
        "keep_changes",
        *WEEKDAYS,
    )
    def _compute_preview(self):
        for wizard in self:
            problem = wizard._problem()
            if problem:
                wizard.school_day_count = 0
                wizard.preview = problem
                continue
            created, changed, removed, kept = wizard._difference()
            existing = wizard._existing_days()
            touched = removed.union(*changed.values())
            plans = [
                *(kind for kind, _note in created.values()),
                *(kind for (kind, _note), days in changed.items() for _day in days),
                *(existing - touched).mapped("kind"),
            ]
            wizard.school_day_count = sum(
                kind in ("instruction", "make_up") for kind in plans
            )
            wizard.preview = wizard._describe(existing, created, changed, removed, kept)

    def _describe(self, existing, created, changed, removed, kept):
        """Return in words what applying would change."""
        _ = self.env._
        if not existing:
            return _(
                "%(count)s days are new: %(school)s school days and %(off)s days off.",
                count=len(created),
                school=sum(kind == "instruction" for kind, _n in created.values()),
                off=sum(kind == "holiday" for kind, _n in created.values()),
            )
        lines = []
        opened = [
            d for plan, days in changed.items() if plan[0] != "holiday" for d in days
        ]
        closed = [
            d for plan, days in changed.items() if plan[0] == "holiday" for d in days
        ]
        renamed = [d for d in closed if d.kind == "holiday"]
        closed = [d for d in closed if d.kind != "holiday"]
        for text, dates in (
            (_("Added: %(dates)s."), list(created)),
            (_("Becomes a school day: %(dates)s."), [d.date for d in opened]),
            (_("Becomes a holiday: %(dates)s."), [d.date for d in closed]),
            (_("Holiday gets another name: %(dates)s."), [d.date for d in renamed]),
            (_("Removed from the calendar: %(dates)s."), removed.mapped("date")),
            (_("Stays as it was changed by hand: %(dates)s."), kept.mapped("date")),
        ):
            if dates:
                lines.append(text % {"dates": self._date_list(dates)})
        if not (created or changed or removed):
            lines.insert(0, _("Nothing changes: the calendar has this year already."))
        else:
            lines.insert(
                0,
                _(
                    "The calendar has %(year)s already, used by %(schools)s. "
                    "It will be changed:",
                    year=self.year_id.name,
                    schools=", ".join(self.calendar_id.school_ids.mapped("name"))
                    or _("no school"),
                ),
            )
        return "\n".join(lines)

    def _date_list(self, dates, most=8):
        """Return dates in words; after `most` of them how many more there are."""
        words = [
            format_date(self.env, day, date_format="EEE MMM d, y")
            for day in sorted(dates)[:most]
        ]
        if len(dates) > most:
            words.append(self.env._("and %(count)s more days", count=len(dates) - most))
        return "; ".join(words)

    def _problem(self):
        """Return why this cannot be done, or None."""
        _ = self.env._
        year = self.year_id
        if not (year and self.date_first and self.date_last):
            return _("Choose the school year, its first and its last day.")
        if self.date_last <= self.date_first:
            return _("The last day must come after the first day.")
        if self.date_first < year.date_start or self.date_last > year.date_end:
            return _(
                "The first and last day must lie in the school year %(year)s, from "
                "%(first)s to %(last)s.",
                year=year.name,
                first=format_date(self.env, year.date_start, date_format="MMM d, y"),
                last=format_date(self.env, year.date_end, date_format="MMM d, y"),
            )
        if not any(self[name] for name in WEEKDAYS):
            return _("Tick at least one weekday with school.")
        backwards = self.holiday_ids.filtered(
            lambda line: (
                line.date_from and line.date_to and line.date_to < line.date_from
            )
        )
        if backwards:
            return _(
                "The holiday %(name)s ends before it begins.",
                name=backwards[0].name or format_date(self.env, backwards[0].date_from),
            )
        return None

    # -- do it ------------------------------------------------------------------------

    def action_apply(self):
        """Make or change the year; opens the calendar.

        :raise UserError: says what is missing
        """
        self.ensure_one()
        problem = self._problem()
        if problem:
            raise UserError(problem)
        if not self.calendar_id and not self.calendar_name:
            raise UserError(
                self.env._("Choose a calendar, or give the new one a name.")
            )
        created, changed, removed, _kept = self._difference()
        # not written on the wizard: its dates follow its calendar
        calendar = self.calendar_id or self._make_calendar()
        Day = self.env["pact.school.day"]
        if removed:
            # sudo: who may close a day may take it out of the plan; deleting a single
            # day by hand stays with administrators
            removed.check_access("write")
            removed.sudo().unlink()
        for (kind, note), days in changed.items():
            days.write({"kind": kind, "note": note})
        Day.create(
            [
                {"calendar_id": calendar.id, "date": day, "kind": kind, "note": note}
                for day, (kind, note) in sorted(created.items())
            ]
        )
        others = self.school_ids.filtered(lambda school: school.calendar_id != calendar)
        if others:
            others.calendar_id = calendar
        return {
            "type": "ir.actions.act_window",
            "res_model": "pact.school.calendar",
            "res_id": calendar.id,
            "view_mode": "form",
        }

    def _make_calendar(self):
        return self.env["pact.school.calendar"].create(
            {
                "name": self.calendar_name,
                "district_id": self.school_ids.district_id[:1].id,
            }
        )


class PactSchoolCalendarWizardHoliday(models.TransientModel):
    _name = "pact.school.calendar.wizard.holiday"
    _description = "Holiday or Break"
    _order = "date_from, id"

    wizard_id = fields.Many2one(
        "pact.school.calendar.wizard", required=True, ondelete="cascade", index=True
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(
        string="To",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    name = fields.Char()

    @api.depends("date_from")
    def _compute_date_to(self):
        for line in self:
            if line.date_from and (not line.date_to or line.date_to < line.date_from):
                line.date_to = line.date_from


def _dates(first, last):
    """Yield the dates from `first` to `last`, both included."""
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)
