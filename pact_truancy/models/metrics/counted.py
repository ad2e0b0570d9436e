"""The rows that count, as a program reads them, and which of them make a sum."""

from odoo.tools import SQL

from ..facts.pact_attendance_event import (
    FLAG_ABSENT,
    FLAG_CAP_EXCUSED,
    FLAG_CHRONIC,
    FLAG_DOCUMENTED,
    FLAG_MINUTES_SHIFT,
    FLAG_VALID,
)
from ..facts.units import CATEGORY_NUMBER, DAY
from .driver import Driver
from .specs import EVENT_MEASURES, category_numbers, counted_measure
from .windows import all_of

UNEXCUSED = CATEGORY_NUMBER["unexcused"]
UNVERIFIED = CATEGORY_NUMBER["unverified"]
EXCUSED = CATEGORY_NUMBER["excused"]
MEDICAL = CATEGORY_NUMBER["medical"]
TARDY = CATEGORY_NUMBER["tardy"]
# `kind` of a counted row: its category, and so much more where it is no absence
PRESENT = 100


class Counted(Driver):
    """Rows of events under the counting rules (docs/counting.md), student by student:
    each SQL here stands in a LATERAL beside a row `d` of the driver."""

    def _is_inside(self, event):
        """Return the SQL of whether an event's date is one of the calendar as of D."""
        if not self._asks("previous"):
            return SQL("true")
        return SQL(
            """(NOT d.is_mixed OR %(event)s.date >= d.open_first
                AND get_bit(d.open, %(event)s.date - d.open_first) = 1)""",
            event=event,
        )

    def rows(self, condition=None):
        """Return a SELECT of the counted rows of the student of `d`, up to D, as the
        program reads them: event_id, date, school_id, code_id, held (category), kind,
        category, portion, flags, leads (the first part of an event), rule, beyond
        (unverified beyond the limit), pending, pending_until, inside.

        A portion that a rule turned stands in a row of its own.
        """
        rules = self.counting
        return SQL(
            """SELECT w.id AS event_id, w.date, w.school_id, w.code_id,
                      w.held, v.category, v.portion, w.flags, v.leads, v.rule,
                      v.beyond, w.pending_until, w.inside,
                      COALESCE(w.pending_until >= %(day)s, false) AS pending,
                      v.category + CASE WHEN w.flags & %(absent)s > 0 THEN 0
                                        ELSE %(present)s END AS kind
                 FROM (SELECT u.*, %(cap)s AS over_cap, %(limit)s AS over_limit,
                              %(probation)s AS on_probation
                         FROM (%(running)s) u
                       -- so that nothing is computed twice
                       OFFSET 0) w
                CROSS JOIN LATERAL (
                   SELECT w.over_cap
                          + CASE WHEN w.on_probation THEN w.over_limit ELSE 0 END
                          AS turned
                   OFFSET 0) t
                CROSS JOIN LATERAL (
                   VALUES (w.category, w.portion - t.turned,
                           t.turned < w.portion OR w.portion = 0,
                           CASE WHEN w.category <> w.held THEN 'medical' END,
                           w.over_limit - LEAST(w.over_limit, t.turned)),
                          (%(unexcused)s::int2, t.turned,
                           t.turned > 0 AND t.turned = w.portion,
                           CASE WHEN w.over_cap > 0 THEN 'cap'
                                ELSE 'unverified_limit' END,
                           LEAST(w.over_limit, t.turned))
                ) v (category, portion, leads, rule, beyond)
                WHERE v.portion > 0 OR w.portion = 0 AND v.leads""",
            day=self.day,
            absent=FLAG_ABSENT,
            present=PRESENT,
            unexcused=UNEXCUSED,
            cap=SQL(
                """CASE WHEN u.flags & %s > 0 AND u.category = %s AND u.flags & %s = 0
                        THEN LEAST(u.portion, GREATEST(0, u.excused - u.cap))
                        ELSE 0 END""",
                FLAG_ABSENT,
                EXCUSED,
                FLAG_CAP_EXCUSED,
            )
            if rules.excused_cap
            else SQL("0::bigint"),
            limit=SQL(
                """CASE WHEN u.flags & %s > 0 AND u.category = %s
                        THEN LEAST(u.portion, GREATEST(0, u.unverified - %s))
                        ELSE 0 END""",
                FLAG_ABSENT,
                UNVERIFIED,
                rules.unverified_limit * DAY,
            )
            if rules.unverified_limit
            else SQL("0::bigint"),
            probation=SQL(
                """COALESCE(u.date >= d.probation
                            AND u.date <= COALESCE(d.probation_end, 'infinity'), false)
                """
            ),
            running=self._running(condition or SQL("true")),
        )

    def _running(self, condition):
        """The counted rows with the running counts of their school year."""

        def so_far(category):
            return SQL(
                """sum(e.portion) FILTER (WHERE e.flags & %s > 0 AND t.category = %s)
                     OVER (PARTITION BY %s ORDER BY e.date, e.id)""",
                FLAG_ABSENT,
                category,
                self._year_number(SQL("e.date")),
            )

        return SQL(
            """SELECT e.id, e.date, e.school_id, e.code_id, e.portion, e.flags,
                      e.category AS held, t.category, %(inside)s AS inside,
                      %(cap)s AS cap,
                      %(excused)s AS excused, %(unverified)s AS unverified,
                      %(pending)s AS pending_until
                 FROM pact_attendance_event e
                 JOIN pact_school s ON s.id = e.school_id
                CROSS JOIN LATERAL (SELECT %(category)s AS category) t
                WHERE %(condition)s AND e.student_id = d.student_id AND e.is_counted
                  AND e.date BETWEEN d.year_low AND %(day)s""",
            inside=self._is_inside(SQL("e")),
            cap=self.cap,
            excused=so_far(EXCUSED),
            unverified=so_far(UNVERIFIED),
            pending=self._pending_until(),
            category=self._after_medical(),
            condition=condition,
            day=self.day,
        )

    def _after_medical(self):
        """The category after the medical letter's rule (SOP-17)."""
        if not self.medical:
            return SQL("e.category")
        return SQL(
            """CASE WHEN e.flags & %s = %s AND e.category IN (%s, %s, %s)
                         AND e.date >= d.medical
                         AND e.date <= COALESCE(d.medical_end, 'infinity')
                    THEN %s::int2 ELSE e.category END""",
            FLAG_ABSENT | FLAG_DOCUMENTED,
            FLAG_ABSENT,
            EXCUSED,
            MEDICAL,
            UNVERIFIED,
            UNEXCUSED,
        )

    def _pending_until(self):
        """The last day on which an absence may still be explained (rule 4); NULL for
        one that may not."""
        rules = self.counting
        if not rules.grace_days:
            return SQL("NULL::date")
        day_at = """(SELECT k.date FROM pact_school_day k
                      WHERE k.calendar_id = d.calendar_id AND k.is_school_day
                        AND k.day_index = %s + %s)"""
        back = SQL(
            """(SELECT o.day_index FROM pact_school_day o
                  JOIN pact_attendance_received r ON r.school_id = d.school_id
                   AND r.date = o.date
                 WHERE o.calendar_id = d.calendar_id AND o.is_school_day
                   AND o.date > e.date AND o.date <= %s
                   AND (SELECT COALESCE(sum(b.portion), 0)
                          FROM pact_attendance_event b
                         WHERE b.student_id = d.student_id AND b.is_counted
                           AND b.date = o.date AND b.flags & %s > 0) < %s
                 ORDER BY o.date LIMIT 1)""",
            self.day,
            FLAG_ABSENT,
            DAY,
        )
        itself = SQL(
            """COALESCE((SELECT o.day_index FROM pact_school_day o
                          WHERE o.calendar_id = d.calendar_id
                            AND o.day_index IS NOT NULL AND o.date <= e.date
                          ORDER BY o.date DESC LIMIT 1), 0)"""
        )
        return SQL(
            """CASE WHEN e.flags & %s = %s AND e.category IN (%s, %s)
                         AND e.date >= d.grace_low
                    THEN LEAST(COALESCE(%s, 'infinity'), COALESCE(%s, 'infinity'))
                    END::date""",
            FLAG_ABSENT | FLAG_DOCUMENTED,
            FLAG_ABSENT,
            UNEXCUSED,
            UNVERIFIED,
            SQL(day_at, back, rules.grace_days),
            SQL(day_at, itself, rules.grace_latest),
        )

    def evidence_of(self, spec, exact=True):
        """Return (condition on a row `a` to be one that makes the value of `spec`, SQL
        of its portion); None for a number that no event makes.

        :param exact: see `condition`
        """
        measure = counted_measure(spec.measure)
        if measure == "possible":
            return None
        part = spec._replace(measure=measure)
        conditions = self.condition(part, exact)
        if measure not in EVENT_MEASURES:
            conditions.append(SQL("a.portion > 0"))
        return all_of(conditions), self._amount(part)

    def condition(self, part, exact):
        """Return the condition on a row `a` to be one of `part`, its window included.

        :param exact: whether `a` comes from `rows`, else from the index alone
        """
        program = part.counting == "program"
        # the category first: it is what most rows fail
        conditions = []
        if part.measure == "excluded":
            numbers = (*self.excluded, *(n + PRESENT for n in self.excluded))
            conditions.append(SQL("a.kind IN %s", numbers))
        elif part.measure == "tardy":
            conditions.append(SQL("a.kind IN (%s, %s)", TARDY, TARDY + PRESENT))
        elif part.measure == "truancy":
            conditions.append(self._is_truancy(exact and program))
        elif part.measure == "pending":
            conditions.append(SQL("a.pending AND a.kind < %s", PRESENT))
        elif part.measure == "unverified_beyond":
            conditions.append(SQL("a.beyond > 0"))
        else:
            conditions.append(self._is_category(part, exact and program))
        return conditions + self._inside(part.window, part.size)

    @property
    def excluded(self):
        """The numbers of the categories that the program leaves out."""
        return tuple(CATEGORY_NUMBER[code] for code in self.counting.excluded)

    def _is_category(self, part, turned):
        numbers = category_numbers(part.measure)
        if numbers:
            condition = SQL("a.kind = %s", numbers[0])
            if turned and part.measure in ("unexcused", "unverified"):
                condition = SQL("%s AND NOT a.pending", condition)
            return condition
        conditions = [SQL("a.kind < %s", PRESENT)]
        if self._excludes(part):
            conditions.append(SQL("a.kind NOT IN %s", self.excluded))
        if part.measure == "chronic":
            conditions.append(SQL("a.flags & %s > 0", FLAG_CHRONIC))
        return all_of(conditions)

    def _is_truancy(self, turned):
        minutes = SQL("(a.flags >> %s)", FLAG_MINUTES_SHIFT)
        return SQL(
            """(a.kind = %(unexcused)s AND a.portion > 0 %(pending)s
                AND (%(minutes)s = 0 OR %(minutes)s > %(limit)s)
                OR a.kind IN (%(tardy)s, %(late)s) AND a.flags & %(valid)s = 0
                   AND %(minutes)s > %(limit)s)""",
            unexcused=UNEXCUSED,
            pending=SQL("AND NOT a.pending") if turned else SQL(""),
            minutes=minutes,
            limit=self.counting.tardy_minutes,
            tardy=TARDY,
            late=TARDY + PRESENT,
            valid=FLAG_VALID,
        )

    @staticmethod
    def _amount(part):
        return SQL("a.beyond" if part.measure == "unverified_beyond" else "a.portion")

    def _plain_condition(self, part):
        """As `condition`, over `rows`, but by the category that the code says."""
        return [
            *self._inside(part.window, part.size),
            SQL("a.held = ANY(%s)", category_numbers(part.measure)),
            SQL("a.flags & %s > 0", FLAG_ABSENT),
        ]
