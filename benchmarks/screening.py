"""Screening by R21, then by all five programs: everybody read, flags written with what
was known."""

import _calendar
import _run
from _yardstick import yardstick

from odoo.fields import Command

DAY = _calendar.TODAY


def run(env, options):
    program = env.ref("pact_truancy.program_r21")
    touched = env["pact.attendance.event"].search([("date", "=", DAY)]).student_id

    def screen(students=None):
        def run():
            program._screen(DAY, students)

        return run

    def flags():
        env.cr.execute("SELECT count(*), max(id) FROM pact_flag")
        return env.cr.fetchone()

    table = _run.Table(env, f"R21's screening of {options.students:,} students")
    table.add("yardstick: GROUP BY student, seq scan + hash", yardstick(env))
    first = table.add(
        "first screening: flags written",
        screen(),
        target=2.0,
        before=env.cr.commit,
        after=lambda: made.append(flags()[0]) or env.cr.rollback(),
    )
    # from here on the flags are there
    again = table.add(
        "the same again: nothing new", screen(), before=screen(), after=env.cr.rollback
    )
    table.add(
        f"after one day: the {len(touched):,} touched students",
        screen(touched),
        target=0.2,
        base=again.name,
        before=screen(),
        after=env.cr.rollback,
    )
    made = []
    table.measure(options.rounds)
    print(f"{first.name}: {made} flags")
    five(env, options)


def five(env, options):
    """All five shipped programs: each in its own fifth of the schools, as programs of
    several districts are; then each in every school."""
    programs = env["pact.program"].search(
        [("code", "in", ["R21", "R53", "SOP", "SAC", "WTB"])]
    )
    schools = env["pact.school"].search([], order="id")
    programs.write({"office_ids": [Command.clear()], "district_ids": [Command.clear()]})
    for place, program in enumerate(programs):
        program.school_ids = schools[place :: len(programs)]
    env.cr.commit()
    _screen_all(env, options, programs, "Five programs, a fifth of the schools each")
    programs.school_ids = schools
    env.cr.commit()
    _screen_all(env, options, programs, "Five programs, each in every school")


def _screen_all(env, options, programs, title):
    def screen():
        for program in programs:
            program._screen(DAY)

    def count():
        env.cr.execute(
            """SELECT p.code, count(*) FROM pact_flag f
                 JOIN pact_program p ON p.id = f.program_id GROUP BY 1 ORDER BY 1"""
        )
        flags.append(dict(env.cr.fetchall()))
        env.cr.rollback()

    flags = []
    table = _run.Table(env, f"{title}: {options.students:,} students")
    table.add("yardstick: GROUP BY student, seq scan + hash", yardstick(env))
    table.add("first screening: flags written", screen, target=3.0, after=count)
    table.add(
        "the same again: nothing new", screen, before=screen, after=env.cr.rollback
    )
    table.measure(min(options.rounds, 3))
    print(f"flags of the first screening: {flags[0]}")
