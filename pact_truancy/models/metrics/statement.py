"""The one statement that counts.

A row of `driver` at a time, by LATERAL: `f` sums what the covering index says; `x`
reads row by row those few students of whom a rule of the program turns something; `y`
counts days one by one where enrollments overlap or calendars differ; `run_*` looks at
the days of those who were unexcused for a whole one.

Cost: one index range of an event a student, plus the rows of the few exact ones.
"""

from datetime import timedelta

from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAG_ABSENT, FLAG_DOCUMENTED
from ..facts.units import DAY
from .counted import EXCUSED, PRESENT, UNEXCUSED, UNVERIFIED, Counted
from .specs import RATE_MEASURES
from .windows import all_of, commas


class Statement(Counted):
    """The SELECT: a row a student, a column a spec (two for a rate)."""

    def _fast(self):
        """The sums that the covering index alone gives; right where no rule turns a row
        of the student."""
        columns = [
            SQL("%s AS %s", self._sum(part, exact=False), SQL.identifier(name))
            for part, name in self.parts.items()
            if part.measure not in ("possible", "unexcused_run")
        ]
        columns += [
            SQL("%s AS %s", sql, SQL.identifier(name))
            for name, sql in self._signs().items()
        ]
        return SQL(
            """CROSS JOIN LATERAL (
                 SELECT %(columns)s FROM (
                    SELECT e.date, e.portion, e.flags, e.portion > 0 AS leads,
                           0 AS beyond,
                           e.category + CASE WHEN e.flags & %(absent)s > 0 THEN 0
                                             ELSE %(present)s END AS kind,
                           %(inside)s AS inside
                      FROM pact_attendance_event e
                     WHERE e.student_id = d.student_id AND e.is_counted
                       AND e.date BETWEEN d.low AND %(day)s
                    OFFSET 0) a) f""",
            columns=commas(columns or [SQL("1 AS nothing")]),
            absent=FLAG_ABSENT,
            present=PRESENT,
            inside=self._is_inside(SQL("e")),
            day=self.day,
        )

    def _signs(self):
        """Return {column of `f`: SQL} that say whether a rule may turn a row."""
        if not self.turns:
            return {}
        rules, signs = self.counting, {}
        year = self.year_of(self.day)
        start = year[0] if year else self.day
        kinds = {}
        if rules.excused_cap:
            kinds["excused"] = EXCUSED
        if rules.unverified_limit:
            kinds["unverified"] = UNVERIFIED
        for name, kind in kinds.items():
            for when, operator in (("before", SQL("<")), ("now", SQL(">="))):
                signs[f"{name}_{when}"] = SQL(
                    "sum(a.portion) FILTER (WHERE a.kind = %s AND a.date %s %s)",
                    kind,
                    operator,
                    start,
                )
        if rules.grace_days:
            signs["open_notes"] = SQL(
                """bool_or(a.kind IN (%s, %s) AND a.flags & %s = 0
                           AND a.date >= d.grace_low)""",
                UNEXCUSED,
                UNVERIFIED,
                FLAG_DOCUMENTED,
            )
        return signs

    def _is_special(self):
        """Return the condition on `d` and `f` under which a rule may turn a row."""
        rules, conditions = self.counting, []
        if rules.excused_cap:
            conditions.append(SQL("GREATEST(f.excused_before, f.excused_now) > d.cap"))
        if rules.unverified_limit:
            conditions.append(
                SQL(
                    "GREATEST(f.unverified_before, f.unverified_now) > %s",
                    rules.unverified_limit * DAY,
                )
            )
        if rules.grace_days:
            conditions.append(SQL("f.open_notes"))
        if self.medical:
            conditions.append(SQL("d.medical IS NOT NULL"))
        return SQL("COALESCE(%s, false)", SQL(" OR ").join(conditions))

    def _exact(self):
        """The sums of the program's counting where a rule turns a row."""
        columns = [
            SQL("%s AS %s", self._sum(part, exact=True), SQL.identifier(name))
            for part, name in self.parts.items()
            if self._is_turned(part)
        ]
        return SQL(
            """CROSS JOIN LATERAL (SELECT %s AS is_special) z
               LEFT JOIN LATERAL (SELECT %s FROM (%s) a) x ON true""",
            self._is_special(),
            commas(columns),
            self.rows(SQL("z.is_special")),
        )

    def _is_turned(self, part):
        return (
            self.turns
            and part.counting == "program"
            and part.measure not in ("possible", "unexcused_run")
        )

    def _sum(self, part, exact):
        """Return the aggregate of `part` over rows `a`; over the months of the school
        year the greatest."""
        conditions = self.condition(part, exact)
        if part.window != "any_month":
            return self._aggregate(part, conditions)
        return SQL(
            "GREATEST(%s)",
            commas(
                self._aggregate(
                    part, [*conditions, SQL("a.date BETWEEN %s AND %s", *month)]
                )
                for month in self._months()
            ),
        )

    def _aggregate(self, part, conditions):
        if part.unit == "dates":
            return SQL("count(DISTINCT a.date) FILTER (WHERE %s)",
                       all_of([*conditions, *self._happened(part)]))  # fmt: skip
        if part.unit == "occasions":
            return SQL("count(*) FILTER (WHERE %s)",
                       all_of([*conditions, *self._happened(part)]))  # fmt: skip
        return SQL(
            "COALESCE(sum(%s) FILTER (WHERE %s), 0)::bigint",
            self._amount(part),
            all_of(conditions),
        )

    @staticmethod
    def _happened(part):
        """Return what makes a row an occasion: a portion of it, the first part of an
        event where every category is meant; a tardy needs none."""
        if part.measure in ("tardy", "truancy"):
            return []
        if part.measure in ("absent", "chronic"):
            return [SQL("a.portion > 0 AND a.leads")]
        return [SQL("a.portion > 0")]

    def _months(self):
        """Return (first, last date) of the calendar months of the school year so far;
        one that begins after D would be empty."""
        year = self.year_of(self.day)
        if not year:
            return [(self.day, self.day)]
        months, first = [], year[0]
        while first <= self.day:
            following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
            months.append((first, following - timedelta(days=1)))
            first = following
        return months

    def _runs(self):
        """The longest row of whole unexcused days, for students who have one."""
        result = []
        for part, name in self.parts.items():
            if part.measure != "unexcused_run":
                continue
            unexcused = part._replace(measure="unexcused")
            low, high = self.low(part.window, part.size), self.high(part.window)
            result.append(
                SQL(
                    """LEFT JOIN LATERAL (
                     SELECT max(i.days) AS days FROM (
                       SELECT count(*) AS days FROM (
                         SELECT p.is_whole, p.place - row_number() OVER (
                                  PARTITION BY p.is_whole ORDER BY p.date) AS island
                           FROM (
                             SELECT a.date, COALESCE(u.portion >= %(unit)s, false)
                                    AS is_whole,
                                    row_number() OVER (ORDER BY a.date) AS place
                               FROM (%(dates)s) a
                               LEFT JOIN (
                                 SELECT a.date, sum(a.portion) AS portion
                                   FROM (%(rows)s) a WHERE %(condition)s
                                  GROUP BY a.date) u ON u.date = a.date
                              WHERE %(inside)s) p) q
                        WHERE q.is_whole GROUP BY q.island) i
                     ) %(name)s ON true""",
                    unit=DAY,
                    dates=self.dates_of(low, high),
                    rows=self.rows(SQL("%s >= %s", self._value(unexcused), DAY)),
                    condition=all_of(
                        self.condition(unexcused, exact=True)
                        if part.counting == "program"
                        else self._plain_condition(unexcused)
                    ),
                    inside=all_of(self._inside(part)),
                    name=SQL.identifier(f"run_{name}"),
                )
            )
        return SQL(" ").join(result)

    def _value(self, part):
        """Return the SQL of one sum in the final SELECT."""
        name = SQL.identifier(self.parts[part])
        if part.measure == "possible":
            days = self._possible_name(part.window, part.size)
            return SQL(
                "(CASE WHEN %s THEN y.%s ELSE COALESCE(p.%s, 0) END * %s)",
                self._needs_exact_days(),
                days,
                days,
                DAY,
            )
        if part.measure == "unexcused_run":
            alias = SQL.identifier(f"run_{self.parts[part]}")
            return SQL("(COALESCE(%s.days, 0) * %s)", alias, DAY)
        if self._is_turned(part):
            return SQL("CASE WHEN z.is_special THEN x.%s ELSE f.%s END", name, name)
        return SQL("f.%s", name)

    def _measure(self, spec):
        """Return the SQL of a measure that is not a rate."""
        if spec.measure == "attended":
            possible = self._measure(spec._replace(measure="possible"))
            absent = self._value(spec._replace(measure="absent"))
            return SQL("GREATEST(0, %s - %s)", possible, absent)
        if spec.measure == "possible" and self._excludes(spec):
            excluded = self._value(spec._replace(measure="excluded"))
            return SQL("GREATEST(0, %s - %s)", self._value(spec), excluded)
        return self._value(spec)

    def columns(self):
        """Return {spec: list of SQL}: one column a spec, two for a rate; NULL where the
        window has no beginning."""
        result = {}
        for spec in self.specs:
            measures = [spec.measure]
            if spec.measure in RATE_MEASURES:
                measures = RATE_MEASURES[spec.measure][1]
            low = self.low(spec.window, spec.size)
            result[spec] = [
                SQL(
                    "CASE WHEN %s IS NOT NULL THEN (%s)::bigint END",
                    low,
                    self._measure(spec._replace(measure=measure)),
                )
                for measure in measures
            ]
        return result

    def select(self):
        """Return (SQL of the SELECT without its WITH, {spec: list of column names})."""
        names, columns = {}, []
        for spec, parts in self.columns().items():
            names[spec] = []
            for part in parts:
                name = f"c{len(columns)}"
                names[spec].append(name)
                columns.append(SQL("%s AS %s", part, SQL.identifier(name)))
        joins = [self._fast()]
        if any(self._is_turned(part) for part in self.parts):
            joins.append(self._exact())
        if self.possible_windows:
            joins.append(SQL("LEFT JOIN possible p ON p.student_id = d.student_id"))
            joins.append(self._possible_exact())
        joins.append(self._runs())
        return (
            SQL(
                "SELECT d.student_id, %s FROM driver d %s",
                commas(columns),
                SQL(" ").join(joins),
            ),
            names,
        )
