"""A screening against an import, and against another screening: on real connections."""

import threading

import pytest
from psycopg2.errors import SerializationFailure
from test_import_races import DAY, World, apply

ROUNDS = 3


@pytest.fixture(scope="module")
def world():
    """The import's world, with a program that flags one unexcused day."""
    made = World()
    with made.cursor() as env:
        parameters = env["ir.config_parameter"]
        made.pinned = parameters.get_param("pact_truancy.pinned_day")
        parameters.set_param("pact_truancy.pinned_day", DAY.isoformat())
        program = env["pact.program"].create(
            {
                "name": made.key,
                "code": made.key,
                "min_age": 0,
                "max_age": 0,
                "school_ids": [(6, 0, [made.ids["school"]])],
                "step_ids": [
                    (0, 0, {"name": "Seen", "code": "seen", "entry": "flag"}),
                ],
            }
        )
        env["pact.program.criterion"].create(
            {
                "step_id": program.step_ids.id,
                "measure": "unexcused",
                "window": "year",
                "size": 0,
                "threshold": 1,
            }
        )
        env["pact.student"]._refresh_current(DAY)
        made.ids["program"] = program.id
    yield made
    clean(made)
    with made.cursor() as env:
        env["ir.config_parameter"].set_param(
            "pact_truancy.pinned_day", made.pinned or ""
        )
    made.close()


def clean(world):
    """Take out what the screenings wrote."""
    with world.registry.cursor() as cr:
        cr.execute("SET LOCAL pact.retention = 'on'")
        students = (world.ids["students"],)
        cr.execute("DELETE FROM pact_flag WHERE student_id IN %s", students)
        cr.execute("DELETE FROM pact_snapshot WHERE student_id IN %s", students)
        for table in ("pact_attendance_change", "pact_attendance_event"):
            cr.execute(f"DELETE FROM {table} WHERE student_id IN %s", students)
        program = world.ids.pop("program", None)
        if program:
            cr.execute("DELETE FROM pact_screening WHERE program_id = %s", (program,))
            cr.execute(
                "DELETE FROM pact_program_criterion WHERE program_id = %s", (program,)
            )
            cr.execute(
                "DELETE FROM pact_program_step WHERE program_id = %s", (program,)
            )
            cr.execute(
                "DELETE FROM pact_program_pact_school_rel WHERE pact_program_id = %s",
                (program,),
            )
            cr.execute("DELETE FROM pact_program WHERE id = %s", (program,))


def screen(world, outcome, begun=None, go=None):
    """Screen as a scheduled job does: again after a serialization failure."""
    for _attempt in range(5):
        try:
            with world.cursor() as env:
                program = env["pact.program"].browse(world.ids["program"])
                program.read(["name"])  # the snapshot is taken here
                if begun:
                    begun.set()
                    go.wait(20)
                    begun = None
                program._screen(DAY)
            outcome.append("screened")
            return
        except SerializationFailure:
            continue
    outcome.append("gave up")


def flags(world):
    """Return [(student, state, counted value)] of the open flags."""
    with world.cursor() as env:
        rows = env["pact.flag"].search(
            [
                ("program_id", "=", world.ids["program"]),
                ("state", "in", ("open", "snoozed")),
            ]
        )
        return sorted((row.student_id.id, row.state, row.value) for row in rows)


def test_a_screening_never_sees_half_an_import(world):
    """The screening began before the import was committed: it finds nothing of it, and
    the next one finds all of it, each student once."""
    for _round in range(ROUNDS):
        number = world.job(dict.fromkeys(range(20), "UNX"))
        outcome, begun, go = [], threading.Event(), threading.Event()
        thread = threading.Thread(
            target=screen, args=(world, outcome, begun, go), daemon=True
        )
        thread.start()
        assert begun.wait(20)
        applied = []
        apply(world, number, applied)
        assert applied == ["applied"]
        go.set()
        thread.join(60)
        assert outcome == ["screened"]
        # whatever the first could see, no flag rests on a part of the file
        assert len(flags(world)) in (0, 20)
        screen(world, outcome)
        found = flags(world)
        assert [student for student, *_rest in found] == sorted(world.ids["students"])
        assert len(world.ids["students"]) == len(found) == 20
        keep = world.ids["program"]
        world.ids.pop("program")
        clean(world)
        world.ids["program"] = keep


def test_two_screenings_and_an_import_at_once(world):
    """All three at once, several times: no flag twice, none lost."""
    for round_number in range(ROUNDS):
        number = world.job(dict.fromkeys(range(round_number, 20), "UNX"))
        outcome = []
        threads = [
            threading.Thread(target=screen, args=(world, outcome), daemon=True),
            threading.Thread(target=apply, args=(world, number, outcome), daemon=True),
            threading.Thread(target=screen, args=(world, outcome), daemon=True),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcome) == ["applied", "screened", "screened"]
        screen(world, outcome)
        found = [student for student, *_rest in flags(world)]
        assert found == sorted(world.ids["students"][round_number:])
        assert world.count("pact_attendance_event") == 20 - round_number
        keep = world.ids.pop("program")
        clean(world)
        world.ids["program"] = keep
