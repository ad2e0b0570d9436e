"""The one statement that counts.

A row of `driver` at a time, by LATERAL: `f` sums what the covering index says; `z.x`
sums again of those students of whom a rule of the program turns something, by
subtraction (`limits.py`) where that is right, else row by row; `y.y` counts days one by
one where enrollments overlap.

Cost: one index range of events a student, a second one of those beyond a limit, plus
the rows of the few exact ones.
"""

from datetime import timedelta

from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAG_ABSENT, FLAG_DOCUMENTED
from ..facts.units import DAY
from .counted import EXCUSED, PRESENT, UNEXCUSED, UNVERIFIED
from .packed import BASE, RADIX
from .prior import Prior
from .specs import EVENT_MEASURES, PROGRAM_ONLY, RATE_MEASURES, counted_measure
from .windows import all_of, commas


class Statement(Prior):
    """The SELECT: a row a student, a column a spec (two for a rate)."""

    def _fast(self, evidenced=()):
        """The sums that the covering index alone gives, and the days of the specs
        `evidenced`; right where no rule turns a row of the student."""
        columns = [
            SQL("%s AS %s", self._sum(part, exact=False), self.column(part))
            for part in self.parts
            if part.measure not in ("possible", "unexcused_run")
        ]
        columns += [
            SQL("%s AS %s", sql, SQL.identifier(name))
            for name, sql in self._signs().items()
        ]
        columns += [
            SQL(
                "%s AS %s", self._packed(spec, exact=False), SQL.identifier(f"e{place}")
            )
            for place, spec in enumerate(evidenced)
        ]
        return SQL(
            "CROSS JOIN LATERAL (SELECT %s FROM (%s) a) f",
            # an aggregate: one row also for a student without an event
            commas(columns or [SQL("count(*) AS rows")]),
            self._index_rows(SQL("d.low"), SQL("e.category")),
        )

    def _index_rows(self, low, category):
        """Return a SELECT of the counted rows of the student of `d`, from `low` to D,
        of the covering index alone: date, portion, flags, kind, inside."""
        return SQL(
            """SELECT e.date, e.portion, e.flags,
                      %(category)s + CASE WHEN e.flags & %(absent)s > 0 THEN 0
                                          ELSE %(present)s END AS kind,
                      %(inside)s AS inside
                 FROM pact_attendance_event e
                WHERE e.student_id = d.student_id AND e.is_counted
                  AND e.date BETWEEN %(low)s AND %(day)s
               -- so that nothing is computed twice
               OFFSET 0""",
            low=low,
            category=category,
            absent=FLAG_ABSENT,
            present=PRESENT,
            inside=self._is_inside(SQL("e")),
            day=self.day,
        )

    def _signs(self):
        """Return {column of `f`: SQL} that say whether a rule may turn a row."""
        if not self.turns:
            return {}
        rules, signs, kinds = self.counting, {}, {}
        if rules.excused_cap:
            kinds["excused"] = EXCUSED
        if rules.unverified_limit:
            kinds["unverified"] = UNVERIFIED
        for name, kind in kinds.items():
            for when, operator in (("before", SQL("<")), ("now", SQL(">="))):
                signs[f"{name}_{when}"] = SQL(
                    """COALESCE(sum(a.portion) FILTER (
                           WHERE a.kind = %s AND a.date %s %s), 0)""",
                    kind,
                    operator,
                    self.this_year,
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
            conditions.append(self._is_beyond("excused", EXCUSED))
        if rules.unverified_limit:
            conditions.append(self._is_beyond("unverified", UNVERIFIED))
        if rules.grace_days:
            conditions.append(SQL("f.open_notes"))
        if self.medical:
            conditions.append(SQL("d.medical IS NOT NULL"))
        return SQL("COALESCE(%s, false)", SQL(" OR ").join(conditions))

    def _is_beyond(self, name, kind):
        """Return the condition that a school year of the windows has more than the
        limit. Days before the windows are only read of a student who has such days in
        them: else none of theirs can turn."""
        now, before = (
            SQL.identifier("f", f"{name}_now"),
            SQL.identifier("f", f"{name}_before"),
        )
        return SQL(
            """(%(now)s > %(limit)s
                OR (%(before)s > 0 OR d.low > %(year)s AND %(now)s > 0)
                   AND d.year_low < d.low
                   AND (SELECT GREATEST(
                                   sum(e.portion) FILTER (WHERE e.date < %(year)s),
                                   sum(e.portion) FILTER (WHERE e.date >= %(year)s))
                          FROM pact_attendance_event e
                         WHERE e.student_id = d.student_id AND e.is_counted
                           AND e.date BETWEEN d.year_low AND %(day)s
                           AND e.category = %(kind)s AND e.flags & %(absent)s > 0
                       ) > %(limit)s
                OR %(before)s > %(limit)s)""",
            now=now,
            before=before,
            limit=self.limit_of(kind),
            year=self.this_year,
            day=self.day,
            kind=kind,
            absent=FLAG_ABSENT,
        )

    def _exact(self):
        """An array of the program's sums, `z.x`, for a student of whom a rule turns a
        row; NULL for the others, of whom no row is read again."""
        sums = [self._sum(part, exact=True) for part in self.turned]
        by_row = SQL("(SELECT ARRAY[%s] FROM (%s) a)", commas(sums), self.rows())
        return SQL(
            """CROSS JOIN LATERAL (
                 SELECT CASE WHEN %s THEN COALESCE(%s, %s) END AS x OFFSET 0) z""",
            self._is_special(),
            self._by_subtraction() if self.can_subtract() else SQL("NULL"),
            by_row,
        )

    def _by_subtraction(self):
        """The same array from the sums `g` of the covering index; NULL where it cannot
        be told from them."""
        sums = {
            self.parts[part]: self._sum(part, exact=False) for part in self.turned
        } | self.limit_sums()
        values = []
        for part in self.turned:
            value, term = SQL("g.%s", self.column(part)), self.limit_term(part)
            values.append(value if term is None else SQL("%s + %s", value, term))
        return SQL(
            """CASE WHEN %(sure)s THEN (
                 SELECT CASE WHEN g.in_turn THEN ARRAY[%(values)s]::bigint[] END
                   FROM (SELECT %(in_turn)s AS in_turn, %(sums)s
                           FROM (%(rows)s) a) g) END""",
            sure=self.is_subtracted(),
            values=commas(values),
            in_turn=self.is_in_turn(),
            sums=commas(
                SQL("%s AS %s", sql, SQL.identifier(name)) for name, sql in sums.items()
            ),
            rows=self._index_rows(SQL("d.year_low"), self._after_medical()),
        )

    def column(self, part):
        return SQL.identifier(self.parts[part])

    @property
    def turned(self):
        """The sums that a rule of the program may change."""
        return [part for part in self.parts if self._is_turned(part)]

    def _is_turned(self, part):
        return (
            self.turns
            and part.counting == "program"
            and part.measure not in ("possible", "unexcused_run")
        )

    def _sum(self, part, exact):
        """Return the aggregate of `part` over rows `a`; over the months of the school
        year the greatest."""
        if part.measure in PROGRAM_ONLY and not exact:
            return SQL("0::bigint")
        conditions = self.condition(part, exact)
        if part.window != "any_month":
            return self._aggregate(part, conditions, exact)
        return SQL(
            "GREATEST(%s)",
            commas(
                self._aggregate(
                    part,
                    [*conditions, SQL("a.date BETWEEN %s AND %s", *month)],
                    exact,
                )
                for month in self._months()
            ),
        )

    def _aggregate(self, part, conditions, exact):
        if part.unit != "days":
            if part.measure not in EVENT_MEASURES:
                conditions = [*conditions, SQL("a.portion > 0")]
            if exact and part.measure in ("absent", "chronic"):
                # every category is meant: an event that is split is one occasion
                conditions = [*conditions, SQL("a.leads")]
            what = SQL("DISTINCT a.date") if part.unit == "dates" else SQL("*")
            return SQL("count(%s) FILTER (WHERE %s)", what, all_of(conditions))
        return SQL(
            "COALESCE(sum(%s) FILTER (WHERE %s), 0)::bigint",
            self._amount(part),
            all_of(conditions),
        )

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

    def _run(self, part):
        """The longest row of whole unexcused days, of a student who has one."""
        unexcused = part._replace(measure="unexcused")
        window = (part.window, part.size)
        return SQL(
            """CASE WHEN %(value)s >= %(unit)s THEN %(unit)s * COALESCE((
                 SELECT max(i.days) FROM (
                   SELECT count(*) AS days FROM (
                     SELECT p.is_whole, p.place - row_number() OVER (
                              PARTITION BY p.is_whole ORDER BY p.date) AS island
                       FROM (
                         SELECT a.date, row_number() OVER (ORDER BY a.date) AS place,
                                COALESCE(u.portion >= %(unit)s, false) AS is_whole
                           FROM (%(dates)s) a
                           LEFT JOIN (
                             SELECT a.date, sum(a.portion) AS portion
                               FROM (%(rows)s) a WHERE %(condition)s
                              GROUP BY a.date) u ON u.date = a.date
                          WHERE %(inside)s) p) q
                    WHERE q.is_whole GROUP BY q.island) i), 0) ELSE 0 END""",
            value=self._value(unexcused),
            unit=DAY,
            dates=self.dates_of(self.low(*window), self.high(part.window)),
            rows=self.rows(),
            condition=all_of(
                self.condition(unexcused, exact=True)
                if part.counting == "program"
                else self._plain_condition(unexcused)
            ),
            inside=all_of(self._inside(*window)),
        )

    def _value(self, part):
        """Return the SQL of one sum in the final SELECT."""
        if part.measure == "possible":
            window = (part.window, part.size)
            return SQL(
                "(COALESCE(y.y[%s], p.%s, 0) * %s)",
                self.possible_windows.index(window) + 1,
                self._possible_name(*window),
                DAY,
            )
        if part.measure == "unexcused_run":
            return self._run(part)
        fast = SQL("f.%s", self.column(part))
        if not self._is_turned(part):
            return fast
        place = self.turned.index(part) + 1
        return SQL("CASE WHEN z.x IS NULL THEN %s ELSE z.x[%s] END", fast, place)

    def _measure(self, spec, of_days=False):
        """Return the SQL of a measure that is not a rate, typed totals included.

        :param of_days: see `beyond`
        """
        if spec.measure == "attended":
            possible = self._measure(spec._replace(measure="possible"))
            absent = self._with_prior(spec, "absent", True)
            return SQL("GREATEST(0, %s - %s)", possible, absent)
        if spec.measure == "possible" and self._excludes(spec):
            excluded = self._value(spec._replace(measure="excluded"))
            value = SQL("GREATEST(0, %s - %s)", self._value(spec), excluded)
            more = self.beyond(spec, "possible", True)
            return value if more is None else SQL("%s + %s", value, more)
        return self._with_prior(spec, spec.measure, of_days)

    def _with_prior(self, spec, measure, of_days):
        value = self._value(spec._replace(measure=measure))
        more = self.beyond(spec, measure, of_days)
        return value if more is None else SQL("(%s + %s)", value, more)

    def columns(self):
        """Return {spec: list of SQL}: one column a spec, two for a rate; NULL where the
        window has no beginning."""
        result = {}
        for spec in self.specs:
            measures = [spec.measure]
            if spec.measure in RATE_MEASURES:
                measures = RATE_MEASURES[spec.measure][1]
            of_days = measures[-1] == "possible" and len(measures) > 1
            low = self.low(spec.window, spec.size)
            result[spec] = [
                SQL(
                    "CASE WHEN %s IS NOT NULL THEN (%s)::bigint END",
                    low,
                    self._measure(spec._replace(measure=measure), of_days),
                )
                for measure in measures
            ]
        return result

    def _packed(self, spec, exact):
        """Return the aggregate over rows `a` of the days that make `spec` (packed.py),
        in no order; NULL where there is none."""
        evidence = self.evidence_of(spec, exact)
        if evidence is None or (spec.measure in PROGRAM_ONLY and not exact):
            return SQL("NULL::bigint[]")
        condition, amount = evidence
        return SQL(
            "array_agg((a.date - %s) * %s::bigint + %s) FILTER (WHERE %s)",
            BASE,
            RADIX,
            amount,
            condition,
        )

    def _evidence(self, place, spec):
        """Return the SQL of the days that make `spec`, read row by row only of a
        student of whom a rule turns something."""
        fast = SQL.identifier("f", f"e{place}")
        if not self._is_turned(spec._replace(measure=counted_measure(spec.measure))):
            return fast
        return SQL(
            "CASE WHEN z.x IS NULL THEN %s ELSE (SELECT %s FROM (%s) a) END",
            fast,
            self._packed(spec, exact=True),
            self.rows(),
        )

    def select(self, evidenced=()):
        """Return (SQL of the SELECT without its WITH, {spec: list of column names}).

        :param evidenced: those of the specs of which the days are asked, too: a last
            name of theirs, of an array (packed.py)
        """
        names, columns = {}, []
        for spec, parts in self.columns().items():
            names[spec] = []
            for part in parts:
                name = f"c{len(columns)}"
                names[spec].append(name)
                columns.append(SQL("%s AS %s", part, SQL.identifier(name)))
        for place, spec in enumerate(evidenced):
            name = f"days{place}"
            names[spec].append(name)
            columns.append(
                SQL("%s AS %s", self._evidence(place, spec), SQL.identifier(name))
            )
        joins = [self._fast(evidenced)]
        if self.turned:
            joins.append(self._exact())
        if self.asks_prior:
            joins.append(SQL("LEFT JOIN prior ON prior.student_id = d.student_id"))
        if self.possible_windows:
            joins.append(SQL("LEFT JOIN possible p ON p.student_id = d.student_id"))
            joins.append(
                SQL(
                    """CROSS JOIN LATERAL (
                         SELECT CASE WHEN %s THEN %s END AS y OFFSET 0) y""",
                    self.needs_exact_days(),
                    self.possible_exact(),
                )
            )
        return (
            SQL(
                "SELECT d.student_id, %s FROM driver d %s",
                commas(columns),
                SQL(" ").join(joins),
            ),
            names,
        )
