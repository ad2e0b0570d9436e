from odoo import api, models
from odoo.tools import SQL

# calendars of a student one after the other: each from its entry to the next one
SEGMENTS = """
    asked AS (SELECT * FROM unnest(%(keys)s::int[], %(students)s::int[],
                     %(first)s::date[], %(last)s::date[], %(numbers)s::int[])
                     r (key, student_id, first, last, n)),
    segments AS (
      SELECT r.key, r.first, r.last, r.n, e.entry_date, e.exit_date,
             COALESCE(e.calendar_id, s.calendar_id) AS calendar_id,
             CASE WHEN row_number() OVER w = 1 THEN r.first
                  ELSE GREATEST(e.entry_date, r.first) END AS low,
             COALESCE(lead(e.entry_date) OVER w - 1, 'infinity'::date) AS high
        FROM asked r
        JOIN pact_enrollment e ON e.student_id = r.student_id
        JOIN pact_school s ON s.id = e.school_id
      WINDOW w AS (PARTITION BY r.key ORDER BY e.entry_date, e.id))"""


class PactEnrollment(models.Model):
    """School days of a student, over the calendars of the schools one after the other:
    what lasts a number of school days goes on at the next school (counting.md 21)."""

    _inherit = "pact.enrollment"

    @api.model
    def _nth_days(self, asked):
        """Return {key: date of the n-th school day from a date on, which counts}; a
        student whose calendar does not reach so far is missing. One query.

        :param asked: list of (key, student id, date, n)
        """
        return dict(
            self._over_segments(
                [(key, student, first, None, n) for key, student, first, n in asked],
                SQL(
                    """SELECT key, date FROM (
                         SELECT g.key, g.n, d.date,
                                row_number() OVER (PARTITION BY g.key ORDER BY d.date)
                                AS number
                           FROM segments g
                           JOIN pact_school_day d ON d.calendar_id = g.calendar_id
                            AND d.is_school_day AND d.date BETWEEN g.low AND g.high) o
                        WHERE number = n"""
                ),
            )
        )

    @api.model
    def _enrolled_days(self, asked):
        """Return {key: school days between two dates, both included, on which the
        student is enrolled}. One query.

        :param asked: list of (key, student id, date, date)
        """
        found = self._over_segments(
            [(key, student, first, last, 0) for key, student, first, last in asked],
            SQL(
                """SELECT g.key, count(DISTINCT d.date)
                     FROM segments g
                     JOIN pact_school_day d ON d.calendar_id = g.calendar_id
                      AND d.is_school_day
                      AND d.date BETWEEN GREATEST(g.entry_date, g.first)
                          AND LEAST(COALESCE(g.exit_date, g.last), g.last)
                    GROUP BY g.key"""
            ),
        )
        return {key: 0 for key, *_rest in asked} | dict(found)

    def _over_segments(self, asked, query):
        if not asked:
            return []
        for name in ("pact.enrollment", "pact.school", "pact.school.day"):
            self.env[name].flush_model()
        keys, students, first, last, numbers = map(list, zip(*asked, strict=True))
        return self.env.execute_query(
            SQL(
                f"WITH {SEGMENTS} %(query)s",
                keys=keys,
                students=students,
                first=first,
                last=last,
                numbers=numbers,
                query=query,
            )
        )
