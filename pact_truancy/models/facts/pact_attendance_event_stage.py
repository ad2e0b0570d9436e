from odoo import api, models
from odoo.tools import SQL

from .statistics import copy_into
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
# The same with what tells the rows of one student-day apart: the code as the file
# writes it, and a number that is the same for two lines that are the same in all cells.
FILE_COLUMNS = (*STAGE_COLUMNS, "code_text", "digest")

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
    """The set-based way in, first half: stage rows and see what would change.

    A few statements for any number of rows, each row touched as seldom as can be: what
    a file sends stands in `pact_event_row`, what that means in `pact_event_stage`.
    """

    _inherit = "pact.attendance.event"

    @api.model
    def _stage(
        self,
        source,
        rows,
        replace=None,
        by_row_id=False,
        kept=(),
        day_minutes=None,
        columns=STAGE_COLUMNS,
        schools=None,
    ):
        """Compare `rows` with what `source` sent before; writes no event.

        :param source: `pact.source` record
        :param rows: iterable of tuples in the order of `columns` (date: date or ISO
            text; sent_portion: 1/25200 day, None where the source does not say;
            minutes, reason, part and periods may be None). The school's roll-up rule
            makes the portion of it (`pact.attendance.rollup`). A code of category
            present says that nothing is left of that day (of that row, with row ids). A
            code that is not known yet has a negative number and is an absence. It is
            read once, and never held.
        :param replace: None, or (school ids, first date, last date): in this span what
            the file no longer contains is withdrawn
        :param by_row_id: `source_key` is the source's own row id. Otherwise a
            student-day at a school is the unit: its rows that are no longer in the file
            are withdrawn.
        :param kept: a function that returns pairs (student id, date or None for each)
            of which nothing is withdrawn: the file has a row for them that could not be
            read. Asked after `rows` were read. None: nothing is replaced at all.
        :param day_minutes: minutes of a whole day as the file itself says, used where
            the school has no roll-up rule
        :param schools: ids of the schools that the file covers: whatever row ids it
            gives, nothing of other schools is withdrawn. None: of any school
        :param columns: STAGE_COLUMNS; or FILE_COLUMNS: then the rows of a student-day
            get their keys here, see `_stage_keys`
        :return: dict of counts: new, changed, unchanged, withdrawn, rejected, repeated.
            The rows stay in the temporary table `pact_event_stage` (with `operation`,
            `event_id`, `problem`) until the transaction ends or `_stage` runs again;
            withdrawn events stand there too, without line.
        """
        cr = self.env.cr
        self.env.flush_all()
        # compiling takes longer than the statements do; hashes stay in memory
        cr.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        self._open_stage()
        cr.execute(
            """CREATE TEMP TABLE pact_event_row (
                line integer, student_id integer, school_id integer, date date,
                source_key text, code_id integer, sent_portion integer, minutes integer,
                reason text, part text, periods integer, code_text text, digest bigint
               ) ON COMMIT DROP"""
        )
        if columns == STAGE_COLUMNS:
            rows = (tuple(None if cell is False else cell for cell in r) for r in rows)
        copy_into(cr, "pact_event_row", columns, rows)
        cr.execute("ANALYZE pact_event_row")
        self._stage_present()
        repeated = self._stage_keys(by_row_id) if "digest" in columns else 0
        kept = kept() if callable(kept) else kept
        if kept is None:
            replace = None
        rollup = self.env["pact.attendance.rollup"]
        rollup._stage_portions(source, by_row_id, replace, day_minutes)
        self._stage_match(source, day_minutes)
        if by_row_id:
            rollup._stage_rest()
        # now that operation and event_id are set: while the planner takes them for NULL
        # it nests a loop over all events into each of the staged rows
        cr.execute("ANALYZE pact_event_stage")
        self._stage_withdrawals(source, replace, by_row_id, schools)
        self._stage_keep(kept or ())
        self._stage_reject_full_days()
        if by_row_id:
            self._stage_double_ids()
        cr.execute("DROP TABLE pact_event_row, pact_event_present, pact_event_portion")
        return {**self._stage_counts(), "repeated": repeated}

    @api.model
    def _open_stage(self):
        """Make the table of the difference, empty."""
        for table in ("stage", "row", "present", "portion"):
            self.env.cr.execute(
                SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"pact_event_{table}"))
            )
        self.env.cr.execute(
            """CREATE TEMP TABLE pact_event_stage (
                line integer, student_id integer, school_id integer, date date,
                source_key text, code_id integer, portion integer, minutes integer,
                reason text, event_id integer, operation text, problem text,
                sent_portion integer, part text, periods integer, day_minutes integer
               ) ON COMMIT DROP"""
        )

    @api.model
    def _stage_counts(self):
        cr = self.env.cr
        cr.execute("SELECT operation, count(*) FROM pact_event_stage GROUP BY 1")
        counts = dict.fromkeys(("new", "changed", "unchanged", "withdrawn"), 0)
        return {**counts, "rejected": 0, **dict(cr.fetchall())}

    @api.model
    def _stage_present(self):
        """Put aside the rows that say that the student was there."""
        self.env.cr.execute(
            """CREATE TEMP TABLE pact_event_present ON COMMIT DROP AS
               SELECT student_id, school_id, date, source_key FROM pact_event_row
                WHERE code_id IN (SELECT id FROM pact_attendance_code
                                   WHERE category = 'present')"""
        )
        if self.env.cr.rowcount:
            self.env.cr.execute(
                """DELETE FROM pact_event_row
                    WHERE code_id IN (SELECT id FROM pact_attendance_code
                                       WHERE category = 'present')"""
            )
            self.env.cr.execute("ANALYZE pact_event_present")

    @api.model
    def _stage_keys(self, by_row_id):
        """Give each row its source key: the system's row id; else the part of the day;
        else '' for the only row of a student-day and the code for one of several. A
        repeat gets '#2'; a line that is there twice is read once. Only rows that share
        their student-day (or row id) with another are looked at.

        :return: number of lines that were there twice
        """
        cr = self.env.cr
        group = SQL("source_key" if by_row_id else "student_id, school_id, date")
        cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_event_twin ON COMMIT DROP AS
                   SELECT line, student_id, school_id, date, part, source_key,
                          code_text, row_number() OVER (
                              PARTITION BY %(group)s, digest ORDER BY line) AS copy
                     FROM pact_event_row r
                     JOIN (SELECT %(group)s FROM pact_event_row
                            GROUP BY %(group)s HAVING count(*) > 1 %(blank)s) g
                    USING (%(group)s)""",
                group=group,
                blank=SQL("OR source_key = ''") if by_row_id else SQL(""),
            )
        )
        if not cr.rowcount:
            cr.execute("DROP TABLE pact_event_twin")
            return 0
        cr.execute(
            """DELETE FROM pact_event_row r USING pact_event_twin w
                WHERE w.line = r.line AND w.copy > 1"""
        )
        repeated = cr.rowcount
        cr.execute("DELETE FROM pact_event_twin WHERE copy > 1")
        if by_row_id:
            # a row id that stands on several rows tells none of them apart
            cr.execute(
                """UPDATE pact_event_row r SET code_id = NULL, code_text = w.lines
                     FROM (SELECT source_key,
                                  string_agg(line::text, ', ' ORDER BY line) AS lines
                             FROM pact_event_twin GROUP BY source_key
                           HAVING count(*) > 1 OR source_key = '') w
                    WHERE w.source_key = r.source_key"""
            )
        else:
            cr.execute(
                """UPDATE pact_event_row r
                      SET source_key = w.key
                          || CASE WHEN w.place > 1 THEN '#' || w.place ELSE '' END
                     FROM (SELECT line, key, row_number() OVER (
                                PARTITION BY student_id, school_id, date, key
                                ORDER BY line) AS place
                             FROM (SELECT *, CASE WHEN part <> '' THEN part
                                WHEN count(*) OVER (
                                    PARTITION BY student_id, school_id, date) > 1
                                THEN code_text ELSE '' END AS key
                                     FROM pact_event_twin) k) w
                    WHERE w.line = r.line"""
            )
        cr.execute("DROP TABLE pact_event_twin")
        return repeated

    @api.model
    def _stage_match(self, source, day_minutes):
        """Fill the stage: each row with its event and the operation new, changed or
        unchanged."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_event_stage
                   SELECT t.line, t.student_id, t.school_id, t.date, t.source_key,
                          t.code_id, t.portion, t.minutes, t.reason, e.id,
                          CASE WHEN e.id IS NULL THEN 'new'
                               WHEN e.is_withdrawn OR e.source_portion <> t.portion
                                 OR NOT %(same)s THEN 'changed'
                               ELSE 'unchanged' END, NULL, t.sent_portion, t.part,
                          t.periods, CASE WHEN t.minutes <> 0 THEN %(minutes)s::int END
                     FROM (SELECT r.*, COALESCE(p.portion, r.sent_portion, c.portion,
                                                %(day)s) AS portion
                             FROM pact_event_row r
                             LEFT JOIN pact_event_portion p ON p.key = r.line
                             LEFT JOIN pact_attendance_code c ON c.id = r.code_id
                            WHERE r.code_id IS NOT NULL) t
                     LEFT JOIN pact_attendance_event e
                       ON e.student_id = t.student_id AND e.school_id = t.school_id
                      AND e.date = t.date AND e.source_id = %(source)s
                      AND e.source_key = t.source_key""",
                same=SAME_SAID,
                minutes=day_minutes or None,
                day=DAY,
                source=source.id,
            )
        )

    @api.model
    def _stage_double_ids(self):
        """Reject the rows whose row id is missing or not theirs alone."""
        cr = self.env.cr
        cr.execute(
            """INSERT INTO pact_event_stage (line, student_id, school_id, date,
                      source_key, portion, operation, problem)
               SELECT line, student_id, school_id, date, source_key, 0, 'rejected',
                      code_text
                 FROM pact_event_row WHERE code_id IS NULL"""
        )
        cr.execute(
            "SELECT DISTINCT code_text FROM pact_event_row WHERE code_id IS NULL"
        )
        self._stage_problems(
            {
                lines: self.env._(
                    "The row number of the system is missing or stands on several "
                    "rows (lines %(lines)s).",
                    lines=lines,
                )
                for (lines,) in cr.fetchall()
            }
        )

    @api.model
    def _stage_problems(self, texts):
        """Put sentences for what stands in `problem` ({what stands there: text})."""
        self.env.cr.execute(
            """UPDATE pact_event_stage t SET problem = w.text
                 FROM unnest(%s::text[], %s::text[]) w (problem, text)
                WHERE t.problem = w.problem""",
            (list(texts), list(texts.values())),
        )

    @api.model
    def _stage_withdrawals(self, source, replace, by_row_id, schools=None):
        """Add what the source sent before and no longer sends, of `schools` alone."""
        if by_row_id:
            # by the row id alone: it may have moved to another day or student
            scopes = [
                SQL(
                    """e.source_key IN (SELECT source_key FROM pact_event_row
                                         WHERE code_id IS NOT NULL)"""
                ),
                SQL(
                    """e.source_key IN (SELECT source_key FROM pact_event_present
                                         WHERE source_key <> '')"""
                ),
            ]
        else:
            day = "(e.student_id, e.school_id, e.date) IN (SELECT student_id, "
            day += "school_id, date FROM %s)"
            scopes = [
                SQL(day % "pact_event_row"),
                SQL(day % "pact_event_present"),
            ]
            if replace:
                # the rows of a file that replaces all lie in what it replaces
                scopes = []
        if replace:
            replaced, date_from, date_to = replace
            scopes.append(
                SQL(
                    "e.school_id = ANY(%s) AND e.date BETWEEN %s AND %s",
                    list(replaced),
                    date_from,
                    date_to,
                )
            )
        if schools is not None:
            own = SQL("e.school_id = ANY(%s)", list(schools))
            scopes = [SQL("%s AND %s", scope, own) for scope in scopes]
        for scope in scopes:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO pact_event_stage (student_id, school_id, date,
                              source_key, code_id, portion, event_id, operation)
                       SELECT e.student_id, e.school_id, e.date, e.source_key,
                              e.code_id, e.portion, e.id, 'withdrawn'
                         FROM pact_attendance_event e
                        WHERE e.source_id = %s AND e.is_withdrawn IS NOT TRUE AND %s
                          AND NOT EXISTS (SELECT 1 FROM pact_event_stage t
                                           WHERE t.event_id = e.id)""",
                    source.id,
                    scope,
                )
            )

    @api.model
    def _stage_keep(self, kept):
        """Withdraw nothing of these (student id, date or None), nor of the days of rows
        without a row id of their own."""
        self.env.cr.execute(
            """DELETE FROM pact_event_stage t USING pact_event_row r
                WHERE r.code_id IS NULL AND t.operation = 'withdrawn'
                  AND t.student_id = r.student_id AND t.date = r.date"""
        )
        if not kept:
            return
        students, days = zip(*kept, strict=True)
        self.env.cr.execute(
            """DELETE FROM pact_event_stage t
                USING unnest(%s::integer[], %s::date[]) k (student_id, date)
                WHERE t.operation = 'withdrawn' AND t.student_id = k.student_id
                  AND (k.date IS NULL OR k.date = t.date)""",
            (list(students), list(days)),
        )

    @api.model
    def _stage_reject_full_days(self):
        """Reject the rows of a student-day that would hold more than one whole day of
        absence, over all schools and sources, and leave that student-day as it is."""
        cr = self.env.cr
        cr.execute(
            SQL(
                """WITH touched AS MATERIALIZED (
                     SELECT student_id, date, count(*) AS rows FROM pact_event_stage
                      WHERE operation <> 'withdrawn' GROUP BY student_id, date
                     HAVING bool_or(operation IN ('new', 'changed'))),
                   -- one row alone is never more than a day
                   several AS MATERIALIZED (
                     SELECT student_id, date FROM touched WHERE rows > 1
                     UNION SELECT e.student_id, e.date
                       FROM touched JOIN pact_attendance_event e
                            USING (student_id, date)
                      WHERE e.is_withdrawn IS NOT TRUE
                        AND NOT EXISTS (SELECT 1 FROM pact_event_stage t
                                         WHERE t.event_id = e.id)),
                   held AS (  -- what would hold after the import
                     SELECT t.student_id, t.date, t.line, c.code, t.school_id,
                            CASE WHEN e.decided_by_id IS NULL THEN t.portion
                                 ELSE e.portion END AS portion
                       FROM pact_event_stage t
                       JOIN several USING (student_id, date)
                       LEFT JOIN pact_attendance_event e ON e.id = t.event_id
                       LEFT JOIN pact_attendance_code c ON c.id =
                            CASE WHEN e.decided_by_id IS NULL THEN t.code_id
                                 ELSE e.code_id END
                      WHERE t.operation <> 'withdrawn'
                        AND COALESCE(c.is_absent, t.code_id < 0)
                     UNION ALL
                     SELECT e.student_id, e.date, NULL, c.code, e.school_id, e.portion
                       FROM pact_attendance_event e
                       JOIN several USING (student_id, date)
                       JOIN pact_attendance_code c ON c.id = e.code_id
                      WHERE e.is_withdrawn IS NOT TRUE AND c.is_absent
                        AND NOT EXISTS (SELECT 1 FROM pact_event_stage t
                                         WHERE t.event_id = e.id)),
                   full_days AS (
                     SELECT student_id, date, sum(portion) AS total,
                            -- other schools are none of the reader's business
                            string_agg(CASE WHEN s.id IN
                                         (SELECT school_id FROM pact_event_stage)
                                       THEN concat_ws(' ', held.code, s.name,
                                                      'line ' || line)
                                       ELSE %(elsewhere)s END,
                                       ', ' ORDER BY line) AS names
                       FROM held JOIN pact_school s ON s.id = held.school_id
                      GROUP BY student_id, date HAVING sum(portion) > %(day)s)
                   UPDATE pact_event_stage t
                      SET problem = f.total || '|' || f.names,
                          operation = CASE WHEN t.operation = 'withdrawn'
                                           THEN 'kept' ELSE 'rejected' END
                     FROM full_days f
                    WHERE f.student_id = t.student_id AND f.date = t.date""",
                day=DAY,
                elsewhere=self.env._("recorded at another school"),
            )
        )
        if not cr.rowcount:
            return
        cr.execute("DELETE FROM pact_event_stage WHERE operation = 'kept'")
        cr.execute(
            "SELECT DISTINCT problem FROM pact_event_stage WHERE problem IS NOT NULL"
        )
        texts = {}
        for (problem,) in cr.fetchall():
            total, names = problem.split("|", 1)
            texts[problem] = self.env._(
                "More than one whole day on one date: %(days)s days (%(rows)s).",
                days=format_days(int(total)),
                rows=names,
            )
        self._stage_problems(texts)

    @api.model
    def _stage_digest(self):
        """Return what tells the staged difference from any other: whatever the order
        of the rows, and with what holds in the events that it speaks of."""
        self.env.cr.execute(
            """SELECT count(*), sum(hashtextextended(concat_ws('|', t.operation, t.line,
                          t.student_id, t.school_id, t.date, t.source_key, t.code_id,
                          t.portion, t.minutes, t.reason, t.periods, t.part, t.event_id,
                          t.problem, e.code_id, e.portion, e.source_code_id,
                          e.source_portion, e.is_withdrawn), 0))
                 FROM pact_event_stage t
                 LEFT JOIN pact_attendance_event e ON e.id = t.event_id
                WHERE t.operation <> 'unchanged'"""
        )
        return [str(value) for value in self.env.cr.fetchone()]
