from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .pact_attendance_event import FLAGS_OF_STAFF, flags_of_code
from .statistics import analyze
from .units import DAY, format_days

# One row of a file as `_stage` takes it.
STAGE_COLUMNS = (
    "line",
    "student_id",
    "school_id",
    "date",
    "source_key",
    "code_id",
    "sent_portion",
    "minutes",
    "reason",
    "part",
    "periods",
)
# Whether the source says of the event `e` in the staged row `t` what it said before.
SAME_SAID = SQL(
    """((e.source_code_id, COALESCE(e.source_minutes, 0), COALESCE(e.source_reason, ''),
         COALESCE(e.source_periods, 0), COALESCE(e.source_part, ''),
         e.source_sent_portion)
        IS NOT DISTINCT FROM
        (t.code_id, COALESCE(t.minutes, 0), COALESCE(t.reason, ''),
         COALESCE(t.periods, 0), COALESCE(t.part, ''), t.sent_portion))"""
)


class PactAttendanceEvent(models.Model):
    """The set-based way in: stage rows, see what would change, apply it.

    A few statements for any number of rows. Used by imports and by the demo data;
    nothing else writes attendance in bulk.
    """

    _inherit = "pact.attendance.event"

    @api.model
    def _stage(
        self, source, rows, replace=None, by_row_id=False, kept=(), day_minutes=None
    ):
        """Compare `rows` with what `source` sent before; writes no event.

        :param source: `pact.source` record
        :param rows: iterable of tuples in the order of STAGE_COLUMNS (date: date;
            sent_portion: 1/25200 day, None where the source does not say; minutes,
            reason, part and periods may be None). The school's roll-up rule makes the
            portion of it (`pact.attendance.rollup`). A code of category present says
            that nothing is left of that day (`line` may be None). A code that is not
            known yet has a negative number and is an absence.
        :param replace: None, or (school ids, first date, last date): in this span what
            the file no longer contains is withdrawn
        :param by_row_id: `source_key` is the source's own row id. Otherwise a
            student-day at a school is the unit: its rows that are no longer in the file
            are withdrawn.
        :param kept: pairs (student id, date or None for each) of which nothing is
            withdrawn: the file has a row for them that could not be read
        :param day_minutes: minutes of a whole day as the file itself says, used where
            the school has no roll-up rule
        :return: dict of counts: new, changed, unchanged, withdrawn, rejected. The rows
            stay in the temporary table `pact_event_stage` (with `operation`,
            `event_id`, `problem`) until the transaction ends or `_stage` runs again;
            withdrawn events stand there too, without line.
        """
        cr = self.env.cr
        self.env.flush_all()
        cr.execute("DROP TABLE IF EXISTS pact_event_stage")
        cr.execute(
            """CREATE TEMP TABLE pact_event_stage (
                line integer, student_id integer, school_id integer, date date,
                source_key text, code_id integer, portion integer, minutes integer,
                reason text, event_id integer, operation text, problem text,
                sent_portion integer, part text, periods integer, day_minutes integer
               ) ON COMMIT DROP"""
        )
        with_copy = (
            tuple(None if value is False else value for value in row) for row in rows
        )
        self._copy_into("pact_event_stage", STAGE_COLUMNS, with_copy)
        cr.execute("ANALYZE pact_event_stage")
        self.env["pact.attendance.rollup"]._stage_portions(
            source, by_row_id, replace, day_minutes
        )
        cr.execute("CREATE INDEX ON pact_event_stage (student_id, date)")
        cr.execute("ANALYZE pact_event_stage")
        self._stage_match(source)
        # again, now that operation and event_id are set: while the planner takes them
        # for NULL it nests a loop over all events into each of the staged rows
        cr.execute("CREATE INDEX ON pact_event_stage (event_id)")
        cr.execute("ANALYZE pact_event_stage")
        self._stage_withdrawals(source, replace, by_row_id)
        if kept:
            students, days = zip(*kept, strict=True)
            cr.execute(
                """DELETE FROM pact_event_stage t
                    USING unnest(%s::integer[], %s::date[]) k (student_id, date)
                    WHERE t.operation = 'withdrawn' AND t.student_id = k.student_id
                      AND (k.date IS NULL OR k.date = t.date)""",
                (list(students), list(days)),
            )
        cr.execute("DELETE FROM pact_event_stage WHERE operation = 'present'")
        self._stage_reject_full_days()
        cr.execute("SELECT operation, count(*) FROM pact_event_stage GROUP BY 1")
        counts = dict.fromkeys(("new", "changed", "unchanged", "withdrawn"), 0)
        return {**counts, "rejected": 0, **dict(cr.fetchall())}

    @api.model
    def _copy_into(self, table, columns, rows):
        """COPY an iterable of tuples into `table`; constant memory."""
        cr = self.env.cr

        def encode(value):
            if value is None:
                return "\\N"
            text = str(value)
            for char, escaped in (
                ("\\", "\\\\"),
                ("\t", "\\t"),
                ("\n", "\\n"),
                ("\r", "\\r"),
            ):
                text = text.replace(char, escaped)
            return text

        lines = ("\t".join(map(encode, row)) + "\n" for row in rows)
        cr._obj.copy_expert(
            f"COPY {table} ({', '.join(columns)}) FROM STDIN", _Reader(lines)
        )

    @api.model
    def _stage_match(self, source):
        """Set `event_id` and the operation new, changed or unchanged."""
        self.env.cr.execute(
            """UPDATE pact_event_stage t SET operation = 'present'
                 FROM pact_attendance_code c
                WHERE c.id = t.code_id AND c.category = 'present'"""
        )
        self.env.cr.execute(
            SQL(
                """UPDATE pact_event_stage t
                      SET event_id = e.id,
                          operation = CASE WHEN e.id IS NULL THEN 'new'
                             WHEN e.is_withdrawn
                               OR e.source_portion <> t.portion OR NOT %s
                             THEN 'changed' ELSE 'unchanged' END
                     FROM pact_event_stage k
                     LEFT JOIN pact_attendance_event e
                       ON e.student_id = k.student_id AND e.school_id = k.school_id
                      AND e.date = k.date AND e.source_id = %s
                      AND e.source_key = k.source_key
                    WHERE k.line = t.line AND t.operation IS NULL""",
                SAME_SAID,
                source.id,
            )
        )

    @api.model
    def _stage_withdrawals(self, source, replace, by_row_id):
        """Add what the source sent before and no longer sends."""
        if by_row_id:
            # by the row id alone: it may have moved to another day or student
            scopes = [
                SQL(
                    """SELECT e.id FROM pact_attendance_event e
                         JOIN pact_event_stage t ON t.source_key = e.source_key
                        WHERE e.source_id = %s AND t.event_id IS DISTINCT FROM e.id""",
                    source.id,
                )
            ]
        else:
            scopes = [
                SQL(
                    """SELECT e.id FROM pact_attendance_event e
                         JOIN pact_event_stage t
                           ON t.student_id = e.student_id AND t.date = e.date
                          AND t.school_id = e.school_id
                        WHERE e.source_id = %s""",
                    source.id,
                )
            ]
        if replace:
            schools, date_from, date_to = replace
            scopes.append(
                SQL(
                    """SELECT e.id FROM pact_attendance_event e
                        WHERE e.school_id = ANY(%s) AND e.date BETWEEN %s AND %s""",
                    list(schools),
                    date_from,
                    date_to,
                )
            )
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_event_stage (student_id, school_id, date,
                          source_key, code_id, portion, event_id, operation)
                   SELECT e.student_id, e.school_id, e.date, e.source_key, e.code_id,
                          e.portion, e.id, 'withdrawn'
                     FROM pact_attendance_event e
                     JOIN (%s) scope USING (id)
                    WHERE e.source_id = %s AND e.is_withdrawn IS NOT TRUE
                      AND NOT EXISTS (SELECT 1 FROM pact_event_stage t
                                       WHERE t.event_id = e.id)""",
                SQL(" UNION ").join(scopes),
                source.id,
            )
        )

    @api.model
    def _stage_reject_full_days(self):
        """Reject the rows of a student-day that would hold more than one whole day of
        absence, over all schools and sources, and leave that student-day as it is."""
        self.env.cr.execute(
            SQL(
                """WITH touched AS (
                     SELECT DISTINCT student_id, date FROM pact_event_stage
                      WHERE operation IN ('new', 'changed')),
                   held AS (  -- what would hold after the import
                     SELECT t.student_id, t.date, t.line, c.code, t.school_id,
                            CASE WHEN e.decided_by_id IS NULL THEN t.portion
                                 ELSE e.portion END AS portion
                       FROM pact_event_stage t
                       LEFT JOIN pact_attendance_event e ON e.id = t.event_id
                       LEFT JOIN pact_attendance_code c ON c.id =
                            CASE WHEN e.decided_by_id IS NULL THEN t.code_id
                                 ELSE e.code_id END
                      WHERE t.operation <> 'withdrawn'
                        AND COALESCE(c.is_absent, t.code_id < 0)
                        AND (t.student_id, t.date) IN (SELECT * FROM touched)
                     UNION ALL
                     SELECT e.student_id, e.date, NULL, c.code, e.school_id, e.portion
                       FROM pact_attendance_event e
                       JOIN touched USING (student_id, date)
                       JOIN pact_attendance_code c ON c.id = e.code_id
                      WHERE e.is_withdrawn IS NOT TRUE AND c.is_absent
                        AND NOT EXISTS (SELECT 1 FROM pact_event_stage t
                                         WHERE t.event_id = e.id)),
                   full_days AS (
                     SELECT student_id, date, sum(portion) AS total,
                            string_agg(concat_ws(' ', held.code, s.name,
                                       'line ' || line), ', ' ORDER BY line) AS names
                       FROM held JOIN pact_school s ON s.id = held.school_id
                      GROUP BY student_id, date HAVING sum(portion) > %(day)s)
                   UPDATE pact_event_stage t
                      SET problem = f.total || '|' || f.names,
                          operation = CASE WHEN t.operation = 'withdrawn'
                                           THEN 'kept' ELSE 'rejected' END
                     FROM full_days f
                    WHERE f.student_id = t.student_id AND f.date = t.date""",
                day=DAY,
            )
        )
        self.env.cr.execute("DELETE FROM pact_event_stage WHERE operation = 'kept'")
        self.env.cr.execute(
            "SELECT DISTINCT problem FROM pact_event_stage WHERE problem IS NOT NULL"
        )
        problems = [problem for (problem,) in self.env.cr.fetchall()]
        texts = []
        for problem in problems:
            total, names = problem.split("|", 1)
            texts.append(
                self.env._(
                    "More than one whole day on one date: %(days)s days (%(rows)s).",
                    days=format_days(int(total)),
                    rows=names,
                )
            )
        self.env.cr.execute(
            """UPDATE pact_event_stage t SET problem = w.text
                 FROM unnest(%s::text[], %s::text[]) w (problem, text)
                WHERE t.problem = w.problem""",
            (problems, texts),
        )

    @api.model
    def _apply_stage(self, source, reason=None):
        """Write what `_stage` found: events, their history, and which of them count.

        Where staff decided on an event, what holds stays; what the source says now
        stands beside it.
        """
        cr = self.env.cr
        values = {
            "source": source.id,
            "uid": self.env.uid,
            "reason": reason,
        }
        cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_event_before ON COMMIT DROP AS
                   SELECT e.id, e.code_id, e.portion, e.is_withdrawn, t.operation,
                          %s AS by_rule
                     FROM pact_event_stage t JOIN pact_attendance_event e
                       ON e.id = t.event_id
                    WHERE t.operation IN ('changed', 'withdrawn')""",
                SAME_SAID,
            )
        )
        cr.execute("ANALYZE pact_event_before")
        cr.execute(
            """INSERT INTO pact_attendance_event
                      (student_id, school_id, date, source_id, source_key,
                       source_code_id, source_portion, source_minutes, source_reason,
                       source_sent_portion, source_periods, source_part,
                       source_day_minutes, code_id, portion, reason, category, flags,
                       is_withdrawn, is_counted, is_documented, create_uid,
                       create_date, write_uid, write_date)
               SELECT t.student_id, t.school_id, t.date, %(source)s, t.source_key,
                      t.code_id, t.portion, t.minutes, t.reason, t.sent_portion,
                      t.periods, t.part, t.day_minutes, t.code_id, t.portion, t.reason,
                      n.number, {flags}, false, false, false,
                      %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                      now() AT TIME ZONE 'UTC'
                 FROM pact_event_stage t
                 JOIN pact_attendance_code c ON c.id = t.code_id
                 JOIN pact_category n ON n.code = c.category
                WHERE t.operation = 'new'
                ORDER BY t.student_id, t.date, t.line""".replace(
                "pact_category n", self._category_values() + " n"
            ).replace("{flags}", flags_of_code("c", "t.minutes")),
            values,
        )
        analyze(cr, cr.rowcount, self._table)
        cr.execute(
            """UPDATE pact_event_stage t SET event_id = e.id
                 FROM pact_attendance_event e
                WHERE t.operation = 'new' AND e.student_id = t.student_id
                  AND e.school_id = t.school_id AND e.date = t.date
                  AND e.source_id = %(source)s AND e.source_key = t.source_key""",
            values,
        )
        cr.execute("ANALYZE pact_event_stage")
        cr.execute(
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
                                   THEN (e.flags & {keep}) | {flags}
                                   ELSE e.flags END,
                      is_withdrawn = false, write_uid = %(uid)s,
                      write_date = now() AT TIME ZONE 'UTC'
                 FROM pact_event_stage t
                 JOIN pact_attendance_code c ON c.id = t.code_id
                 JOIN pact_category n ON n.code = c.category
                WHERE t.operation = 'changed' AND e.id = t.event_id""".replace(
                "pact_category n", self._category_values() + " n"
            )
            .replace("{flags}", flags_of_code("c", "t.minutes"))
            .replace("{keep}", str(FLAGS_OF_STAFF)),
            values,
        )
        cr.execute(
            """UPDATE pact_attendance_event e
                  SET is_withdrawn = true, write_uid = %(uid)s,
                      write_date = now() AT TIME ZONE 'UTC'
                 FROM pact_event_stage t
                WHERE t.operation = 'withdrawn' AND e.id = t.event_id""",
            values,
        )
        cr.execute(
            """INSERT INTO pact_attendance_change
                      (event_id, student_id, school_id, date, operation,
                       code_before_id, code_after_id, portion_before, portion_after,
                       reason, create_uid, create_date)
               SELECT e.id, e.student_id, e.school_id, e.date,
                      CASE WHEN b.id IS NULL THEN 'create'
                           WHEN b.operation = 'withdrawn' THEN 'withdraw'
                           WHEN b.is_withdrawn THEN 'restore'
                           WHEN b.by_rule THEN 'rule' ELSE 'source' END,
                      b.code_id,
                      CASE WHEN t.operation = 'withdrawn' THEN NULL ELSE e.code_id END,
                      COALESCE(b.portion, 0),
                      CASE WHEN t.operation = 'withdrawn' THEN 0 ELSE e.portion END,
                      %(reason)s, %(uid)s, now() AT TIME ZONE 'UTC'
                 FROM pact_event_stage t
                 JOIN pact_attendance_event e ON e.id = t.event_id
                 LEFT JOIN pact_event_before b ON b.id = e.id
                WHERE t.operation IN ('new', 'changed', 'withdrawn')""",
            values,
        )
        cr.execute("DROP TABLE pact_event_before")
        self.invalidate_model()
        self._refresh_notes(staged=True)
        self._refresh_counted(staged=True)

    @api.model
    def _category_values(self):
        """Return the categories as an SQL table (code, number)."""
        from .units import CATEGORIES

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

    @api.model
    def _refresh_counted(
        self,
        events=None,
        students=None,
        calendars=None,
        schools=None,
        date_from=None,
        date_to=None,
        staged=False,
    ):
        """Keep `is_counted` true; the one place that decides it (counting.md 2).

        An event counts when it is not withdrawn, lies inside an enrollment at its
        school, on a school day of that enrollment's calendar that was received. One
        statement; only rows that differ are written. Without arguments: all events.
        """
        self.env.flush_all()
        scope = [SQL("true")]
        if events is not None:
            scope.append(SQL("e.id = ANY(%s)", events.ids))
        if students is not None:
            scope.append(SQL("e.student_id = ANY(%s)", students.ids))
        if calendars is not None:
            scope.append(
                SQL(
                    """e.school_id IN (
                        SELECT id FROM pact_school WHERE calendar_id = ANY(%(ids)s)
                        UNION SELECT school_id FROM pact_enrollment
                               WHERE calendar_id = ANY(%(ids)s))""",
                    ids=calendars.ids,
                )
            )
        if schools is not None:
            scope.append(SQL("e.school_id = ANY(%s)", schools.ids))
        if date_from:
            scope.append(SQL("e.date >= %s", date_from))
        if date_to:
            scope.append(SQL("e.date <= %s", date_to))
        if staged:
            scope.append(
                SQL(
                    """(e.student_id, e.date) IN (
                        SELECT student_id, date FROM pact_event_stage
                         WHERE operation IN ('new', 'changed', 'withdrawn'))"""
                )
            )
        self.env.cr.execute(
            SQL(
                """UPDATE pact_attendance_event t SET is_counted = n.counted
                     FROM (
                        SELECT e.id, e.is_withdrawn IS NOT TRUE AND EXISTS (
                            SELECT 1 FROM pact_enrollment n
                              JOIN pact_school_day d
                                ON d.calendar_id
                                   = COALESCE(n.calendar_id, s.calendar_id)
                               AND d.date = e.date AND d.is_school_day
                             WHERE n.student_id = e.student_id
                               AND n.school_id = e.school_id AND n.entry_date <= e.date
                               AND (n.exit_date IS NULL OR n.exit_date >= e.date)
                            ) AND EXISTS (
                            SELECT 1 FROM pact_attendance_received r
                             WHERE r.school_id = e.school_id AND r.date = e.date
                            ) AS counted
                          FROM pact_attendance_event e
                          JOIN pact_school s ON s.id = e.school_id
                         WHERE %s) n
                    WHERE n.id = t.id AND t.is_counted IS DISTINCT FROM n.counted""",
                SQL(" AND ").join(scope),
            )
        )
        self.invalidate_model(["is_counted"])


class _Reader:
    """A file to read from, over an iterator of lines (what COPY wants)."""

    def __init__(self, lines):
        self._lines = lines
        self._rest = ""

    def read(self, size=-1):  # pylint: disable=method-required-super
        while size < 0 or len(self._rest) < size:
            line = next(self._lines, None)
            if line is None:
                break
            self._rest += line
        if size < 0:
            size = len(self._rest)
        chunk, self._rest = self._rest[:size], self._rest[size:]
        return chunk
