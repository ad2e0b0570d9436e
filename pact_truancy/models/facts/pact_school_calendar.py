from odoo import fields, models
from odoo.tools import SQL


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
    active = fields.Boolean(default=True)

    def _renumber(self):
        """Number the school days of these calendars anew, and refresh which events
        count. One statement for all; only rows whose number differs are written."""
        self.env["pact.school.day"].flush_model()
        # first free the numbers that will change: the unique index is checked per row
        numbered = SQL(
            """SELECT id, CASE WHEN is_school_day THEN
                      row_number() OVER (PARTITION BY calendar_id, is_school_day
                                         ORDER BY date) END AS number
                 FROM pact_school_day WHERE calendar_id = ANY(%s)""",
            self.ids,
        )
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_renumber ON COMMIT DROP AS
                   SELECT n.id, n.number FROM (%s) n JOIN pact_school_day d USING (id)
                    WHERE d.day_index IS DISTINCT FROM n.number""",
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
