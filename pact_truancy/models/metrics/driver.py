"""A row a student: the enrollment as of D, the days of the windows, days enrolled.

spans       the enrollments of the asked students up to D
subject     a row a student: the enrollment as of D
bounds      a row a calendar: first days of the windows of N school days
mixed       students with another calendar inside these windows
overlapping students with two enrollments on a day
days        school days and received days so far, by school, calendar and date
open_days   a row a calendar: its school days, a bit a date of `days`
steady      students who were enrolled on each of the N days, in one calendar
driver      a row a student: first and last day of each window
possible    school days enrolled, by arithmetic on `days`
"""

from datetime import timedelta

from odoo.tools import SQL

from ..facts.units import DAY
from .windows import STARTS, Windows, all_of, array, commas

# the cap of a school without one: more than anybody can miss
NO_CAP = 10**12

# how far back a student's own last N school days are looked for by arithmetic
OWN_REACH = timedelta(days=1100)


class Driver(Windows):
    """The WITH clause. Cost: the enrollments of the students, once, and a row a
    school and date; none a student and date but for those of whom it must."""

    def with_clause(self):
        """Return the WITH clause up to `driver`, and what else is asked."""
        return SQL(
            "WITH %s",
            commas(
                SQL("%s AS %s (%s)", SQL.identifier(name), kept, sql)
                for name, sql in self._with_parts().items()
                for kept in [SQL("" if name == "possible" else "MATERIALIZED")]
            ),
        )

    def _with_parts(self):
        """Return {name: SELECT} of the WITH clause, in order."""
        parts = {
            "spans": self._spans(),
            "subject": self._subject(),
            "bounds": self._bounds(),
        }
        if self._asks("previous"):
            parts["mixed"] = self._mixed()
            parts["open_days"] = self._open_days()
        if self.needs_days:
            parts["days"] = self._days()
        if self._asks("enrolled"):
            parts["own"] = self._own()
        parts["driver"] = self._driver()
        if self.possible_windows:
            parts["possible"] = self._possible()
        return parts

    @property
    def needs_days(self):
        return bool(self.possible_windows or self._asks("enrolled"))

    def _spans(self):
        """`overlapped`: the student has an enrollment that began earlier and holds on
        the first day of this one."""
        return SQL(
            """SELECT s.*, lag(s.until) OVER (PARTITION BY s.student_id
                                              ORDER BY s.entry_date, s.id)
                           >= s.entry_date AS overlapped
                      %(caps)s
                 FROM (
                   SELECT n.id, n.student_id, n.school_id, n.entry_date, n.exit_date,
                          n.is_primary, LEAST(COALESCE(n.exit_date, %(day)s), %(day)s)
                          AS until, COALESCE(n.calendar_id, c.calendar_id)
                          AS calendar_id, c.excused_day_cap
                     FROM pact_enrollment n JOIN pact_school c ON c.id = n.school_id
                    WHERE n.entry_date <= %(day)s AND %(asked)s) s""",
            caps=self._caps() if self.counting.excused_cap else SQL(""),
            day=self.day,
            asked=SQL("n.student_id IN (%s)", self.asked)
            if self.asked
            else SQL("true"),
        )

    def _caps(self):
        """The least and the greatest cap of the schools of a student, this school year
        and the last one."""
        cap = self.cap
        if self.last_years:
            cap = SQL("CASE WHEN s.until >= %s THEN %s END", self.last_years[0], cap)
        return SQL(
            """, min(%(cap)s) OVER (PARTITION BY s.student_id) AS cap_low,
               max(%(cap)s) OVER (PARTITION BY s.student_id) AS cap_high""",
            cap=cap,
        )

    @property
    def cap(self):
        """The SQL of the cap of excused days of a school `s`, in 1/25200 day."""
        return SQL(
            "COALESCE(round(NULLIF(s.excused_day_cap, 0) * %s)::bigint, %s)",
            DAY,
            NO_CAP,
        )

    def _subject(self):
        """The enrollment that holds on D: primary, earliest entry, smaller id; else the
        last one that ended."""
        return SQL(
            """SELECT DISTINCT ON (student_id) student_id, id AS enrollment_id,
                      school_id, calendar_id, entry_date %(caps)s
                 FROM spans
                ORDER BY student_id, exit_date IS NULL OR exit_date >= %(day)s DESC,
                         CASE WHEN exit_date < %(day)s THEN exit_date END
                         DESC NULLS LAST, is_primary DESC, entry_date, id""",
            caps=SQL(", cap_low, cap_high" if self.counting.excused_cap else ""),
            day=self.day,
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

    def _days(self):
        """From some day before all windows (`first`) up to D. `base`: number of the
        last school day before it. `bits`: whether a date was received, a bit each."""
        return SQL(
            """SELECT w.school_id, w.calendar_id, min(w.date) AS first,
                      array_agg(w.received ORDER BY w.date) AS received,
                      %(school_days)s %(bits)s
                      COALESCE((SELECT max(i.day_index) FROM pact_school_day i
                                 WHERE i.calendar_id = w.calendar_id
                                   AND i.date < min(w.date)), 0) AS base
                 FROM (
                   SELECT p.school_id, p.calendar_id, g.date::date AS date,
                          count(o.id) OVER so_far AS school_days,
                          count(r.id) OVER so_far AS received,
                          CASE WHEN r.id IS NULL THEN '0' ELSE '1' END AS bit
                     FROM (SELECT DISTINCT school_id, calendar_id FROM spans) p
                    CROSS JOIN generate_series((%(first)s - 1)::timestamp,
                          %(day)s::date, interval '1 day') g (date)
                     LEFT JOIN pact_school_day o ON o.calendar_id = p.calendar_id
                      AND o.date = g.date::date AND o.is_school_day
                     LEFT JOIN pact_attendance_received r ON r.school_id = p.school_id
                      AND r.date = o.date
                   WINDOW so_far AS (PARTITION BY p.school_id, p.calendar_id
                                     ORDER BY g.date)) w
                GROUP BY w.school_id, w.calendar_id""",
            school_days=SQL("array_agg(w.school_days ORDER BY w.date) AS school_days,")
            if self._asks("enrolled")
            else SQL(""),
            bits=SQL("string_agg(w.bit, '' ORDER BY w.date)::varbit AS bits,")
            if self._asks("previous")
            else SQL(""),
            first=self._first_day(),
            day=self.day,
        )

    def _open_days(self):
        return SQL(
            """SELECT b.calendar_id, %(first)s - 1 AS first,
                      string_agg(CASE WHEN o.id IS NULL THEN '0' ELSE '1' END, ''
                                 ORDER BY g.date)::varbit AS bits
                 FROM bounds b
                CROSS JOIN generate_series((%(first)s - 1)::timestamp,
                                           %(day)s::date, interval '1 day') g (date)
                 LEFT JOIN pact_school_day o ON o.calendar_id = b.calendar_id
                  AND o.date = g.date::date AND o.is_school_day
                GROUP BY b.calendar_id""",
            first=self._first_day(),
            day=self.day,
        )

    def _first_day(self):
        """Return the SQL of a day before which no window begins."""
        return SQL(
            "GREATEST(LEAST(%s), (SELECT min(date) FROM pact_school_day))",
            commas(self._first_days()),
        )

    def _first_days(self):
        """Return the SQL of days of which the least is before all windows."""
        known = [self.day.replace(day=1)]
        known += [
            self.day - timedelta(days=size)
            for window, size in self.windows
            if window == "rolling"
        ]
        known += [min(dates.values()) for dates in self.starts.values() if dates]
        year = self.year_of(self.day)
        known += [year[0]] if year else []
        if self._asks("enrolled"):
            known.append(self.day - OWN_REACH)
        lows = [
            SQL("(SELECT min(%s) FROM bounds)", SQL.identifier(f"low_{size}"))
            for size in self.previous
        ]
        if self._asks("since_entry"):
            lows.append(SQL("(SELECT min(entry_date) FROM subject)"))
        return [SQL("%s::date", min(known)), *lows]

    def _own(self):
        """The first of the last N days on which the student was enrolled: of each span
        the part that is among them, from its number in the calendar. Not right for
        overlapping spans, nor where the N days reach back before `days`."""
        sizes = sorted({size for window, size in self.windows if window == "enrolled"})
        lows = [
            SQL(
                "min(%s.date) AS %s",
                SQL.identifier(f"i{size}"),
                SQL.identifier(f"own_{size}"),
            )
            for size in sizes
        ]
        joins = [
            SQL(
                """LEFT JOIN pact_school_day %(alias)s
                     ON %(alias)s.calendar_id = r.calendar_id
                    AND %(alias)s.is_school_day AND %(alias)s.day_index = CASE
                        WHEN r.days > 0 AND r.so_far - r.days < %(size)s
                        THEN r.last - r.days + 1 + GREATEST(r.so_far - %(size)s, 0) END
                """,
                alias=SQL.identifier(f"i{size}"),
                size=size,
            )
            for size in sizes
        ]
        return SQL(
            """SELECT r.student_id, max(r.so_far) AS total,
                      min(r.entry_date) AS entry_date,
                      bool_or(r.overlapped) AS overlapped,
                      %(lows)s
                 FROM (
                   SELECT t.*, sum(t.days) OVER (PARTITION BY t.student_id
                                                 ORDER BY t.until DESC, t.id) AS so_far
                     FROM (
                       SELECT s.id, s.student_id, s.calendar_id, s.entry_date, s.until,
                              s.overlapped, k.base + %(until)s AS last,
                              GREATEST(0, %(until)s - %(before)s) AS days
                         FROM spans s
                         JOIN days k ON k.school_id = s.school_id
                          AND k.calendar_id = s.calendar_id
                       -- so that no array is sorted along
                       OFFSET 0) t) r
                 %(joins)s
                GROUP BY r.student_id""",
            lows=commas(lows),
            joins=SQL(" ").join(joins),
            until=self._so_far("school_days", SQL("s.until")),
            before=self._so_far("school_days", SQL("s.entry_date - 1")),
        )

    @staticmethod
    def _so_far(column, day):
        """Return the SQL of a count of `days` up to a day."""
        return SQL("COALESCE(k.%s[%s - k.first + 1], 0)", SQL.identifier(column), day)

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
        columns += [self._start(name) for name in STARTS]
        if any(self.starts.values()):
            joins.append(self._started())
        if self._asks("previous"):
            columns.append(SQL("m.student_id IS NOT NULL AS is_mixed"))
            columns.append(SQL("k.first AS open_first"))
            columns.append(SQL("CASE WHEN m.student_id > 0 THEN k.bits END AS open"))
            joins.append(SQL("LEFT JOIN mixed m ON m.student_id = j.student_id"))
            joins.append(SQL("LEFT JOIN open_days k ON k.calendar_id = j.calendar_id"))
        if self.needs_days:
            columns.append(SQL("v.student_id IS NOT NULL AS is_overlapping"))
            joins.append(
                SQL(
                    """LEFT JOIN (SELECT DISTINCT student_id FROM spans
                                   WHERE overlapped) v ON v.student_id = j.student_id"""
                )
            )
        if self._asks("enrolled"):
            joins.append(SQL("LEFT JOIN own ON own.student_id = j.student_id"))
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
        # limits run from the first day of a school year
        year_low = self._year_start(least) if self.turns else least
        return SQL(
            "SELECT d.*, %s AS low, %s AS year_low FROM (%s) d", least, year_low, inner
        )

    def _start(self, name):
        """Return the column with a date of each student; NULL where there is none."""
        column = SQL.identifier(name)
        if not self.starts.get(name):
            return SQL("NULL::date AS %s", column)
        return SQL("o.%s", column)

    def _started(self):
        """Join the dates of the students that came in from outside."""
        names = [name for name in STARTS if self.starts.get(name)]
        ids = list({student for name in names for student in self.starts[name]})
        columns = [array(ids, "int")] + [
            array((self.starts[name].get(student) for student in ids), "date")
            for name in names
        ]
        return SQL(
            "LEFT JOIN unnest(%s) o (student_id, %s) ON o.student_id = j.student_id",
            commas(columns),
            commas(SQL.identifier(name) for name in names),
        )

    def _enrolled_low(self, size):
        """The N-th last day on which the student was enrolled; counted one by one where
        `own` is not right."""
        return SQL(
            """CASE WHEN own.overlapped OR own.total < %(size)s AND own.entry_date
                         < (SELECT min(first) FROM days) THEN (
                 SELECT min(e.date) FROM (
                    SELECT DISTINCT i.date
                      FROM pact_enrollment n
                      JOIN pact_school c ON c.id = n.school_id
                      JOIN pact_school_day i
                        ON i.calendar_id = COALESCE(n.calendar_id, c.calendar_id)
                       AND i.is_school_day AND i.date >= n.entry_date
                       AND i.date <= LEAST(COALESCE(n.exit_date, %(day)s), %(day)s)
                     WHERE n.student_id = j.student_id
                     ORDER BY i.date DESC LIMIT %(size)s) e)
               ELSE own.%(own)s END AS %(name)s""",
            day=self.day,
            size=size,
            own=SQL.identifier(f"own_{size}"),
            name=SQL.identifier(f"enrolled_{size}"),
        )

    @staticmethod
    def _possible_name(window, size):
        return SQL.identifier(f"{window}_{size}_days")

    def _possible(self):
        """Received school days of each span inside each window, added up. Right unless
        spans overlap: see `possible_exact`."""
        counts = []
        for window, size in self.possible_windows:
            until = SQL("d.until")
            if window == "order":
                until = SQL("LEAST(d.until, d.order_end)")
            first = SQL("GREATEST(d.entry, %s)", self.low(window, size))
            count = SQL(
                "GREATEST(0, %s - %s)",
                self._so_far("received", until),
                self._so_far("received", SQL("%s - 1", first)),
            )
            if window == "previous":
                mixed = self._both_open(first, until)
                count = SQL("CASE WHEN d.is_mixed THEN %s ELSE %s END", mixed, count)
            counts.append(SQL("%s AS %s", count, self._possible_name(window, size)))
        names = [self._possible_name(*window) for window in self.possible_windows]
        return SQL(
            """SELECT t.student_id, %(sums)s
                 FROM (
                   SELECT d.student_id, %(counts)s
                     FROM (
                       SELECT d.*, s.school_id AS at_school, s.entry_date AS entry,
                              s.calendar_id AS calendar, s.until
                         FROM spans s
                         JOIN driver d ON d.student_id = s.student_id
                        WHERE s.until >= d.low
                       OFFSET 0) d
                     JOIN days k ON k.school_id = d.at_school
                      AND k.calendar_id = d.calendar
                   -- so that no array is sorted along
                   OFFSET 0) t
                GROUP BY t.student_id""",
            sums=commas(SQL("sum(t.%s) AS %s", name, name) for name in names),
            counts=commas(counts),
        )

    @staticmethod
    def _both_open(first, until):
        """Return the SQL of a count of received days between two dates that are school
        days of the calendar as of D, too."""
        part = SQL("%s - k.first + 1, GREATEST(0, %s - %s + 1)", first, until, first)
        return SQL(
            """length(replace((substring(k.bits, %(part)s)
                               & substring(d.open, %(part)s))::text, '0', ''))""",
            part=part,
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

    def needs_exact_days(self):
        """Return the condition on `d` for possible days to be counted one by one."""
        conditions = [SQL("d.is_overlapping")]
        for window, size in self.possible_windows:
            if window == "enrolled":
                # its first day may lie before those of `days`
                conditions.append(
                    SQL(
                        "%s <= (SELECT min(first) FROM days)",
                        self.low(window, size),
                    )
                )
        return SQL("(%s)", SQL(" OR ").join(conditions))

    def possible_exact(self):
        """Return the SQL of an array with the possible days of each of
        `possible_windows`, counted one by one."""
        counts = [
            SQL("count(*) FILTER (WHERE %s)", all_of(self._inside(window, size)))
            for window, size in self.possible_windows
        ]
        return SQL(
            "(SELECT ARRAY[%s] FROM (%s) a)",
            commas(counts),
            self.dates_of(SQL("d.low"), SQL("%s::date", self.day)),
        )
