from odoo import api, fields, models
from odoo.tools import SQL


class PactAttendanceReceived(models.Model):
    """For which school and day attendance has arrived. A day that was not received
    leaves numerator and denominator of every count."""

    _name = "pact.attendance.received"
    _description = "Attendance Received"
    _inherit = ["pact.period.mixin"]
    _order = "date desc, school_id"
    _rec_name = "date"

    school_id = fields.Many2one("pact.school", required=True, ondelete="restrict")
    date = fields.Date(required=True, index=True)
    source_id = fields.Many2one("pact.source", ondelete="restrict")

    _once = models.UniqueIndex(
        "(school_id, date)", "Attendance of this day was received already."
    )

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "school_id", "school_id")
        return result

    @api.model
    def _mark(self, schools, date_from, date_to, source, **noted):
        """Note the school days from `date_from` to `date_to` of `schools` as received
        and let their events count. Returns the number of school-days that are new.

        :param noted: further columns of the days that are new, with their value
        """
        schools.flush_recordset(["calendar_id"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_attendance_received
                          (school_id, date, source_id, create_uid, create_date,
                           write_uid, write_date %(columns)s)
                   SELECT DISTINCT s.id, d.date, %(source)s, %(uid)s, now() AT TIME ZONE
                          'UTC', %(uid)s, now() AT TIME ZONE 'UTC' %(values)s
                     FROM (SELECT id, calendar_id FROM pact_school
                            WHERE id = ANY(%(schools)s)
                           UNION SELECT school_id, calendar_id FROM pact_enrollment
                            WHERE school_id = ANY(%(schools)s)
                              AND calendar_id IS NOT NULL) s
                     JOIN pact_school_day d ON d.calendar_id = s.calendar_id
                    WHERE d.is_school_day
                      AND d.date BETWEEN %(date_from)s AND %(date_to)s
                       ON CONFLICT DO NOTHING
                   RETURNING school_id, date""",
                columns=SQL().join(SQL(", %s", SQL.identifier(c)) for c in noted),
                values=SQL().join(SQL(", %s", value) for value in noted.values()),
                source=source.id or None,
                uid=self.env.uid,
                schools=schools.ids,
                date_from=date_from,
                date_to=date_to,
            )
        )
        new = self.env.cr.fetchall()
        self.invalidate_model()
        if new:
            days = [day for _school, day in new]
            self.env["pact.attendance.event"]._refresh_counted(
                schools=schools.browse({school for school, _day in new}),
                date_from=min(days),
                date_to=max(days),
            )
        return len(new)

    @api.model_create_multi
    def create(self, vals_list):
        received = super().create(vals_list)
        received._refresh_events()
        return received

    def unlink(self):
        schools, dates = self.school_id, self.mapped("date")
        result = super().unlink()
        if dates:
            self.env["pact.attendance.event"]._refresh_counted(
                schools=schools, date_from=min(dates), date_to=max(dates)
            )
        return result

    def _refresh_events(self):
        dates = self.mapped("date")
        if dates:
            self.env["pact.attendance.event"]._refresh_counted(
                schools=self.school_id, date_from=min(dates), date_to=max(dates)
            )

    @api.model
    def _complete_through(self, schools, day):
        """Return {school id: date} up to which every school day of this school year
        was received and nothing of it is undecided (`_undecided`), asked on `day`; no
        entry where the first day is missing (counting.md 7: the label alone stops)."""
        self.flush_model()
        self.env["pact.school.day"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH undecided AS (%(undecided)s), days AS (
                    SELECT s.id AS school_id, d.date,
                           r.id IS NOT NULL AND NOT EXISTS (
                               SELECT 1 FROM undecided u WHERE u.school_id = s.id
                                  AND u.date_from <= d.date
                                  AND u.date_to >= y.date_start) AS complete
                      FROM pact_school s
                      JOIN pact_school_year y
                        ON %(day)s BETWEEN y.date_start AND y.date_end
                      JOIN pact_school_day d ON d.calendar_id = s.calendar_id
                       AND d.is_school_day AND d.date BETWEEN y.date_start AND %(day)s
                      LEFT JOIN pact_attendance_received r
                        ON r.school_id = s.id AND r.date = d.date
                     WHERE s.id = ANY(%(schools)s))
                   SELECT school_id, max(date) FROM (
                       SELECT school_id, date, min(date) FILTER (WHERE NOT complete)
                              OVER (PARTITION BY school_id) AS stop
                         FROM days) d
                    WHERE date < COALESCE(stop, 'infinity')
                    GROUP BY school_id""",
                day=day,
                schools=schools.ids,
                undecided=self._undecided(),
            )
        )
        return dict(rows)

    @api.model
    def _undecided(self):
        """Return the SQL of (school_id, date_from, date_to): where something that was
        sent waits for a person's word. Later rooms say what."""
        return SQL(
            "SELECT NULL::int AS school_id, NULL::date AS date_from,"
            " NULL::date AS date_to WHERE false"
        )

    @api.model
    def _missing_days(self, schools, day):
        """Return {school id: [(date, day_index)]}: the school days of this school year
        before `day` that were not received, ascending. One query."""
        self.flush_model()
        self.env["pact.school.day"].flush_model()
        return {
            school: list(zip(dates, places, strict=True))
            for school, dates, places in self.env.execute_query(
                SQL(
                    """SELECT s.id, array_agg(d.date ORDER BY d.date),
                              array_agg(d.day_index ORDER BY d.date)
                         FROM pact_school s
                         JOIN pact_school_year y
                           ON %(day)s BETWEEN y.date_start AND y.date_end
                         JOIN pact_school_day d ON d.calendar_id = s.calendar_id
                          AND d.is_school_day AND d.date >= y.date_start
                          AND d.date < %(day)s
                        WHERE s.id = ANY(%(schools)s) AND NOT EXISTS (
                              SELECT 1 FROM pact_attendance_received r
                               WHERE r.school_id = s.id AND r.date = d.date)
                        GROUP BY s.id""",
                    day=day,
                    schools=schools.ids,
                )
            )
        }
