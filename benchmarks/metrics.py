"""All measures of the five programs, beside the bare aggregate over the same rows."""

import _calendar
import _loop
import _measures
import _run
from _yardstick import yardstick

from odoo.tools import SQL

from odoo.addons.pact_truancy.models.metrics.specs import PLAIN

DAY = _calendar.TODAY
SAMPLE = 200


def run(env, options):
    metrics = env["pact.metrics"]
    env.cr.execute("SELECT id FROM pact_student ORDER BY id")
    ids = [row[0] for row in env.cr.fetchall()]
    every = _measures.starts(ids, DAY)
    touched = env["pact.attendance.event"].search([("date", "=", DAY)]).student_id
    one = touched[0]
    school = env["pact.student"].search([("school_id", "=", one.school_id.id)])
    sample = env["pact.student"].browse(ids[:: len(ids) // SAMPLE][:SAMPLE])

    def select(students, specs, counting=PLAIN, starts=None):
        """The engine's statement; all that comes out is how many of each column."""

        def run():
            sql, names = metrics._select(students, DAY, specs, counting, starts)
            counts = [
                SQL("count(t.%s)", SQL.identifier(name))
                for columns in names.values()
                for name in columns
            ]
            metrics._query(
                SQL("SELECT count(*), %s FROM (%s) t", SQL(", ").join(counts), sql)
            )

        return run

    def of(students):
        return {
            name: {s: dates[s] for s in students.ids if s in dates}
            for name, dates in every.items()
        }

    def all_of(students, specs=_measures.ALL):
        starts = every if students is None else of(students)
        return select(students, specs, _measures.COUNTING, starts)

    large = options.students > 200_000
    table = _run.Table(env, f"{len(ids):,} students, {_events(env):,} events")
    table.add("yardstick: GROUP BY student, seq scan + hash", yardstick(env))
    table.add("  the same with the engine's work_mem 64 MB", yardstick(env, "64MB"))
    table.add("  the same in the order of the index", yardstick(env, ordered=True))
    table.add(
        f"all measures of the five programs ({len(_measures.ALL)} specs)",
        all_of(None),
        target=2.0 if large else 2.3,
    )
    table.add(
        f"  and the own 180 days of enrollment ({len(_measures.OWN)} specs)",
        all_of(None, _measures.OWN),
        target=None if large else 2.9,
    )
    table.add(
        "R21's number alone",
        select(None, [_measures.ALL[0]], _measures.COUNTING._replace(medical=False)),
    )
    table.add(f"{len(_measures.SIMPLE)} plain measures", select(None, _measures.SIMPLE))
    if not large:
        table.add(
            "all measures, read into Python",
            lambda: metrics._read(None, DAY, _measures.ALL, _measures.COUNTING, every),
        )
    table.add(f"one school ({len(school)})", all_of(school), target=0.03, times=5)
    table.add("one student", all_of(one), target=0.02, times=5)
    table.add(
        f"after one day: the {len(touched):,} touched students",
        all_of(touched),
        target=0.2,
        base=f"all measures of the five programs ({len(_measures.ALL)} specs)",
    )
    table.add(
        f"{len(sample)} students by a loop over records, for all",
        lambda: [_loop.numbers(env, s, DAY, _measures.SIMPLE) for s in sample],
        base=f"{len(_measures.SIMPLE)} plain measures",
        target=100,
        at_least=True,
        scale=len(ids) / len(sample),
        once=True,
    )
    _same_numbers(env, sample)
    table.measure(options.rounds)


def _events(env):
    env.cr.execute("SELECT count(*) FROM pact_attendance_event")
    return env.cr.fetchone()[0]


def _same_numbers(env, sample):
    """Refuse to compare speeds of different numbers."""
    numbers = env["pact.metrics"]._read(sample, DAY, _measures.SIMPLE)
    for student in sample:
        values = numbers.get(student.id)
        if values and values != _loop.numbers(env, student, DAY, _measures.SIMPLE):
            raise SystemExit(f"Engine and loop differ for student {student.id}.")
