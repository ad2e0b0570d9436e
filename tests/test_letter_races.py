"""Two clerks confirm the same notice at once, on real connections: one letter."""

import threading
import time

import pytest
from psycopg2.errors import SerializationFailure
from test_import_races import DAY, World, apply
from test_screening_races import clean, screen

from odoo.exceptions import LockError, UserError


@pytest.fixture
def world():
    """The import's world, with a notice at one unexcused day, and its letter."""
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
                    (0, 0, {"name": "Told", "code": "told", "entry": "notice"}),
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
        env["pact.letter.kind"].create(
            {"name": made.key, "code": made.key, "step_id": program.step_ids.id}
        )
        env["pact.student"]._refresh_current(DAY)
        made.ids["program"] = program.id
    yield made
    with made.registry.cursor() as cr:
        cr.execute("SET LOCAL pact.retention = 'on'")
        students = (made.ids["students"],)
        cr.execute(
            """DELETE FROM pact_letter_delivery WHERE letter_id IN
                      (SELECT id FROM pact_letter WHERE student_id IN %s)""",
            students,
        )
        cr.execute("DELETE FROM pact_letter WHERE student_id IN %s", students)
        cr.execute("DELETE FROM pact_letter_kind WHERE code = %s", (made.key,))
    clean(made)
    with made.cursor() as env:
        env["ir.config_parameter"].set_param("pact_truancy.pinned_day", pinned or "")
    made.close()


def confirm(world, numbers, outcome, ready):
    """Confirm the flags as a request does: again after a serialization failure; and as
    a person, who presses again while the other one still decides."""
    for _attempt in range(5):
        try:
            with world.cursor() as env:
                found = env["pact.flag"].browse(numbers)
                found.read(["state"])  # both have seen them open
                if ready:
                    ready.wait(20)
                    ready = None
                found.action_confirm()
            outcome.append("confirmed")
            return
        except (SerializationFailure, LockError):
            time.sleep(0.5)
        except UserError as error:
            outcome.append("refused" if "already decided" in str(error) else str(error))
            return
    outcome.append("gave up")


def test_two_clerks_make_one_letter(world):
    """One of the two is told that the flags are decided; each student has one letter,
    and no case."""
    apply(world, world.job(dict.fromkeys(range(5), "UNX")), [])
    screen(world, [])
    with world.cursor() as env:
        found = env["pact.flag"].search([("program_id", "=", world.ids["program"])])
        numbers = found.ids
    assert len(numbers) == 5
    outcome, ready = [], threading.Barrier(2)
    threads = [
        threading.Thread(
            target=confirm, args=(world, numbers, outcome, ready), daemon=True
        )
        for _clerk in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcome) == ["confirmed", "refused"]
    assert world.count("pact_letter") == 5
    assert world.count("pact_case") == 0
