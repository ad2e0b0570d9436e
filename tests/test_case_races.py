"""Two people advance the same case at once, on real connections: one step."""

import threading
import time

import pytest
from psycopg2.errors import SerializationFailure
from test_import_races import DAY, World
from test_screening_races import clean

from odoo.exceptions import LockError, UserError

ROUNDS = 3


@pytest.fixture
def world():
    """The import's world, with a program of three steps and no demands."""
    made = World()
    with made.cursor() as env:
        parameters = env["ir.config_parameter"]
        pinned = parameters.get_param("pact_truancy.pinned_day")
        parameters.set_param("pact_truancy.pinned_day", DAY.isoformat())
        program = env["pact.program"].create(
            {
                "name": made.key,
                "code": made.key,
                "min_age": 0,
                "max_age": 0,
                "school_ids": [(6, 0, [made.ids["school"]])],
                "step_ids": [
                    (0, 0, {"name": name, "code": name, "sequence": place})
                    for place, name in enumerate(("one", "two", "three"))
                ],
            }
        )
        env["pact.student"]._refresh_current(DAY)
        made.ids["program"] = program.id
    yield made
    with made.registry.cursor() as cr:
        cr.execute("SET LOCAL pact.retention = 'on'")
        students = (made.ids["students"],)
        cr.execute(
            """DELETE FROM pact_case_step WHERE case_id IN
                      (SELECT id FROM pact_case WHERE student_id IN %s)""",
            students,
        )
        cr.execute("DELETE FROM pact_case WHERE student_id IN %s", students)
    clean(made)
    with made.cursor() as env:
        env["ir.config_parameter"].set_param("pact_truancy.pinned_day", pinned or "")
    made.close()


def advance(world, number, step, outcome, ready):
    """Drop the case on `step` as a request does: again after a serialization failure;
    and as a person, who drops it again while the other one still decides."""
    for _attempt in range(8):
        try:
            with world.cursor() as env:
                case = env["pact.case"].browse(number)
                case.read(["step_id"])  # both have seen it in the first step
                if ready:
                    ready.wait(20)
                    ready = None
                case._advance(env["pact.program.step"].browse(step))
            outcome.append("advanced")
            return
        except (SerializationFailure, LockError):
            time.sleep(0.3)
        except UserError as error:
            outcome.append(str(error))
            return
    outcome.append("gave up")


def test_two_people_make_one_step(world):
    """Whoever comes second finds the step taken: one row of history, one step on."""
    for _round in range(ROUNDS):
        with world.cursor() as env:
            program = env["pact.program"].browse(world.ids["program"])
            student = env["pact.student"].browse(world.ids["students"][_round])
            steps = program.step_ids
            case = env["pact.case"]._open(student, program, steps[0], DAY, {})
            number, second = case.id, steps[1].id
        outcome, ready = [], threading.Barrier(2)
        threads = [
            threading.Thread(
                target=advance,
                args=(world, number, second, outcome, ready),
                daemon=True,
            )
            for _person in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert outcome == ["advanced", "advanced"], outcome
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            assert case.step_id.id == second
            assert case.step_history_ids.step_id.ids.count(second) == 1
            assert len(case.step_history_ids) == 2
