"""Fill an empty database with districts of any size, made by the database itself.

Two and a half school years up to TODAY. Places and calendars by the ORM, the rest by a
few statements; what the app keeps true itself (current schools, flags, which events
count) is checked with the app's own functions at the end.
"""

import time

import _attendance
import _calendar
import _people
import _places
import _run

# above this the history (one row an event, read by no benchmark) is left out
HISTORY_UP_TO = 200_000
SAMPLE = 2000


def run(env, options):
    """Make `options.students` students with all that belongs to them; commits."""
    students = options.students
    started = time.monotonic()

    def say(text):
        print(f"  {time.monotonic() - started:6.0f} s  {text}", flush=True)

    env["ir.config_parameter"].set_param(
        "pact_truancy.pinned_day", _calendar.TODAY.isoformat()
    )
    env.cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    env.cr.execute("SET LOCAL jit = off")
    env.cr.execute("SET LOCAL work_mem = '256MB'")
    env.cr.execute("SELECT setseed(0.42)")
    schools, sizes = _places.make(env, students)
    env.flush_all()
    say(f"{len(schools)} schools, {_calendar.CALENDARS} calendars")
    _people.make(env, students, schools, sizes)
    say(f"{students:,} students with enrollments")
    _attendance.make(env, schools, students <= HISTORY_UP_TO, say)
    say("history and indexes")
    env["pact.student"]._refresh_current(_calendar.TODAY)
    env["pact.student.summary"]._refresh(_calendar.TODAY, None)
    env.cr.execute("DROP TABLE bench_life, bench_home, bench_school")
    # marks of what was touched: nobody has read anything yet
    env.cr.execute("TRUNCATE pact_touched")
    env.cr.commit()
    say("current schools, stored numbers")
    _run.vacuum(env.cr)
    say("VACUUM ANALYZE")
    check(env)
    say("checked")


def check(env):
    """Refuse a database whose stored flags are not what the app would store."""
    env.cr.execute(
        "SELECT id FROM pact_student ORDER BY id %% 997, id LIMIT %s", [SAMPLE]
    )
    students = env["pact.student"].browse(row[0] for row in env.cr.fetchall())
    event = env["pact.attendance.event"]
    statement = (
        "SELECT id, is_counted FROM pact_attendance_event WHERE student_id IN %s"
    )
    env.cr.execute(statement, [students._ids])
    before = dict(env.cr.fetchall())
    event._refresh_counted(students=students)
    env.cr.execute(statement, [students._ids])
    changed = sum(before[row] != counted for row, counted in env.cr.fetchall())
    events = event.browse(sorted(before)[:SAMPLE])
    flags = {record.id: (record.category, record.flags) for record in events}
    # as the app computes them, on records that are never written
    computed = {e.id: event.new(origin=e) for e in events}
    for virtual in computed.values():
        virtual._compute_flags()
        virtual._compute_category()
    wrong = sum(flags[i] != (e.category, e.flags) for i, e in computed.items())
    days = event.search_count([("portion", ">", 25200)], limit=1)
    env.cr.rollback()
    env.invalidate_all()
    if changed or wrong or days or not before:
        raise SystemExit(
            f"The app would change is_counted of {changed} and flags of {wrong} events."
        )
