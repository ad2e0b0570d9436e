"""The stored numbers: each night all, after a file those whom it touched."""

from datetime import timedelta
from itertools import cycle

import _calendar
import _run
from _yardstick import yardstick

from odoo.tools import SQL

DAY = _calendar.TODAY


def run(env, options):
    summary = env["pact.student.summary"]
    touched = env["pact.attendance.event"].search([("date", "=", DAY)]).student_id
    # windows move with the day, so that a night writes what moved
    days = cycle((DAY - timedelta(days=1), DAY))
    now = {"day": DAY}

    def turn():
        now["day"] = next(days)

    def select(students=None):
        def run():
            env["pact.metrics"]._prepare()
            env.cr.execute(
                SQL(
                    "SELECT count(t), count(t.absent_window) FROM (%s) t",
                    summary._wanted(now["day"], students),
                )
            )

        return run

    def night():
        now["rows"] = summary._refresh(now["day"], None)

    def vacuum():
        written.append(now["rows"])
        _run.vacuum(env.cr, "pact_student_summary", "pact_school")

    written = []
    table = _run.Table(env, f"Stored numbers of {options.students:,} students")
    table.add("yardstick: GROUP BY student, seq scan + hash", yardstick(env))
    bare = table.add("the bare SELECT of all numbers", select(), before=turn)
    table.add(
        "the night's refresh: rows that differ are written",
        night,
        base=bare.name,
        target=1.4,
        after=vacuum,
    )
    table.add("the same again: nothing to write", night, base=bare.name, after=vacuum)
    table.add(
        f"the {len(touched):,} students of one day",
        lambda: summary._refresh(now["day"], touched),
        base=bare.name,
    )
    table.measure(options.rounds)
    print(f"rows written by the refreshes: {written}")
