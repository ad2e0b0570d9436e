"""The question: which sums make the asked numbers, on which days windows begin."""

from datetime import timedelta

from odoo.tools import SQL

from .specs import RATE_MEASURES, STARTED_WINDOWS

# the dates of a student that come in from outside
STARTS = (
    *STARTED_WINDOWS,
    "order_end",
    "medical",
    "medical_end",
    "probation",
    "probation_end",
)


def all_of(conditions):
    """Return the SQL of conditions that must all hold."""
    return SQL(" AND ").join(conditions) if conditions else SQL("true")


def array(values, kind):
    """Return the SQL of an array as one literal: a list of many values is parsed value
    by value (seen: 0.2 of 0.3 s).

    :param kind: 'int' or 'date'
    """
    text = ",".join("NULL" if value is None else str(value) for value in values)
    return SQL("%s::%s[]", f"{{{text}}}", SQL(kind))


def commas(parts):
    """Return SQL parts as a list."""
    return SQL(", ").join(parts)


class Windows:
    """What is asked: sums, windows, and the days on which they begin and end.

    :param asked: SQL of a SELECT of student ids, or None for all
    :param day: date D
    :param specs: list of Spec
    :param counting: `Counting`
    :param starts: {name of STARTS: {student id: date}}
    :param years: list of (first, last date) of the school years, ascending
    """

    def __init__(self, asked, day, specs, counting, starts, years):
        self.asked = asked
        self.day = day
        self.specs = specs
        self.counting = counting
        self.starts = self._known_starts(starts or {})
        self.years = years
        self.parts = {}  # Spec without rates -> name of its column
        for spec in specs:
            for part in self._parts_of(spec):
                self.parts.setdefault(part, f"q{len(self.parts)}")
        self.windows = list(dict.fromkeys((s.window, s.size) for s in self.parts))

    def _known_starts(self, starts):
        """Return the dates that are known as of D: dated acts after D are not."""
        return {
            name: {
                student: day
                for student, day in dates.items()
                if day and (day <= self.day or name.endswith("_end"))
            }
            for name, dates in starts.items()
            if name in STARTS
        }

    def _parts_of(self, spec):
        """Return the sums that `spec` is made of."""
        if spec.measure in RATE_MEASURES:
            result = []
            for measure in RATE_MEASURES[spec.measure][1]:
                result += self._parts_of(spec._replace(measure=measure))
            return result
        if spec.measure == "attended":
            return self._parts_of(spec._replace(measure="possible")) + [
                spec._replace(measure="absent")
            ]
        if spec.measure == "possible" and self._excludes(spec):
            return [spec, spec._replace(measure="excluded")]
        if spec.measure == "unexcused_run":
            return [spec, spec._replace(measure="unexcused")]
        return [spec]

    def _excludes(self, spec):
        return spec.counting == "program" and bool(self.counting.excluded)

    @property
    def turns(self):
        """Whether a rule of the program can turn a row."""
        rules = self.counting
        return any(part.counting == "program" for part in self.parts) and bool(
            rules.excused_cap
            or rules.unverified_limit
            or rules.grace_days
            or (rules.medical and self.starts.get("medical"))
        )

    @property
    def medical(self):
        return self.counting.medical and bool(self.starts.get("medical"))

    def _asks(self, *windows):
        return any(window in windows for window, _size in self.windows)

    @property
    def possible_windows(self):
        return list(
            dict.fromkeys(
                (part.window, part.size)
                for part in self.parts
                if part.measure == "possible"
            )
        )

    def year_of(self, day):
        """Return (first, last) of the school year of `day`, or None."""
        return next((year for year in self.years if year[0] <= day <= year[1]), None)

    @property
    def last_years(self):
        """The first days of this school year and of the one before, ascending; in a
        summer without a school year of the two before it."""
        return [first for first, _last in self.years if first <= self.day][-2:]

    @property
    def this_year(self):
        return self.last_years[-1] if self.last_years else self.day

    def low(self, window, size):
        """Return the SQL of the first day of a window; NULL where it has none."""
        if window == "month":
            return SQL("%s::date", self.day.replace(day=1))
        if window == "rolling":
            return SQL("%s::date", self.day - timedelta(days=size - 1))
        if window in ("year", "any_month"):
            year = self.year_of(self.day)
            return SQL("%s::date", year[0] if year else None)
        if window == "since_entry":
            year = self.year_of(self.day)
            return SQL("GREATEST(d.entry_date, %s::date)", year[0] if year else None)
        if window in STARTED_WINDOWS:
            return SQL.identifier("d", window)
        return SQL.identifier("d", f"{window}_{size}")

    def high(self, window):
        """Return the SQL of the last day of a window."""
        if window == "order":
            return SQL("LEAST(d.order_end, %s)", self.day)
        return SQL("%s::date", self.day)

    def _inside(self, window, size):
        """Return the conditions on a row `a` to lie in a window."""
        conditions = [SQL("a.date >= %s", self.low(window, size))]
        if window == "order":
            conditions.append(SQL("a.date <= %s", self.high("order")))
        if window == "previous":
            conditions.append(SQL("a.inside"))
        return conditions

    def _year_number(self, column):
        """Return the SQL of the number of the school year of a date."""
        cases = [
            SQL("WHEN %s >= %s THEN %s", column, first, number)
            for number, (first, _last) in reversed(list(enumerate(self.years, 1)))
        ]
        return SQL("CASE %s ELSE 0 END", SQL(" ").join(cases)) if cases else SQL("0")

    def _year_start(self, column):
        """Return the SQL of the first day of the school year of a date; the date
        itself before all school years."""
        cases = [
            SQL("WHEN %s >= %s THEN %s::date", column, first, first)
            for first, _last in reversed(self.years)
        ]
        if not cases:
            return column
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), column)
