"""Typed totals from before our records, in the statement that counts.

They stand beside the sums: no row of an event is one of them, and where no total
reaches into the school year of D, the statement is the same as without them.
"""

from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAG_ABSENT, FLAG_CHRONIC
from ..facts.units import CATEGORY_NUMBER, DAY
from .limits import Limits
from .specs import RATE_MEASURES
from .windows import commas

CATEGORIES = ("unexcused", "unverified", "excused", "medical", "suspension")
# what a typed total can be part of
MEASURES = (*CATEGORIES, "absent", "chronic", "possible")


def takes_prior(spec):
    """Return whether typed totals count in `spec`: days of the school year to date."""
    measures = RATE_MEASURES.get(spec.measure, ("", (spec.measure,)))[1]
    return (
        spec.window == "year"
        and spec.unit == "days"
        and all(one in MEASURES or one == "attended" for one in measures)
    )


def prior_measure(spec):
    """Return the measure of typed totals that `spec` is made of; of a rate the
    numerator."""
    measure = RATE_MEASURES.get(spec.measure, ("", (spec.measure,)))[1][0]
    return "absent" if measure == "attended" else measure


class Prior(Limits):
    """`has_prior`: whether there is any typed total of this school year up to D."""

    has_prior = False

    def _with_parts(self):
        parts = super()._with_parts()
        if self.asks_prior:
            parts["prior"] = self.prior()
        return parts

    @property
    def asks_prior(self):
        return self.has_prior and any(takes_prior(spec) for spec in self.specs)

    def prior(self):
        """A row a student with typed totals: of each measure what goes beyond the
        counted days of the same measure, as coded, in the days that the total is of;
        `possible` is NULL where no school days are typed.
        """
        first, _last = self.year_of(self.day)
        typed = [SQL("typed.%s", SQL.identifier(name)) for name in CATEGORIES]
        absent = SQL(
            "GREATEST(typed.absent, %s)",
            SQL(" + ").join(SQL("COALESCE(%s, 0)", one) for one in typed),
        )
        columns = [
            SQL("GREATEST(0, %s - dated.%s)::bigint AS %s", one, name, name)
            for name, one in (
                *(
                    (SQL.identifier(n), t)
                    for n, t in zip(CATEGORIES, typed, strict=True)
                ),
                (SQL.identifier("absent"), absent),
                (SQL.identifier("chronic"), absent),
            )
        ]
        return SQL(
            """SELECT typed.student_id, typed.through, %(columns)s,
                      CASE WHEN typed.possible IS NOT NULL THEN
                        GREATEST(0, typed.possible - %(unit)s * (
                          SELECT count(*) FROM (%(days)s) i))::bigint END AS possible
                 FROM (SELECT p.student_id, max(p.date_through) AS through, %(sums)s
                         FROM pact_attendance_prior p
                         JOIN pact_school_year y ON y.id = p.year_id
                        WHERE p.is_withdrawn IS NOT TRUE AND p.date_through <= %(day)s
                          AND y.date_start = %(first)s AND %(asked)s
                        GROUP BY p.student_id) typed
                 JOIN driver d ON d.student_id = typed.student_id
                CROSS JOIN LATERAL (
                  SELECT %(dated)s FROM pact_attendance_event e
                   WHERE e.student_id = typed.student_id AND e.is_counted
                     AND e.flags & %(flag)s > 0
                     AND e.date BETWEEN %(first)s AND typed.through) dated""",
            columns=commas(columns),
            unit=DAY,
            days=self.dates_of(SQL("%s::date", first), SQL("typed.through")),
            sums=commas(
                SQL(
                    "sum(p.portion) FILTER (WHERE p.category = %s) AS %s",
                    name,
                    SQL.identifier(name),
                )
                for name in (*CATEGORIES, "absent", "possible")
            ),
            day=self.day,
            first=first,
            asked=SQL("p.student_id IN (%s)", self.asked)
            if self.asked
            else SQL("true"),
            dated=commas(self._dated()),
            flag=FLAG_ABSENT,
        )

    @staticmethod
    def _dated():
        sums = {
            name: SQL("e.category = %s", CATEGORY_NUMBER[name]) for name in CATEGORIES
        } | {"absent": SQL("true"), "chronic": SQL("e.flags & %s > 0", FLAG_CHRONIC)}
        return [
            SQL(
                "COALESCE(sum(e.portion) FILTER (WHERE %s), 0) AS %s",
                condition,
                SQL.identifier(name),
            )
            for name, condition in sums.items()
        ]

    def beyond(self, spec, measure, of_days):
        """Return the SQL of what typed totals add to a measure of `spec`, or None.

        :param of_days: it is set against school days: typed absences count where
            typed school days stand beside them, else a rate would be too high
        """
        if not self.asks_prior or not takes_prior(spec):
            return None
        column = SQL("COALESCE(prior.%s, 0)", SQL.identifier(measure))
        if of_days and measure != "possible":
            return SQL(
                "CASE WHEN prior.possible IS NOT NULL THEN %s ELSE 0 END", column
            )
        return column
