from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .pact_attendance_event import FLAGS_OF_STAFF, flags_of_code
from .pact_attendance_event_stage import SAME_SAID
from .statistics import analyze, copy_into, vacuum_after
from .units import CATEGORIES, DAY, format_days

HISTORY = "pact_attendance_change"


class PactAttendanceEvent(models.Model):
    """The set-based way in, second half: write what `_stage` found.

    A few statements for any number of rows. Used by imports and by the demo data;
    nothing else writes attendance in bulk.
    """

    _inherit = "pact.attendance.event"

    @api.model
    def _copy_into(self, table, columns, rows):
        """COPY an iterable of tuples into `table`; constant memory."""
        copy_into(self.env.cr, table, columns, rows)

    @api.model
    def _apply_stage(self, source, reason=None, history=None):
        """Write what `_stage` found: events, their history, and which of them count.

        Where staff decided on an event, what holds stays; what the source says now
        stands beside it.

        :param reason: text for the history
        :param history: {column of `pact.attendance.change`: value} for each history row
        """
        cr = self.env.cr
        history = {"reason": reason, "create_uid": self.env.uid, **(history or {})}
        written = self._insert_new(source, history)
        cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_event_before ON COMMIT DROP AS
                   SELECT e.id, e.code_id, e.portion, e.is_withdrawn, t.operation,
                          %s AS by_rule, jsonb_build_object(
                              'code_id', e.source_code_id,
                              'portion', e.source_portion,
                              'sent_portion', e.source_sent_portion,
                              'minutes', e.source_minutes, 'reason', e.source_reason,
                              'periods', e.source_periods, 'part', e.source_part,
                              'day_minutes', e.source_day_minutes) AS said
                     FROM pact_event_stage t JOIN pact_attendance_event e
                       ON e.id = t.event_id
                    WHERE t.operation IN ('changed', 'withdrawn')""",
                SAME_SAID,
            )
        )
        if cr.rowcount:
            written += cr.rowcount
            cr.execute("ANALYZE pact_event_before")
            self._update_changed(history)
        cr.execute("DROP TABLE pact_event_before")
        self.invalidate_model()
        self._refresh_notes(staged=True)
        self._refresh_counted(staged=True)
        vacuum_after(cr, written, self._table)

    @api.model
    def _insert_new(self, source, history):
        """Write the new events with their history in one statement, and whether they
        count with them: none is touched again. Returns how many."""
        cr = self.env.cr
        self._stage_counted()
        cr.execute(
            SQL(
                """WITH made AS (
                   INSERT INTO pact_attendance_event
                      (student_id, school_id, date, source_id, source_key,
                       source_code_id, source_portion, source_minutes, source_reason,
                       source_sent_portion, source_periods, source_part,
                       source_day_minutes, code_id, portion, reason, category, flags,
                       is_withdrawn, is_counted, is_documented, create_uid,
                       create_date, write_uid, write_date)
                   SELECT t.student_id, t.school_id, t.date, %(source)s, t.source_key,
                          t.code_id, t.portion, t.minutes, t.reason, t.sent_portion,
                          t.periods, t.part, t.day_minutes, t.code_id, t.portion,
                          t.reason, n.number, %(flags)s, false, k.line IS NOT NULL,
                          false, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                          now() AT TIME ZONE 'UTC'
                     FROM pact_event_stage t
                     JOIN pact_attendance_code c ON c.id = t.code_id
                     JOIN %(categories)s n ON n.code = c.category
                     LEFT JOIN pact_event_counted k ON k.line = t.line
                    WHERE t.operation = 'new'
                    ORDER BY t.student_id, t.date, t.line
                   RETURNING id, student_id, school_id, date, code_id, portion)
                   INSERT INTO pact_attendance_change (event_id, student_id, school_id,
                          date, operation, code_after_id, portion_before,
                          portion_after, create_date, %(columns)s)
                   SELECT id, student_id, school_id, date, 'create', code_id, 0,
                          portion, now() AT TIME ZONE 'UTC', %(values)s
                     FROM made""",
                source=source.id,
                flags=SQL(flags_of_code("c", "t.minutes")),
                uid=self.env.uid,
                categories=SQL(self._category_values()),
                columns=SQL(", ").join(map(SQL.identifier, history)),
                values=SQL(", ").join(SQL("%s", v) for v in history.values()),
            )
        )
        written = cr.rowcount
        cr.execute("DROP TABLE pact_event_counted")
        analyze(cr, written, self._table, HISTORY)
        return written

    @api.model
    def _update_changed(self, history):
        """Write the changed and the withdrawn events and their history."""
        cr = self.env.cr
        cr.execute(
            SQL(
                """UPDATE pact_attendance_event e
                  SET source_code_id = t.code_id, source_portion = t.portion,
                      source_minutes = t.minutes, source_reason = t.reason,
                      source_sent_portion = t.sent_portion,
                      source_periods = t.periods, source_part = t.part,
                      source_day_minutes = t.day_minutes,
                      code_id = CASE WHEN e.decided_by_id IS NULL THEN t.code_id
                                     ELSE e.code_id END,
                      portion = CASE WHEN e.decided_by_id IS NULL THEN t.portion
                                     ELSE e.portion END,
                      reason = CASE WHEN e.decided_by_id IS NULL THEN t.reason
                                    ELSE e.reason END,
                      category = CASE WHEN e.decided_by_id IS NULL THEN n.number
                                      ELSE e.category END,
                      flags = CASE WHEN e.decided_by_id IS NULL
                                   THEN (e.flags & %(keep)s) | %(flags)s
                                   ELSE e.flags END,
                      is_withdrawn = false, write_uid = %(uid)s,
                      write_date = now() AT TIME ZONE 'UTC'
                 FROM pact_event_stage t
                 JOIN pact_attendance_code c ON c.id = t.code_id
                 JOIN %(categories)s n ON n.code = c.category
                WHERE t.operation = 'changed' AND e.id = t.event_id""",
                keep=FLAGS_OF_STAFF,
                flags=SQL(flags_of_code("c", "t.minutes")),
                uid=self.env.uid,
                categories=SQL(self._category_values()),
            )
        )
        cr.execute(
            SQL(
                """UPDATE pact_attendance_event e
                      SET is_withdrawn = true, write_uid = %s,
                          write_date = now() AT TIME ZONE 'UTC'
                     FROM pact_event_stage t
                    WHERE t.operation = 'withdrawn' AND e.id = t.event_id""",
                self.env.uid,
            )
        )
        cr.execute(
            SQL(
                """INSERT INTO pact_attendance_change
                      (event_id, student_id, school_id, date, operation,
                       code_before_id, code_after_id, portion_before, portion_after,
                       said_before, create_date, %(columns)s)
               SELECT e.id, e.student_id, e.school_id, e.date,
                      CASE WHEN b.operation = 'withdrawn' THEN 'withdraw'
                           WHEN b.is_withdrawn THEN 'restore'
                           WHEN b.by_rule THEN 'rule' ELSE 'source' END,
                      b.code_id,
                      CASE WHEN b.operation = 'withdrawn' THEN NULL ELSE e.code_id END,
                      b.portion,
                      CASE WHEN b.operation = 'withdrawn' THEN 0 ELSE e.portion END,
                      b.said, now() AT TIME ZONE 'UTC', %(values)s
                 FROM pact_event_before b
                 JOIN pact_attendance_event e ON e.id = b.id""",
                columns=SQL(", ").join(map(SQL.identifier, history)),
                values=SQL(", ").join(SQL("%s", v) for v in history.values()),
            )
        )

    @api.model
    def _category_values(self):
        """Return the categories as an SQL table (code, number)."""
        rows = ", ".join(f"('{code}', {number}::int2)" for code, number in CATEGORIES)
        return f"(SELECT * FROM (VALUES {rows}) v (code, number))"

    @api.model
    def _check_days(self, student_ids, dates):
        """Refuse a student-day of more than one whole day of absence, across schools
        and sources.

        :raise ValidationError: names the student, the day and the rows
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT e.student_id, e.date, sum(e.portion),
                          string_agg(c.code || ' ' || s.name, ', ' ORDER BY e.id)
                     FROM pact_attendance_event e
                     JOIN pact_attendance_code c ON c.id = e.code_id
                     JOIN pact_school s ON s.id = e.school_id
                    WHERE e.student_id = ANY(%s) AND e.date = ANY(%s)
                      AND e.is_withdrawn IS NOT TRUE AND c.is_absent
                    GROUP BY e.student_id, e.date HAVING sum(e.portion) > %s
                    LIMIT 1""",
                list(student_ids),
                list(dates),
                DAY,
            )
        )
        for student, day, total, names in rows:
            raise ValidationError(
                self.env._(
                    "%(student)s would be absent %(days)s days on %(date)s: %(rows)s.",
                    student=self.env["pact.student"].browse(student).sudo().name,
                    days=format_days(total),
                    date=day,
                    rows=names,
                )
            )
