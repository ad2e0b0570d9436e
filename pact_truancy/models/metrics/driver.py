"""A row a student: the enrollment as of D, the days of the windows, days enrolled.

spans       the enrollments of the asked students up to D
subject     a row a student: the enrollment as of D
bounds      a row a calendar: first days of the windows of N school days
mixed       students with another calendar inside these windows
overlapping students with two enrollments on a day
days        school days and received days so far, by school, calendar and date
steady      students who were enrolled on each of the N days, in one calendar
driver      a row a student: first and last day of each window
possible    school days enrolled, by arithmetic on `days`
"""

from datetime import timedelta

from odoo.tools import SQL

from ..facts.units import DAY
from .specs import Spec
from .windows import STARTS, Windows, all_of, commas


class Driver(Windows):
    """The WITH clause. Cost: the enrollments of the students, once, and a row a
    school and date; none a student and date but for those of whom it must."""

    def with_clause(self):
        """Return the WITH clause up to `driver`, and `possible` where it is asked."""
        parts = [
            SQL("spans AS MATERIALIZED (%s)", self._spans()),
            SQL("subject AS MATERIALIZED (%s)", self._subject()),
            SQL("bounds AS MATERIALIZED (%s)", self._bounds()),
        ]
        if self._asks("previous", "enrolled"):
            parts.append(SQL("mixed AS MATERIALIZED (%s)", self._mixed()))
        if self.possible_windows or self._asks("enrolled"):
            parts.append(SQL("overlapping AS MATERIALIZED (%s)", self._overlapping()))
            parts.append(SQL("days AS MATERIALIZED (%s)", self._days()))
        if self._asks("enrolled"):
            parts.append(SQL("steady AS MATERIALIZED (%s)", self._steady()))
        parts.append(SQL("driver AS MATERIALIZED (%s)", self._driver()))
        if self.possible_windows:
            parts.append(SQL("possible AS MATERIALIZED (%s)", self._possible()))
        return SQL("WITH %s", commas(parts))

    def _spans(self):
        return SQL(
            """SELECT n.id, n.student_id, n.school_id, n.entry_date, n.exit_date,
                      n.is_primary, LEAST(COALESCE(n.exit_date, %(day)s), %(day)s)
                      AS until, COALESCE(n.calendar_id, c.calendar_id) AS calendar_id,
                      c.excused_day_cap
                 FROM pact_enrollment n JOIN pact_school c ON c.id = n.school_id
                WHERE n.entry_date <= %(day)s AND %(asked)s""",
            day=self.day,
            asked=SQL("n.student_id IN (%s)", self.asked)
            if self.asked
            else SQL("true"),
        )

    def _subject(self):
        """The enrollment that holds on D: primary, earliest entry, smaller id; else the
        last one that ended. `cap`: the least yearly cap of the student's schools."""
        return SQL(
            """SELECT DISTINCT ON (student_id) student_id, id AS enrollment_id,
                      school_id, calendar_id, entry_date,
                      min(NULLIF(excused_day_cap, 0)) OVER (PARTITION BY student_id)
                      * %s AS cap
                 FROM spans
                ORDER BY student_id, exit_date IS NULL OR exit_date >= %s DESC,
                         CASE WHEN exit_date < %s THEN exit_date END DESC NULLS LAST,
                         is_primary DESC, entry_date, id""",
            DAY,
            self.day,
            self.day,
        )

    def _bounds(self):
        """First days of the windows of N school days; first day on which an absence
        may still be in its days of grace."""
        sizes = {f"low_{size}": size - 1 for size in self.previous}
        if self.counting.grace_days:
            sizes["grace_low"] = self.counting.grace_latest
        columns = [
            SQL(
                """, (SELECT i.date FROM pact_school_day i
                       WHERE i.calendar_id = k.calendar_id AND i.is_school_day
                         AND i.day_index = GREATEST(l.day_index - %s, 1)) AS %s""",
                back,
                SQL.identifier(name),
            )
            for name, back in sizes.items()
        ]
        return SQL(
            """SELECT k.calendar_id, l.day_index %s
                 FROM (SELECT DISTINCT calendar_id FROM subject) k
                 JOIN LATERAL (
                      SELECT i.day_index FROM pact_school_day i
                       WHERE i.calendar_id = k.calendar_id
                         AND i.day_index IS NOT NULL AND i.date <= %s
                       ORDER BY i.date DESC LIMIT 1) l ON true""",
            SQL("").join(columns),
            self.day,
        )

    @property
    def previous(self):
        """The sizes of the windows of N school days, whichever kind."""
        return sorted({s for w, s in self.windows if w in ("previous", "enrolled")})

    def _mixed(self):
        """Students with another calendar inside the windows of N school days."""
        return SQL(
            """SELECT DISTINCT s.student_id
                 FROM spans s
                 JOIN subject j ON j.student_id = s.student_id
                  AND j.calendar_id IS DISTINCT FROM s.calendar_id
                 JOIN bounds b ON b.calendar_id = j.calendar_id
                  AND s.until >= b.%s""",
            SQL.identifier(f"low_{self.previous[-1]}"),
        )

    def _overlapping(self):
        return SQL(
            """SELECT DISTINCT a.student_id
                 FROM spans a
                 JOIN spans b ON b.student_id = a.student_id AND b.id > a.id
                  AND a.entry_date <= b.until AND b.entry_date <= a.until"""
        )

    def _days(self):
        """For each school and calendar and each date: school days and received days
        from some day before all windows up to it. Arithmetic on it replaces a row a
        student and day."""
        lows = [
            SQL("(SELECT min(%s) FROM bounds)", SQL.identifier(f"low_{size}"))
            for size in self.previous
        ]
        known = [
            self.day - timedelta(days=size)
            for window, size in self.windows
            if window == "rolling"
        ]
        known += [min(dates.values()) for dates in self.starts.values() if dates]
        year = self.year_of(self.day)
        known += [year[0]] if year else []
        known.append(self.day.replace(day=1))
        if self._asks("since_entry"):
            lows.append(SQL("(SELECT min(entry_date) FROM subject)"))
        return SQL(
            """SELECT p.school_id, p.calendar_id, g.date::date AS date,
                      count(o.id) OVER w AS school_days, count(r.id) OVER w AS received
                 FROM (SELECT DISTINCT school_id, calendar_id FROM spans) p
                CROSS JOIN generate_series(
                      GREATEST(LEAST(%(lows)s),
                               (SELECT min(date) FROM pact_school_day)) - 1,
                      %(day)s::date, interval '1 day') g (date)
                 LEFT JOIN pact_school_day o ON o.calendar_id = p.calendar_id
                  AND o.date = g.date::date AND o.is_school_day
                 LEFT JOIN pact_attendance_received r ON r.school_id = p.school_id
                  AND r.date = o.date
               WINDOW w AS (PARTITION BY p.school_id, p.calendar_id ORDER BY g.date)""",
            lows=commas([SQL("%s::date", min(known)), *lows]),
            day=self.day,
        )

    def _steady(self):
        """Students whose own last N school days are those of their calendar, by size:
        enrolled on each of them, in that calendar alone."""
        sizes = sorted({size for window, size in self.windows if window == "enrolled"})
        sums = [
            SQL(
                "COALESCE(sum(GREATEST(0, u.school_days - COALESCE(%s.school_days, 0)))"
                " = %s, false) AS %s",
                SQL.identifier(f"l{size}"),
                size,
                SQL.identifier(f"steady_{size}"),
            )
            for size in sizes
        ]
        joins = [
            SQL(
                """LEFT JOIN days %(l)s ON %(l)s.school_id = s.school_id
                    AND %(l)s.calendar_id = s.calendar_id
                    AND %(l)s.date = GREATEST(s.entry_date, b.%(low)s) - 1""",
                l=SQL.identifier(f"l{size}"),
                low=SQL.identifier(f"low_{size}"),
            )
            for size in sizes
        ]
        return SQL(
            """SELECT s.student_id, %(sums)s
                 FROM spans s
                 JOIN subject j ON j.student_id = s.student_id
                 JOIN bounds b ON b.calendar_id = j.calendar_id
                 LEFT JOIN days u ON u.school_id = s.school_id
                  AND u.calendar_id = s.calendar_id AND u.date = s.until
                 %(joins)s
                WHERE s.calendar_id = j.calendar_id
                  AND s.student_id NOT IN (SELECT student_id FROM mixed)
                  AND s.student_id NOT IN (SELECT student_id FROM overlapping)
                GROUP BY s.student_id""",
            sums=commas(sums),
            joins=SQL(" ").join(joins),
        )

    def _driver(self):
        columns, joins = [], []
        for window, size in self.windows:
            if window == "previous":
                columns.append(
                    SQL(
                        "b.%s AS %s",
                        SQL.identifier(f"low_{size}"),
                        SQL.identifier(f"previous_{size}"),
                    )
                )
            elif window == "enrolled":
                columns.append(self._enrolled_low(size))
        for name in STARTS:
            columns.append(
                SQL("%s::date AS %s", self._start(name, joins), SQL.identifier(name))
            )
        if self._asks("previous", "enrolled"):
            columns.append(SQL("m.student_id IS NOT NULL AS is_mixed"))
            joins.append(SQL("LEFT JOIN mixed m ON m.student_id = j.student_id"))
        if self.possible_windows or self._asks("enrolled"):
            columns.append(SQL("v.student_id IS NOT NULL AS is_overlapping"))
            joins.append(SQL("LEFT JOIN overlapping v ON v.student_id = j.student_id"))
        if self._asks("enrolled"):
            joins.append(SQL("LEFT JOIN steady t ON t.student_id = j.student_id"))
        if self.counting.grace_days:
            columns.append(SQL("b.grace_low"))
        inner = SQL(
            """SELECT j.*, b.day_index, %(columns)s
                 FROM subject j
                 LEFT JOIN bounds b ON b.calendar_id = j.calendar_id
                 %(joins)s""",
            columns=commas(columns),
            joins=SQL(" ").join(joins),
        )
        least = SQL("LEAST(%s)", commas([self.low(*one) for one in self.windows]))
        if self.turns:
            # limits run from the first day of a school year
            least = self._year_start(least)
        return SQL("SELECT d.*, %s AS low FROM (%s) d", least, inner)

    def _start(self, name, joins):
        """Return the SQL of a student's own date, joined where there are any."""
        dates = self.starts.get(name)
        if not dates:
            return SQL("NULL")
        alias = SQL.identifier(f"start_{name}")
        joins.append(
            SQL(
                """LEFT JOIN unnest(%s::int[], %s::date[]) AS %s (student_id, date)
                     ON %s.student_id = j.student_id""",
                list(dates),
                list(dates.values()),
                alias,
                alias,
            )
        )
        return SQL("%s.date", alias)

    def _enrolled_low(self, size):
        """The N-th last day on which the student was enrolled; counted one by one only
        for those who moved, entered late or were away."""
        return SQL(
            """CASE WHEN t.%(steady)s THEN b.%(low)s ELSE (
                 SELECT min(own.date) FROM (
                    SELECT DISTINCT o.date
                      FROM pact_enrollment n
                      JOIN pact_school c ON c.id = n.school_id
                      JOIN pact_school_day o
                        ON o.calendar_id = COALESCE(n.calendar_id, c.calendar_id)
                       AND o.is_school_day AND o.date >= n.entry_date
                       AND o.date <= LEAST(COALESCE(n.exit_date, %(day)s), %(day)s)
                     WHERE n.student_id = j.student_id
                     ORDER BY o.date DESC LIMIT %(size)s) own) END AS %(name)s""",
            steady=SQL.identifier(f"steady_{size}"),
            low=SQL.identifier(f"low_{size}"),
            day=self.day,
            size=size,
            name=SQL.identifier(f"enrolled_{size}"),
        )

    @staticmethod
    def _possible_name(window, size):
        return SQL.identifier(f"{window}_{size}_days")

    def _possible(self):
        """Received school days of each span inside each window, added up. Right unless
        spans overlap or the window is a set of dates of another calendar: see
        `_possible_exact`."""
        sums, joins = [], []
        for number, (window, size) in enumerate(self.possible_windows):
            low, high = SQL.identifier(f"l{number}"), SQL("u")
            if window == "order":
                high = SQL("o")
                joins.append(self._day_join(high, SQL("LEAST(s.until, d.order_end)")))
            sums.append(
                SQL(
                    "sum(GREATEST(0, COALESCE(%s.received, 0)"
                    " - COALESCE(%s.received, 0))) AS %s",
                    high,
                    low,
                    self._possible_name(window, size),
                )
            )
            first = SQL("GREATEST(s.entry_date, %s) - 1", self.low(window, size))
            joins.append(self._day_join(low, first))
        return SQL(
            """SELECT s.student_id, %(sums)s
                 FROM spans s JOIN driver d ON d.student_id = s.student_id
                 %(until)s %(joins)s
                WHERE s.until >= d.low
                GROUP BY s.student_id""",
            sums=commas(sums),
            until=self._day_join(SQL("u"), SQL("s.until")),
            joins=SQL(" ").join(joins),
        )

    @staticmethod
    def _day_join(alias, day):
        return SQL(
            """LEFT JOIN days %(alias)s ON %(alias)s.school_id = s.school_id
                AND %(alias)s.calendar_id = s.calendar_id AND %(alias)s.date = %(day)s
            """,
            alias=alias,
            day=day,
        )

    def dates_of(self, low, high, received=True):
        """Return a SELECT (date, inside) of the school days between two days on which
        the student of `d` was enrolled, each once; `inside`: it is one of the calendar
        as of D, too."""
        return SQL(
            """SELECT o.date, bool_or(EXISTS (
                      SELECT 1 FROM pact_school_day w
                       WHERE w.calendar_id = d.calendar_id AND w.date = o.date
                         AND w.is_school_day)) AS inside
                 FROM pact_enrollment n
                 JOIN pact_school c ON c.id = n.school_id
                 JOIN pact_school_day o
                   ON o.calendar_id = COALESCE(n.calendar_id, c.calendar_id)
                  AND o.is_school_day AND o.date >= GREATEST(n.entry_date, %(low)s)
                  AND o.date <= LEAST(COALESCE(n.exit_date, %(high)s), %(high)s)
                 %(received)s
                WHERE n.student_id = d.student_id
                GROUP BY o.date""",
            low=low,
            high=high,
            received=SQL(
                """JOIN pact_attendance_received r ON r.school_id = n.school_id
                    AND r.date = o.date"""
            )
            if received
            else SQL(""),
        )

    def _needs_exact_days(self):
        """Return the condition on `d` for possible days to be counted one by one."""
        conditions = [SQL("d.is_overlapping")]
        if any(window == "previous" for window, _size in self.possible_windows):
            conditions.append(SQL("d.is_mixed"))
        for window, size in self.possible_windows:
            if window == "enrolled":
                # its first day may lie before those of `days`
                conditions.append(
                    SQL(
                        "%s < (SELECT min(date) + 1 FROM days)",
                        self.low(window, size),
                    )
                )
        return SQL("(%s)", SQL(" OR ").join(conditions))

    def _possible_exact(self):
        columns = []
        for window, size in self.possible_windows:
            inside = self._inside(Spec("possible", window, size))
            columns.append(
                SQL(
                    "count(*) FILTER (WHERE %s) AS %s",
                    all_of(inside),
                    self._possible_name(window, size),
                )
            )
        return SQL(
            "LEFT JOIN LATERAL (SELECT %s FROM (%s) a WHERE %s) y ON true",
            commas(columns),
            self.dates_of(SQL("d.low"), SQL("%s::date", self.day)),
            self._needs_exact_days(),
        )
