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

    @api.model
    def _count_days(self, spans):
        """Return {key: number of school days after the first date, up to the second}:
        'n school days after X' counts from the first school day after X (counting.md
        7). One query for any number.

        :param spans: list of (key, calendar id or False, date, date)
        """
        return self._by_index(
            spans,
            SQL(
                """SELECT r.key, greatest(0, %s - %s) FROM asked r""",
                SQL(AT, SQL("r.until")),
                SQL(AT, SQL("r.since")),
            ),
        )

    @api.model
    def _days_after(self, spans):
        """Return {key: the n-th school day after a date}; None where the calendar does
        not reach so far. One query for any number.

        :param spans: list of (key, calendar id or False, date, n)
        """
        return self._by_index(
            [(key, calendar, since, None, n) for key, calendar, since, n in spans],
            SQL(
                """SELECT r.key, (SELECT d.date FROM pact_school_day d
                          WHERE d.calendar_id = r.calendar AND d.day_index = %s + r.n)
                     FROM asked r""",
                SQL(AT, SQL("r.since")),
            ),
        )

    def _by_index(self, spans, query):
        """Run `query` over `spans` as table asked (key, calendar, since, until, n)."""
        if not spans:
            return {}
        self.env["pact.school.day"].flush_model()
        columns = zip(*((*span, None)[:5] for span in spans), strict=True)
        keys, calendars, since, until, numbers = map(list, columns)
        rows = self.env.execute_query(
            SQL(
                """WITH asked AS (SELECT * FROM unnest(%s::int[], %s::int[], %s::date[],
                          %s::date[], %s::int[]) r (key, calendar, since, until, n))
                   %s""",
                keys,
                [calendar or None for calendar in calendars],
                since,
                until,
                numbers,
                query,
            )
        )
        return dict(rows)


# the number of the last school day up to a date: 0 before the first
AT = """COALESCE((SELECT d.day_index FROM pact_school_day d
          WHERE d.calendar_id = r.calendar AND d.is_school_day AND d.date <= %s
          ORDER BY d.date DESC LIMIT 1), 0)"""
