"""Files of attendance as a system would send them, and the least that one costs.

The rows of some dates are taken out of a copy of the database and sent back as a file:
by the app, and beside it by a bare COPY and upsert into a table that is like the app's,
with the same rows and indexes, but without triggers and foreign keys.
"""

import io

import _run

TWIN = "bench_event"
KEY = "(student_id, school_id, date, source_id, source_key)"
FILE = """
COPY (SELECT i.value AS student_id, s.code AS school, e.date, c.code,
             CASE WHEN c.is_absent THEN round(e.portion / 25200.0, 4) END AS portion,
             e.source_part AS part, e.source_minutes AS minutes
        FROM pact_attendance_event e
        JOIN pact_student_identifier i ON i.student_id = e.student_id
        JOIN pact_school s ON s.id = e.school_id
        JOIN pact_attendance_code c ON c.id = e.source_code_id
       WHERE e.date BETWEEN '{}' AND '{}' AND e.is_withdrawn IS NOT TRUE
       ORDER BY e.school_id, e.date, e.student_id, e.id)
  TO STDOUT WITH (FORMAT csv, HEADER)"""


def make_twin(env):
    """Make the table that the bare statements write into."""
    cr = env.cr
    cr.execute(
        f"CREATE TABLE {TWIN} (LIKE pact_attendance_event INCLUDING ALL);"
        f"INSERT INTO {TWIN} SELECT * FROM pact_attendance_event ORDER BY id"
    )
    _run.vacuum(cr, TWIN)


def content(env, first, last):
    """Return (bytes of the file, number of its rows) of these dates."""
    stream = io.BytesIO()
    env.cr._obj.copy_expert(FILE.format(first, last), stream)
    text = stream.getvalue()
    return text, text.count(b"\n") - 1


def take_out(env, first, last):
    """Leave nothing of these dates in either table: as before they were sent."""
    cr = env.cr
    cr.execute("SET LOCAL session_replication_role = replica")
    span = "date BETWEEN %s AND %s"
    cr.execute(f"DELETE FROM pact_attendance_change WHERE {span}", [first, last])
    cr.execute(f"DELETE FROM pact_attendance_event WHERE {span}", [first, last])
    cr.execute(f"DELETE FROM pact_attendance_received WHERE {span}", [first, last])
    cr.execute(f"DELETE FROM {TWIN} WHERE {span}", [first, last])
    cr.execute("TRUNCATE pact_touched, pact_summary_waiting")
    cr.execute("SET LOCAL session_replication_role = origin")
    env.invalidate_all()
    _run.vacuum(
        cr,
        "pact_attendance_event",
        "pact_attendance_change",
        "pact_attendance_received",
        TWIN,
    )


def bare(env, text):
    """COPY and a plain upsert, committed: keys are looked up, nothing is checked."""
    cr = env.cr
    cr.execute(
        """CREATE TEMP TABLE bench_row (student text, school text, date date,
           code text, portion numeric, part text, minutes int) ON COMMIT DROP"""
    )
    cr._obj.copy_expert(
        "COPY bench_row FROM STDIN WITH (FORMAT csv, HEADER)", io.BytesIO(text)
    )
    cr.execute("ANALYZE bench_row")
    cr.execute(
        f"""INSERT INTO {TWIN} (student_id, school_id, date, source_id, source_key,
                   source_code_id, source_portion, source_sent_portion, source_part,
                   source_minutes, code_id, portion, category, flags, is_withdrawn,
                   is_counted, is_documented, create_uid, create_date, write_uid,
                   write_date)
            SELECT i.student_id, s.id, r.date, i.source_id, COALESCE(r.part, ''),
                   c.id, p.portion, p.portion, r.part, r.minutes, c.id, p.portion, 1, 1,
                   false, true, false, 1, now(), 1, now()
              FROM bench_row r
              JOIN pact_student_identifier i ON i.value = r.student
              JOIN pact_school s ON s.code = r.school
              JOIN pact_attendance_code c ON c.code = r.code AND c.district_id IS NULL
             CROSS JOIN LATERAL (
                SELECT COALESCE((r.portion * 25200)::int, c.portion) AS portion) p
                ON CONFLICT {KEY} DO UPDATE
               SET code_id = EXCLUDED.code_id, portion = EXCLUDED.portion,
                   source_code_id = EXCLUDED.source_code_id,
                   source_portion = EXCLUDED.source_portion,
                   source_minutes = EXCLUDED.source_minutes,
                   write_date = EXCLUDED.write_date"""
    )
    count = cr.rowcount
    cr.commit()
    return count
