from odoo import api, models
from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAG_ABSENT, FLAG_CAP_EXCUSED
from ..facts.units import CATEGORY_NUMBER, DAY
from .specs import PLAIN, category_numbers


class PactMetrics(models.AbstractModel):
    """The one place that turns attendance into numbers.

    Any set of students, any day D, any list of specs: one statement. A number does not
    depend on who asks: rights restrict the students that a caller passes in, never the
    events that are counted. Values are whole numbers of 1/25200 day.

    Read from `counting.md`: which days belong to a window (1, 3 to 6), how much counts
    (10 to 12), the yearly limit of excused days (15, 16).
    """

    _name = "pact.metrics"
    _description = "Attendance Numbers"

    @api.model
    def _read(self, students, day, specs, counting=PLAIN, starts=None):
        """Return the values of `specs` as of the end of `day`.

        :param students: `pact.student` records
        :param day: date; the numbers are as of its end
        :param specs: iterable of Spec
        :return: {student id: {spec: value in 1/25200 day}}. A student without an
            enrollment up to `day` is missing: a measure is empty there, not zero.
        """
        specs = list(dict.fromkeys(specs))
        if not specs or not students.ids:
            return {}
        columns = [self._spec_column(spec) for spec in specs]
        rows = self._query(
            SQL(
                """%(with)s
                   SELECT d.student_id, %(columns)s
                     FROM driver d
                     LEFT JOIN counted c ON c.student_id = d.student_id
                    GROUP BY d.student_id""",
                **{"with": self._with(students.ids, day, specs, counting)},
                columns=SQL(", ").join(columns),
            )
        )
        result = {row[0]: dict(zip(specs, row[1:], strict=True)) for row in rows}
        for spec in specs:
            if spec.measure == "possible":
                possible = self._read_possible(students.ids, day, spec, counting)
                for student_id, values in result.items():
                    values[spec] = possible.get(student_id, 0)
        return result

    @api.model
    def _read_evidence(self, students, day, spec, counting=PLAIN, starts=None):
        """Return the rows that make the value of `spec`, in order of date.

        :return: {student id: [dict]} with the keys event_id, date, school_id, code_id,
            category (number as counted), portion (1/25200 day), beyond_cap (bool)
        """
        if not students:
            return {}
        rows = self._query(
            SQL(
                """%(with)s
                   SELECT c.student_id, c.event_id, c.date, c.school_id, c.code_id,
                          c.category, c.portion, c.beyond
                     FROM counted c JOIN driver d ON d.student_id = c.student_id
                    WHERE %(inside)s AND c.portion > 0
                    ORDER BY c.student_id, c.date, c.event_id""",
                **{"with": self._with(students.ids, day, [spec], counting)},
                inside=self._spec_condition(spec),
            )
        )
        result = {}
        for student, event, date, school, code, category, portion, beyond in rows:
            result.setdefault(student, []).append(
                {
                    "event_id": event,
                    "date": date,
                    "school_id": school,
                    "code_id": code,
                    "category": category,
                    "portion": portion,
                    "beyond_cap": beyond,
                }
            )
        return result

    @api.model
    def _read_window(self, students, day, spec, counting=PLAIN, starts=None):
        """Return {student id: (first date, last date, school days in the window)} of
        the student's own calendar; a window longer than the record says what it has."""
        if not students:
            return {}
        rows = self._query(
            SQL(
                """%(with)s
                   SELECT d.student_id, min(s.date), max(s.date), count(s.id)
                     FROM driver d
                     LEFT JOIN pact_school_day s ON s.calendar_id = d.calendar_id
                      AND s.is_school_day AND s.date BETWEEN %(low)s AND %(day)s
                    GROUP BY d.student_id""",
                **{"with": self._with(students.ids, day, [spec], counting)},
                low=self._low(spec),
                day=day,
            )
        )
        return {student: tuple(rest) for student, *rest in rows}

    @api.model
    def _query(self, sql):
        """Run a statement of this engine. Compiling it costs more than it saves: 1.3 of
        1.55 s were seen in JIT on a database whose small tables had no statistics."""
        self.env.cr.execute("SET LOCAL jit = off")
        return self.env.execute_query(sql)

    # -- the statement, part by part -------------------------------------------------

    @api.model
    def _low(self, spec):
        """Return the column of the driver with the first date of the spec's window."""
        if spec.window == "year":
            return SQL("d.year_start")
        return SQL.identifier("d", f"low_{int(spec.size)}")

    @api.model
    def _spec_condition(self, spec):
        """Return the condition on a counted row to belong to `spec`."""
        conditions = [SQL("c.date >= %s", self._low(spec))]
        if spec.window == "previous":
            # the previous N are a set of dates of the calendar of the school attended
            # as of D: what that calendar closed does not count (counting.md 1)
            conditions.append(SQL("c.in_calendar"))
        numbers = category_numbers(spec.measure)
        if spec.counting == "program":
            category = SQL("c.category")
        else:
            # what one rule turned keeps its own category where codes are read plain
            category = SQL("c.coded")
        if numbers is not None:
            conditions.append(SQL("%s = ANY(%s)", category, numbers))
        return SQL(" AND ").join(conditions)

    @api.model
    def _spec_column(self, spec):
        return SQL(
            "COALESCE(SUM(c.portion) FILTER (WHERE %s), 0)::bigint",
            self._spec_condition(spec),
        )

    @api.model
    def _with(self, student_ids, day, specs, counting=PLAIN):
        """Return the WITH clause: `driver` (a row a student: calendar, first dates of
        the windows) and `counted` (the absences that count, split at the limit)."""
        self.env.flush_all()
        sizes = sorted({int(spec.size) for spec in specs if spec.window == "previous"})
        capped = counting.excused_cap and any(
            spec.counting == "program" for spec in specs
        )
        lows = [
            SQL(
                """(SELECT f.date FROM pact_school_day f
                     WHERE f.calendar_id = l.calendar_id AND f.is_school_day
                       AND f.day_index = GREATEST(l.day_index - %s + 1, 1))
                   AS %s""",
                size,
                SQL.identifier(f"low_{size}"),
            )
            for size in sizes
        ]
        least = [SQL("d.year_start")] + [
            SQL.identifier("d", f"low_{size}") for size in sizes
        ]
        return SQL(
            """WITH subject AS MATERIALIZED (
                 SELECT s.id AS student_id, e.school_id, e.calendar_id
                   FROM unnest(%(students)s) AS s (id)
                   JOIN LATERAL (
                     -- the enrollment that holds on D: primary, earliest entry,
                     -- smaller id; else the last one that ended
                     SELECT n.school_id,
                            COALESCE(n.calendar_id, c.calendar_id) AS calendar_id
                       FROM pact_enrollment n JOIN pact_school c ON c.id = n.school_id
                      WHERE n.student_id = s.id AND n.entry_date <= %(day)s
                      ORDER BY (COALESCE(n.exit_date, 'infinity') >= %(day)s) DESC,
                               CASE WHEN n.exit_date < %(day)s THEN n.exit_date END
                               DESC NULLS LAST,
                               n.is_primary DESC, n.entry_date, n.id
                      LIMIT 1) e ON true),
               bounds AS MATERIALIZED (
                 SELECT l.calendar_id, y.date_start AS year_start
                        %(lows)s
                   FROM (SELECT DISTINCT calendar_id FROM subject) k
                   JOIN LATERAL (
                     SELECT i.calendar_id, i.day_index FROM pact_school_day i
                      WHERE i.calendar_id = k.calendar_id AND i.is_school_day
                        AND i.date <= %(day)s
                      ORDER BY i.date DESC LIMIT 1) l ON true
                   LEFT JOIN pact_school_year y
                     ON %(day)s BETWEEN y.date_start AND y.date_end),
               driver AS MATERIALIZED (
                 SELECT * FROM subject JOIN bounds USING (calendar_id)),
               %(capped)s
               counted AS (
                 SELECT a.student_id, a.id AS event_id, a.date, a.school_id,
                        a.code_id, v.category, a.category AS coded, v.portion,
                        v.beyond, o.id IS NOT NULL AS in_calendar
                   FROM driver d
                   JOIN pact_attendance_event a ON a.student_id = d.student_id
                    AND a.is_counted AND a.date <= %(day)s
                    AND a.date >= LEAST(%(least)s) AND a.flags & %(absent)s > 0
                   LEFT JOIN pact_school_day o ON o.calendar_id = d.calendar_id
                    AND o.date = a.date AND o.is_school_day
                   %(split)s)""",
            students=list(student_ids),
            day=day,
            lows=SQL("".join([", %s"] * len(lows)), *lows) if lows else SQL(""),
            capped=self._capped(day) if capped else SQL(""),
            least=SQL(", ").join(least),
            absent=FLAG_ABSENT,
            split=self._split(capped),
        )

    @api.model
    def _capped(self, day):
        """Return the CTE with the part of each excused absence that is beyond the
        limit of its school.

        The running count belongs to student and school year over all schools, in order
        of date; a school without a limit turns nothing, but its days fill the count.
        The school's decision 'stays excused' wins; it does not change the count.
        """
        return SQL(
            """capped AS MATERIALIZED (
                 SELECT r.id, CASE WHEN r.flags & %(stays)s > 0 OR r.cap IS NULL THEN 0
                        ELSE LEAST(r.portion, GREATEST(0, r.running - r.cap)) END
                        AS beyond
                   FROM (SELECT a.id, a.portion, a.flags,
                                round(NULLIF(s.excused_day_cap, 0) * %(unit)s)::bigint
                                AS cap,
                                SUM(a.portion) OVER (PARTITION BY a.student_id, y.id
                                                     ORDER BY a.date, a.id) AS running
                           FROM driver d
                           JOIN pact_attendance_event a ON a.student_id = d.student_id
                            AND a.is_counted AND a.date <= %(day)s
                            AND a.category = %(excused)s AND a.flags & %(absent)s > 0
                           JOIN pact_school_year y
                             ON a.date BETWEEN y.date_start AND y.date_end
                           JOIN pact_school s ON s.id = a.school_id) r),""",
            stays=FLAG_CAP_EXCUSED,
            unit=DAY,
            day=day,
            excused=CATEGORY_NUMBER["excused"],
            absent=FLAG_ABSENT,
        )

    @api.model
    def _split(self, capped):
        """Return the join that cuts an absence at the limit: the part within it keeps
        its category, the part beyond is unexcused."""
        if not capped:
            return SQL(
                """CROSS JOIN LATERAL (
                     VALUES (a.category, a.portion, false)
                   ) v (category, portion, beyond)"""
            )
        return SQL(
            """LEFT JOIN capped k ON k.id = a.id
               CROSS JOIN LATERAL (
                 VALUES (a.category, a.portion - COALESCE(k.beyond, 0), false),
                        (%s::int2, COALESCE(k.beyond, 0), true)
               ) v (category, portion, beyond)""",
            CATEGORY_NUMBER["unexcused"],
        )

    @api.model
    def _read_possible(self, student_ids, day, spec, counting):
        """Return {student id: units} of the school days in the window on which the
        student was enrolled and that were received. A day of two overlapping
        enrollments is one possible day."""
        return dict(
            self._query(
                SQL(
                    """%(with)s
                       SELECT d.student_id, count(DISTINCT o.date) * %(unit)s
                         FROM driver d
                         JOIN pact_enrollment e ON e.student_id = d.student_id
                          AND e.entry_date <= %(day)s
                         JOIN pact_school s ON s.id = e.school_id
                         JOIN pact_school_day o
                           ON o.calendar_id = COALESCE(e.calendar_id, s.calendar_id)
                          AND o.is_school_day
                          AND o.date BETWEEN GREATEST(e.entry_date, %(low)s)
                              AND LEAST(COALESCE(e.exit_date, %(day)s), %(day)s)
                         JOIN pact_attendance_received r
                           ON r.school_id = e.school_id AND r.date = o.date
                        WHERE %(in_calendar)s
                        GROUP BY d.student_id""",
                    **{"with": self._with(student_ids, day, [spec], counting)},
                    in_calendar=SQL(
                        """EXISTS (SELECT 1 FROM pact_school_day w
                            WHERE w.calendar_id = d.calendar_id
                              AND w.date = o.date AND w.is_school_day)"""
                    )
                    if spec.window == "previous"
                    else SQL("true"),
                    unit=DAY,
                    day=day,
                    low=self._low(spec),
                )
            )
        )
