from odoo import api, models
from odoo.tools import SQL

from .prior import prior_measure, takes_prior
from .specs import PLAIN, RATE_MEASURES, Spec, is_valid
from .statement import Statement
from .windows import array


class PactMetrics(models.AbstractModel):
    """The one place that turns attendance into numbers.

    Any set of students, any day D, any list of specs: one statement (`statement.py`).
    A number does not depend on who asks: rights restrict the students that a caller
    passes in, never the events that are counted.

    What counts is decided in docs/counting.md.

    The arguments of all methods:

    :param students: `pact.student` records; or a domain (Domain or list), searched
        without regard to rights; or None for all students
    :param day: date D; the numbers are as of its end
    :param specs: iterable of Spec (specs.py)
    :param counting: `Counting`, the program's rules, for specs that ask for them
    :param starts: {name: {student id: date}}: dates of each student on which windows
        and rules begin and end (statement.STARTS)
    """

    _name = "pact.metrics"
    _description = "Attendance Numbers"

    @api.model
    def _read(self, students, day, specs, counting=PLAIN, starts=None):
        """Return the values of `specs` as of the end of `day`.

        :return: {student id: {spec: value}}: 1/25200 day, or a number of occasions or
            dates; of a rate the pair (numerator, denominator); None where the window
            has no beginning. A student without an enrollment up to `day` is missing.
        """
        specs = list(dict.fromkeys(specs))
        if not specs:
            return {}
        sql, columns = self._select(students, day, specs, counting, starts)
        places, place = {}, 1
        for spec in specs:
            places[spec] = slice(place, place + len(columns[spec]))
            place += len(columns[spec])
        return {
            row[0]: {spec: _value(row[where]) for spec, where in places.items()}
            for row in self._query(sql)
        }

    @api.model
    def _select(self, students, day, specs, counting=PLAIN, starts=None, evidenced=()):
        """Return the statement itself, to work on in the database.

        :param evidenced: those of `specs` of which the days that make the number are
            asked, too
        :return: (SQL of a SELECT of student_id and the columns of each spec, {spec:
            list of column names: one, for a rate numerator and denominator; of an
            evidenced one also of its days, an array (packed.py), NULL for none})
        """
        statement = self._statement(students, day, specs, counting, starts)
        select, columns = statement.select(evidenced)
        return SQL("%s %s", statement.with_clause(), select), columns

    @api.model
    def _read_evidence(self, students, day, spec, counting=PLAIN, starts=None):
        """Return the rows that make the value of `spec`, in order of date; of a rate
        those of its numerator ('absent' for an attendance rate).

        :return: {student id: [dict]} with the keys event_id, date, school_id, code_id,
            held (category number as coded), category (as counted), portion (1/25200
            day), rule (None, 'cap', 'medical' or 'unverified_limit': what turned it),
            pending_until (date or None)
        """
        if spec.counting == "plain":
            counting = PLAIN._replace(tardy_minutes=counting.tardy_minutes)
        statement = self._statement(students, day, [spec], counting, starts)
        evidence = statement.evidence_of(spec)
        if evidence is None:
            return {}
        inside, amount = evidence
        rows = self._query(
            SQL(
                """%(with)s
                   SELECT d.student_id, a.event_id, a.date, a.school_id, a.code_id,
                          a.held, a.category, %(amount)s, a.rule, a.pending_until
                     FROM driver d CROSS JOIN LATERAL (%(rows)s) a
                    WHERE %(inside)s
                    ORDER BY d.student_id, a.date, a.event_id, a.rule NULLS FIRST""",
                **{"with": statement.with_clause()},
                amount=amount,
                rows=statement.rows(),
                inside=inside,
            )
        )
        names = (
            "event_id", "date", "school_id", "code_id", "held", "category", "portion",
            "rule", "pending_until",
        )  # fmt: skip
        result = {}
        for student_id, *values in rows:
            row = dict(zip(names, values, strict=True))
            result.setdefault(student_id, []).append(row)
        if spec.window == "any_month":
            result = {key: _best_month(rows, spec) for key, rows in result.items()}
        return result

    @api.model
    def _read_window(self, students, day, spec, counting=PLAIN, starts=None):
        """Return {student id: (first date, last date, school days in the window)}.

        School days are those of the calendar as of D, for 'enrolled' the student's own;
        a window longer than the record says what it has. (None, None, 0) where the
        window has no beginning.
        """
        statement = self._statement(students, day, [spec], counting, starts)
        low, high = statement.low(spec.window, spec.size), statement.high(spec.window)
        days = SQL(
            """SELECT o.date FROM pact_school_day o
                WHERE o.calendar_id = d.calendar_id AND o.is_school_day
                  AND o.date BETWEEN %s AND %s""",
            low,
            high,
        )
        if spec.window == "enrolled":
            days = statement.dates_of(low, high, received=False)
        rows = self._query(
            SQL(
                """%(with)s
                   SELECT d.student_id, o.first, o.last, o.days
                     FROM driver d
                    CROSS JOIN LATERAL (
                      SELECT min(i.date) AS first, max(i.date) AS last, count(*) AS days
                        FROM (%(days)s) i) o""",
                **{"with": statement.with_clause()},
                days=days,
            )
        )
        return {student_id: tuple(rest) for student_id, *rest in rows}

    @api.model
    def _read_gaps(self, students, day, spec, counting=PLAIN, starts=None):
        """Return {student id: [dates]}: the student's school days in the window of
        which no attendance was received; students without such a day are missing."""
        statement = self._statement(students, day, [spec], counting, starts)
        low, high = statement.low(spec.window, spec.size), statement.high(spec.window)
        rows = self._query(
            SQL(
                """%(with)s,
                   -- only who was at a school of which a day is missing is read by day
                   gappy AS MATERIALIZED (
                     SELECT p.school_id, p.calendar_id
                       FROM (SELECT DISTINCT school_id, calendar_id FROM spans) p
                      WHERE EXISTS (
                        SELECT 1 FROM pact_school_day o
                         WHERE o.calendar_id = p.calendar_id AND o.is_school_day
                           AND o.date BETWEEN (SELECT min(low) FROM driver) AND %(day)s
                           AND NOT EXISTS (
                               SELECT 1 FROM pact_attendance_received r
                                WHERE r.school_id = p.school_id AND r.date = o.date)))
                   SELECT d.student_id, array_agg(a.date ORDER BY a.date)
                     FROM (SELECT * FROM driver WHERE student_id IN (
                             SELECT s.student_id FROM spans s
                               JOIN gappy g ON g.school_id = s.school_id
                                AND g.calendar_id = s.calendar_id)) d
                    CROSS JOIN LATERAL (
                      SELECT i.date, i.inside FROM (%(every)s) i
                      EXCEPT
                      SELECT i.date, i.inside FROM (%(received)s) i) a
                    WHERE %(inside)s
                    GROUP BY d.student_id""",
                **{"with": statement.with_clause()},
                day=day,
                every=statement.dates_of(low, high, received=False),
                received=statement.dates_of(low, high),
                inside=SQL("a.inside") if spec.window == "previous" else SQL("true"),
            )
        )
        return dict(rows)

    @api.model
    def _read_bounds(self, students, day, spec, counting=PLAIN, starts=None):
        """Return {student id: (calendar id, first day, last day)} of the window."""
        statement = self._statement(students, day, [spec], counting, starts)
        return {
            student_id: (calendar, low, high)
            for student_id, calendar, low, high in self._query(
                SQL(
                    "%s SELECT d.student_id, d.calendar_id, %s, %s FROM driver d",
                    statement.with_clause(),
                    statement.low(spec.window, spec.size),
                    statement.high(spec.window),
                )
            )
        }

    @api.model
    def _statement(self, students, day, specs, counting, starts):
        specs = list(dict.fromkeys(Spec(*spec) for spec in specs))
        for spec in specs:
            if not is_valid(spec):
                raise ValueError(f"This cannot be counted: {spec}")
        if isinstance(students, models.BaseModel):
            ids = set(students.ids)
            starts = {
                name: {i: dates[i] for i in ids & dates.keys()}
                for name, dates in (starts or {}).items()
            }
        self.env.flush_all()
        years = self.env["pact.school.year"].sudo().search([], order="date_start")
        statement = Statement(
            self._asked(students),
            day,
            specs,
            counting,
            starts,
            [(year.date_start, year.date_end) for year in years],
        )
        if any(takes_prior(spec) for spec in specs):
            statement.has_prior = self._has_prior(years, day)
        return statement

    @api.model
    def _has_prior(self, years, day):
        """Return whether any typed total counts in the school year of `day`: where
        there is none, the statement asks for none."""
        year = years.filtered(lambda one: one.date_start <= day <= one.date_end)
        # sudo: whether there is any; a number does not depend on who asks
        priors_sudo = self.env["pact.attendance.prior"].sudo()
        return bool(year) and bool(
            priors_sudo.search_count(
                [
                    ("year_id", "=", year.id),
                    ("is_withdrawn", "!=", True),
                    ("date_through", "<=", day),
                ],
                limit=1,
            )
        )

    @api.model
    def _read_prior(self, students, day, spec, counting=PLAIN, starts=None):
        """Return what typed totals have to do with `spec` as of `day`.

        :return: {student id: (last day of the totals, portion without dates that
            `spec` counts, portion without dates in its window that it does not
            count)}; of a rate its numerator. Students without totals are missing.
        """
        asked = spec._replace(window="year", size=0)
        if not takes_prior(asked):
            return {}
        statement = self._statement(students, day, [asked, spec], counting, starts)
        if not statement.asks_prior:
            return {}
        measure = prior_measure(spec)
        counts = takes_prior(spec)
        of_days = RATE_MEASURES.get(spec.measure, ("", ()))[1][1:] == ("possible",)
        rows = self._query(
            SQL(
                """%(with)s SELECT prior.student_id, prior.through, %(column)s,
                          %(low)s <= prior.through, prior.possible IS NOT NULL
                     FROM prior JOIN driver d ON d.student_id = prior.student_id""",
                **{"with": statement.with_clause()},
                column=SQL("COALESCE(prior.%s, 0)", SQL.identifier(measure)),
                low=statement.low(spec.window, spec.size),
            )
        )
        result = {}
        for student_id, through, portion, reaches, has_days in rows:
            taken = counts and (has_days or not (of_days or spec.measure == "attended"))
            if portion and reaches:
                result[student_id] = (
                    through,
                    portion if taken else 0,
                    0 if taken else portion,
                )
        return result

    @api.model
    def _asked(self, students):
        """Return the SQL of the ids of `students`, None for all."""
        if students is None:
            return None
        if isinstance(students, models.BaseModel):
            return SQL("SELECT unnest(%s)", array(students.ids, "int"))
        # sudo: see the class: callers pass the students that they may ask about
        found = self.env["pact.student"].sudo()._search(students)
        return found.subselect()

    @api.model
    def _query(self, sql):
        """Run a statement of this engine. Compiling it costs more than it saves: 1.3 of
        1.55 s were seen in JIT on a database whose small tables had no statistics. A
        row a student is sorted in memory."""
        self._prepare()
        return self.env.execute_query(sql)

    @api.model
    def _prepare(self):
        """Set what `_query` needs, for who runs the statement of `_select` itself."""
        self.env.cr.execute(
            "SELECT set_config('jit', 'off', true),"
            " set_config('work_mem', '64MB', true)"
        )


def _best_month(rows, spec):
    """Return the rows of the month with the most, the first of equals."""
    months = {}
    for row in rows:
        months.setdefault((row["date"].year, row["date"].month), []).append(row)

    def size(month):
        if spec.unit == "days":
            return sum(row["portion"] for row in month)
        return len({row["date" if spec.unit == "dates" else "event_id"]
                    for row in month})  # fmt: skip

    return max(months.values(), key=size)


def _value(columns):
    """Return one value, or the pair of a rate; None where it is empty."""
    if len(columns) == 1:
        return columns[0]
    return None if columns[0] is None else tuple(columns)
