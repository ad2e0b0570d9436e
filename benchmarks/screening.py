"""R21's numbers and screening, beside the bare aggregate over the same rows.

    ./pact bench screening [--students 20000]

Prints milliseconds (median of five, interleaved) and the ratio to the yardstick.
"""

import argparse
import resource
import statistics
import sys
import time

import _district

import odoo
from odoo.tools import SQL

YARDSTICK = """
    SELECT count(*), sum(total) FROM (
        SELECT student_id, sum(portion) AS total,
               sum(portion) FILTER (WHERE category = 1) AS unexcused,
               sum(portion) FILTER (WHERE category = 2) AS unverified,
               sum(portion) FILTER (WHERE category = 3) AS excused
          FROM pact_attendance_event WHERE is_counted GROUP BY student_id) t"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("conf")
    parser.add_argument("database")
    parser.add_argument("--students", type=int, default=20000)
    options = parser.parse_args()
    odoo.tools.config.parse_config(["-c", options.conf, "-d", options.database])
    registry = odoo.modules.registry.Registry(options.database)
    with registry.cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
        if not env["pact.student"].search_count([], limit=1):
            started = time.monotonic()
            _district.make(env, options.students)
            seconds = time.monotonic() - started
            print(f"made {options.students} students in {seconds:.1f} s")
        measure(env)


def measure(env) -> None:
    students = env["pact.student"].search([])
    program = env.ref("pact_truancy.program_r21")
    step = env.ref("pact_truancy.program_r21_identified")
    events = env["pact.attendance.event"].search_count([])
    specs = [criterion._spec() for criterion in step.criterion_ids]
    metrics = env["pact.metrics"]
    school = students.filtered(lambda s: s.school_id == students[0].school_id)

    def yardstick():
        env.execute_query(SQL(YARDSTICK))

    def screening():
        with env.cr.savepoint() as savepoint:
            program._screen(_district.TODAY)
            env.flush_all()
            savepoint.rollback()
            env.invalidate_all()

    lines = {
        "yardstick: bare GROUP BY student": yardstick,
        "R21's number, all students": lambda: metrics._read(
            students, _district.TODAY, specs
        ),
        "R21's screening, flags written": screening,
        "R21's number, one school": lambda: metrics._read(
            school, _district.TODAY, specs
        ),
        "R21's number, one student": lambda: metrics._read(
            students[0], _district.TODAY, specs
        ),
    }
    times = {name: [] for name in lines}
    for _round in range(5):
        for name, run in lines.items():
            started = time.monotonic()
            run()
            times[name].append((time.monotonic() - started) * 1000)
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["yardstick: bare GROUP BY student"]
    print(f"{len(students)} students, {events} events")
    for name, value in medians.items():
        print(f"{name:40} {value:10.1f} ms {value / base:8.2f} x")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory of the worker, peak':40} {peak:10.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
