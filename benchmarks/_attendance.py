"""Attendance: received days with gaps, about 27 events a student, their history.

Written month after month, as files arrive: the rows of a student lie far apart.
"""

import time

import _calendar

from odoo.addons.pact_truancy.models.facts.pact_attendance_event import (
    FLAG_CAP_EXCUSED,
    FLAG_CAP_UNEXCUSED,
    FLAG_DOCUMENTED,
    flags_of_code,
)

# About one tardy in twenty rows, one half day in six, periods (sixths) in one of ten;
# three student-days of a hundred have two rows.
EVENTS = """
INSERT INTO pact_attendance_event (student_id, school_id, date, code_id, category,
       flags, portion, source_id, source_key, source_code_id, source_portion,
       source_sent_portion, source_minutes, source_part, is_documented, cap_decision,
       decided_by_id, decided_on, is_withdrawn, is_counted, create_uid, create_date,
       write_uid, write_date)
SELECT k.student_id, k.school_id, k.date, c.id, n.number,
       (({flags}) | k.documented::int * {documented}
        | CASE k.decision WHEN 'excused' THEN {cap_excused}
                          WHEN 'unexcused' THEN {cap_unexcused} ELSE 0 END)::int2,
       k.portion, %(source)s, COALESCE(k.part, ''), c.id, k.portion, k.portion,
       k.minutes, k.part, k.documented, k.decision,
       CASE WHEN k.documented OR k.decision IS NOT NULL THEN 1 END,
       CASE WHEN k.documented OR k.decision IS NOT NULL THEN now() END,
       k.withdrawn, NOT k.withdrawn AND r.id IS NOT NULL, 1, now(), 1, now()
  FROM (
    SELECT x.student_id, x.school_id, x.date, x.r3 < 0.005 AS withdrawn,
           CASE WHEN x.pieces = 2 THEN (ARRAY['AM', 'PM'])[g.piece] END AS part,
           m.code,
           CASE WHEN m.code IN ('TDY', 'TAR') THEN 0
                WHEN x.pieces = 2 THEN 12600
                WHEN x.r2 < 0.75 THEN 25200
                WHEN x.r2 < 0.91 THEN 12600
                ELSE 4200 * (1 + floor(x.r3 * 5)::int) END AS portion,
           CASE WHEN m.code IN ('TDY', 'TAR') THEN 3 + (x.r3 * 60)::int END AS minutes,
           COALESCE(m.code IN ('MED', 'APT') AND x.r4 < 0.4 OR x.r4 < 0.03, false)
           AS documented,
           CASE WHEN m.code = 'EXE' AND x.r4 > 0.995
                THEN CASE WHEN x.r4 > 0.998 THEN 'excused' ELSE 'unexcused' END END
           AS decision
      FROM (
        SELECT w.*, random() AS r1, random() AS r2, random() AS r3, random() AS r4,
               CASE WHEN random() < 0.03 THEN 2 ELSE 1 END AS pieces
          FROM (
            SELECT e.student_id, e.school_id, d.date, l.unexcused, l.rate,
                   random() AS drawn
              FROM pact_enrollment e
              JOIN bench_life l ON l.number = e.student_id
              JOIN pact_school s ON s.id = e.school_id
              JOIN pact_school_day d ON d.calendar_id = s.calendar_id
               AND d.is_school_day AND d.date >= e.entry_date
               AND d.date <= COALESCE(e.exit_date, %(until)s)
             WHERE d.date BETWEEN %(since)s AND %(until)s AND e.is_primary
               AND e.entry_date <= %(until)s
               AND (e.exit_date IS NULL OR e.exit_date >= %(since)s)
            -- each OFFSET 0: a random number is drawn once for each row
            OFFSET 0) w
         WHERE w.drawn < w.rate
        OFFSET 0) x
     CROSS JOIN LATERAL generate_series(1, x.pieces) g (piece)
     CROSS JOIN LATERAL (
        SELECT CASE WHEN x.r1 < 0.05 THEN (ARRAY['TDY', 'TAR'])[1 + (x.r2 < 0.5)::int]
                    WHEN u.r < x.unexcused
                    THEN CASE WHEN u.r < 0.05 THEN 'CUT' ELSE 'UNX' END
                    WHEN u.v < 0.14 THEN 'UNV'
                    WHEN u.v < 0.20 THEN 'ECE'
                    WHEN u.v < 0.62 THEN 'EXE'
                    WHEN u.v < 0.67 THEN 'FAM'
                    WHEN u.v < 0.87 THEN 'MED'
                    WHEN u.v < 0.92 THEN 'APT'
                    WHEN u.v < 0.95 THEN 'OSS'
                    WHEN u.v < 0.985 THEN 'ACT'
                    ELSE 'HOM' END AS code
          FROM (SELECT (x.r1 - 0.05) / 0.95 AS r,
                       CASE WHEN g.piece = 1 THEN x.r4 ELSE 1 - x.r4 END AS v) u) m
    OFFSET 0) k
  JOIN pact_attendance_code c ON c.code = k.code AND c.district_id IS NULL
  JOIN {categories} n ON n.code = c.category
  LEFT JOIN pact_attendance_received r ON r.school_id = k.school_id AND r.date = k.date
 ORDER BY k.date, k.school_id, k.student_id"""

