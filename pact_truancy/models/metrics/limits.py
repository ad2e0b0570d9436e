"""What limits turn, by subtraction.

Of the excused days of a school year, those beyond a limit L count as unexcused: of a
year with S of them max(0, S - L). So a window holds what its year has beyond L up to
the window's end, less what it had before the window, and no running count is needed.

That holds where one limit is meant and every row has its turn. Where it does not - two
schools with different caps, a decision about a single day, days of grace, probation,
three school years at once - the student's rows are read in order (`Counted.rows`).
"""

from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAG_CAP_EXCUSED
from ..facts.units import DAY
from .counted import EXCUSED, UNVERIFIED, Counted
from .windows import all_of

# measure -> (kind of the rows whose limit changes it, sign of the change)
LIMITED = {
    "unexcused": (EXCUSED, 1),
    "excused": (EXCUSED, -1),
    "unverified_beyond": (UNVERIFIED, 1),
}


class Limits(Counted):
    """Terms over `g`, the sums of one student (`Statement._by_subtraction`)."""

    def limit_of(self, kind):
        """Return the SQL of a limit in 1/25200 day; None where the program has none."""
        if kind == EXCUSED:
            return SQL("d.cap_low") if self.counting.excused_cap else None
        limit = self.counting.unverified_limit
        return SQL("%s::bigint", limit * DAY) if limit else None

    def can_subtract(self):
        """Return whether subtraction gives every sum that a rule may change."""
        return bool(self.last_years) and all(
            part.measure not in (*LIMITED, "unverified", "truancy")
            or part.unit == "days"
            and part.window != "any_month"
            for part in self.turned
        )

    def is_subtracted(self):
        """Return the condition on `d` and `f` for subtraction to be right, but for what
        `is_in_turn` says."""
        rules, conditions = self.counting, []
        if len(self.last_years) == 2:
            conditions.append(SQL("d.year_low >= %s", self.last_years[0]))
        if rules.excused_cap:
            conditions.append(SQL("d.cap_low = d.cap_high"))
        if rules.unverified_limit:
            conditions.append(SQL("d.probation IS NULL"))
        if rules.grace_days:
            conditions.append(SQL("f.open_notes IS NOT TRUE"))
        return all_of(conditions)

    def is_in_turn(self):
        """Return the aggregate over rows `a` that says that no single row stands apart:
        by a decision, or because it is no day of the window's calendar."""
        apart = [SQL("a.kind = %s AND a.flags & %s > 0", EXCUSED, FLAG_CAP_EXCUSED)]
        apart += [
            SQL(
                "a.kind IN (%s, %s) AND a.date >= %s AND NOT a.inside",
                EXCUSED,
                UNVERIFIED,
                self.low(*window),
            )
            for window in self.windows
            if window[0] == "previous"
        ]
        return SQL("bool_or(%s) IS NOT TRUE", SQL(" OR ").join(apart))

    def limit_sums(self):
        """Return {column of `g`: aggregate over rows `a`}: rows of a kind before this
        school year, in it, and between the begin of a window's year and an edge of the
        window."""
        sums = {}
        for part in self.turned:
            kind = LIMITED.get(part.measure, (None,))[0]
            if kind is None or self.limit_of(kind) is None:
                continue
            dates = {
                f"before_{kind}": SQL("a.date < %s", self.this_year),
                f"now_{kind}": SQL("a.date >= %s", self.this_year),
            }
            for name, day, operator in self._edges(part):
                dates[name] = SQL(
                    "a.date %s %s AND (%s < %s OR a.date >= %s)",
                    operator,
                    day,
                    day,
                    self.this_year,
                    self.this_year,
                )
            for name, inside in dates.items():
                sums[name] = SQL(
                    "COALESCE(sum(a.portion) FILTER (WHERE a.kind = %s AND %s), 0)",
                    kind,
                    inside,
                )
        return sums

    def limit_term(self, part):
        """Return the SQL over `g` of what limits add to a sum, or None."""
        kind, sign = LIMITED.get(part.measure, (None, 0))
        limit = kind and self.limit_of(kind)
        if limit is None:
            return None
        before = SQL("GREATEST(0, g.%s - %s)", SQL.identifier(f"before_{kind}"), limit)

        def beyond(column, day):
            """Beyond the limit from the year before this one up to an edge."""
            return SQL(
                "GREATEST(0, g.%s - %s) + CASE WHEN %s >= %s THEN %s ELSE 0 END",
                SQL.identifier(column),
                limit,
                day,
                self.this_year,
                before,
            )

        ends = [beyond(name, day) for name, day, _operator in self._edges(part)]
        now = SQL("g.%s", SQL.identifier(f"now_{kind}"))
        if part.window == "year":
            return SQL("%s * GREATEST(0, %s - %s)", sign, now, limit)
        if len(ends) == 1:
            ends.append(SQL("GREATEST(0, %s - %s) + %s", now, limit, before))
        return SQL("%s * GREATEST(0, (%s) - (%s))", sign, ends[1], ends[0])

    def _edges(self, part):
        """Return (column of `g`, SQL of a day, operator of the rows up to it) of where
        a window begins, and where it ends before D."""
        if part.window == "year":
            return []
        name = f"{part.window}_{part.size}_{LIMITED[part.measure][0]}"
        edges = [(f"ahead_{name}", self.low(part.window, part.size), SQL("<"))]
        if part.window == "order":
            edges.append((f"until_{name}", self.high("order"), SQL("<=")))
        return edges
