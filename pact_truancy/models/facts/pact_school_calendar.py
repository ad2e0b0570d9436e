from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date


class PactSchoolCalendar(models.Model):
    """The days on which a school has instruction, over all its years.

    `pact.school.day.day_index` numbers the school days of all years in one row, so
    that all arithmetic in school days is arithmetic on that number. It stands on the
    calendar only: closing a day later costs one calendar and nothing else.
    """

    _name = "pact.school.calendar"
    _description = "School Calendar"
    _order = "name"

    name = fields.Char(required=True)
    district_id = fields.Many2one("pact.district", ondelete="restrict", index=True)
    day_ids = fields.One2many("pact.school.day", "calendar_id", string="Days")
    school_ids = fields.One2many("pact.school", "calendar_id", string="Schools")
    summary = fields.Text(
        compute="_compute_summary",
        help="A line a school year: first day, last day, school days, days off.",
    )
    active = fields.Boolean(default=True)

    @api.depends("day_ids.kind", "day_ids.date")
    def _compute_summary(self):
        years = {}
        for calendar, year, is_school_day, first, last, count in self.env[
            "pact.school.day"
        ]._read_group(
            [("calendar_id", "in", self.ids)],
            ["calendar_id", "year_id", "is_school_day"],
            ["date:min", "date:max", "__count"],
            order="calendar_id, year_id, is_school_day",
        ):
            span = years.setdefault(calendar.id, {}).setdefault(year, {})
            span[is_school_day] = count
            span["first"] = min(first, span.get("first", first))
            span["last"] = max(last, span.get("last", last))
        lines = {
            calendar: [
                self.env._(
                    "%(year)s: %(first)s to %(last)s, %(school_days)s school days, "
                    "%(off)s days off",
                    year=year.name,
                    first=format_date(self.env, span["first"], date_format="MMM d, y"),
                    last=format_date(self.env, span["last"], date_format="MMM d, y"),
                    school_days=span.get(True, 0),
                    off=span.get(False, 0),
                )
                for year, span in spans.items()
            ]
            for calendar, spans in years.items()
        }
        for calendar in self:
            calendar.summary = "\n".join(lines.get(calendar._origin.id, [])) or False

    def action_open_days(self):
        """Open the days of the calendar, the year drawn around the program's day."""
        self.ensure_one()
        today = self.env["pact.clock"]._today()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_school_day_action"
        )
        action.update(
            {
                "name": self.name,
                "views": [(False, "calendar"), (False, "list"), (False, "form")],
                "domain": [("calendar_id", "=", self.id)],
                "context": {
                    "default_calendar_id": self.id,
                    "initial_date": f"{today} 12:00:00",
                },
            }
        )
        return action

    def _renumber(self):
        """Number the school days of these calendars anew, and refresh which events
        count. One statement for all; only rows whose number differs are written."""
        self.env["pact.school.day"].flush_model()
        # first free the numbers that will change: the unique index is checked per row
        numbered = SQL(
            """SELECT id, day_index, CASE WHEN is_school_day THEN
                      row_number() OVER (PARTITION BY calendar_id, is_school_day
                                         ORDER BY date) END AS number
                 FROM pact_school_day WHERE calendar_id = ANY(%s)""",
            self.ids,
        )
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_renumber ON COMMIT DROP AS
                   SELECT n.id, n.number FROM (%s) n
                    WHERE n.day_index IS DISTINCT FROM n.number""",
                numbered,
            )
        )
        self.env.cr.execute(
            "UPDATE pact_school_day d SET day_index = NULL FROM pact_renumber n "
            "WHERE d.id = n.id AND d.day_index IS NOT NULL"
        )
        self.env.cr.execute(
            "UPDATE pact_school_day d SET day_index = n.number FROM pact_renumber n "
            "WHERE d.id = n.id AND n.number IS NOT NULL"
        )
        self.env.cr.execute("DROP TABLE pact_renumber")
        self.env["pact.school.day"].invalidate_model(["day_index"])
        self.env["pact.attendance.event"]._refresh_counted(calendars=self)

    def _school_days(self, date_from, date_to):
        """Return the school days (list of dates, ascending) of one calendar between
        two dates, both included."""
        self.ensure_one()
        return (
            self.env["pact.school.day"]
            .search(
                [
                    ("calendar_id", "=", self.id),
                    ("is_school_day", "=", True),
                    ("date", ">=", date_from),
                    ("date", "<=", date_to),
                ],
                order="date",
            )
            .mapped("date")
        )