HISTORY = """
INSERT INTO pact_attendance_change (event_id, student_id, school_id, date, operation,
       code_after_id, portion_before, portion_after, create_uid, create_date)
SELECT id, student_id, school_id, date, 'create', code_id, 0, portion, 1, now()
  FROM pact_attendance_event ORDER BY id"""


def make(env, schools, history, say):
    """Fill received days and events; `history`: a row of it for each event."""
    source = env["pact.source"].search([("code", "=", "bench")])
    _received(env, schools, source)
    with _bare(env.cr, "pact_attendance_event"):
        _events(env, source, say)
    if history:
        with _bare(env.cr, "pact_attendance_change"):
            env.cr.execute(HISTORY)
    env.invalidate_all()


def _received(env, schools, source):
    """All school days, but for a few in a third of the schools."""
    first = _calendar.FIRST_YEARS[0]
    env["pact.attendance.received"]._mark(
        schools, f"{first}-07-01", _calendar.TODAY, source
    )
    env.cr.execute(
        """DELETE FROM pact_attendance_received r USING bench_school b
            WHERE b.id = r.school_id AND b.place % 3 = 0 AND random() < 0.008"""
    )
    env.cr.execute(
        "ANALYZE pact_attendance_received, pact_school, pact_school_day,"
        " pact_enrollment"
    )


def _events(env, source, say):
    event = env["pact.attendance.event"]
    statement = EVENTS.format(
        flags=flags_of_code("c", "k.minutes"),
        categories=event._category_values(),
        documented=FLAG_DOCUMENTED,
        cap_excused=FLAG_CAP_EXCUSED,
        cap_unexcused=FLAG_CAP_UNEXCUSED,
    )
    env.cr.execute(
        """SELECT min(date), max(date) FROM pact_school_day
            WHERE is_school_day AND date <= %s
            GROUP BY date_trunc('month', date) ORDER BY 1""",
        [_calendar.TODAY],
    )
    total, started = 0, time.monotonic()
    for since, until in env.cr.fetchall():
        env.cr.execute(statement, {"source": source.id, "since": since, "until": until})
        total += env.cr.rowcount
        say(f"{until:%Y-%m}: {total:,} events, {time.monotonic() - started:.0f} s")


class _bare:
    """A table without its indexes and triggers while it is filled: what the triggers
    check holds by the way the rows are made, and nobody was touched."""

    def __init__(self, cr, table):
        self.cr, self.table = cr, table

    def __enter__(self):
        self.cr.execute("SET LOCAL session_replication_role = replica")
        self.cr.execute(
            """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
                 FROM pg_index i
                WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
                  AND NOT EXISTS (SELECT 1 FROM pg_constraint c
                                   WHERE c.conindid = i.indexrelid)""",
            [self.table],
        )
        self.indexes = self.cr.fetchall()
        for name, _definition in self.indexes:
            self.cr.execute(f"DROP INDEX {name}")

    def __exit__(self, *problem):
        if problem[0]:
            return
        self.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _name, definition in self.indexes:
            self.cr.execute(definition)
        self.cr.execute("SET LOCAL session_replication_role = origin")
