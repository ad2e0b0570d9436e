"""Two people work on the same case at once, on real connections: one step, and a
history that says where the case stands."""

import threading
import time
from datetime import timedelta

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
        cr.execute("DELETE FROM pact_flag WHERE student_id IN %s", students)
        cr.execute("DELETE FROM pact_case WHERE student_id IN %s", students)
    clean(made)
    with made.cursor() as env:
        env["ir.config_parameter"].set_param("pact_truancy.pinned_day", pinned or "")
    made.close()


def act(world, model, number, action, outcome, ready):
    """Do `action` to a record as a request does: again after a serialization failure;
    and as a person, who tries again while the other one still decides."""
    for _attempt in range(8):
        try:
            with world.cursor() as env:
                record = env[model].browse(number)
                record.read()  # both have seen it as it was
                if ready:
                    ready.wait(20)
                    ready = None
                action(record)
            outcome.append("done")
            return
        except (SerializationFailure, LockError):
            time.sleep(0.3)
        except UserError as error:
            outcome.append(str(error))
            return
    outcome.append("gave up")


def both(world, model, number, *actions):
    """Do the two actions at once; return how each ended."""
    outcome, ready = [], threading.Barrier(2)
    threads = [
        threading.Thread(
            target=act, args=(world, model, number, one, outcome, ready), daemon=True
        )
        for one in actions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcome) == 2 and "gave up" not in outcome, outcome
    return outcome


def open_case(world, place, day=DAY):
    """Return the ids of a new case in the first step, and of the steps."""
    with world.cursor() as env:
        program = env["pact.program"].browse(world.ids["program"])
        student = env["pact.student"].browse(world.ids["students"][place])
        steps = program._rungs()
        case = env["pact.case"]._open(student, program, steps[0], day, {})
        return case.id, steps.ids


def check_history(case):
    """The case stands where its history says, and took each step once a round."""
    rows = case.step_history_ids.filtered(lambda row: not row.voided_on).sorted("id")
    assert rows[-1].step_id == case.step_id
    assert rows[-1].round == case.round
    taken = [(row.round, row.step_id.id) for row in rows]
    assert len(taken) == len(set(taken))


def advance_to(step):
    return lambda case: case._advance(case.env["pact.program.step"].browse(step))


def test_two_people_make_one_step(world):
    """Whoever comes second finds the step taken: one row of history, one step on."""
    for place in range(ROUNDS):
        number, steps = open_case(world, place)
        drop = advance_to(steps[1])
        assert both(world, "pact.case", number, drop, drop) == ["done", "done"]
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            assert case.step_id.id == steps[1]
            assert len(case.step_history_ids) == 2
            check_history(case)


def test_a_step_on_and_a_step_back(world):
    """Never on from a step that was taken back."""
    for place in range(ROUNDS):
        number, steps = open_case(world, place)
        with world.cursor() as env:
            advance_to(steps[1])(env["pact.case"].browse(number))
        outcome = both(
            world,
            "pact.case",
            number,
            advance_to(steps[2]),
            lambda case: case.action_void_step("Another child"),
        )
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            check_history(case)
            voided = case.step_history_ids.filtered("voided_on").step_id.ids
            # taken back before the other one, who is then refused; or after
            if outcome == ["done", "done"]:
                assert (case.step_id.id, voided) == (steps[1], [steps[2]])
            else:
                assert (case.step_id.id, voided) == (steps[0], [steps[1]])


def test_closed_while_it_advances(world):
    """It ends closed; a step after the end is none."""
    for place in range(ROUNDS):
        number, steps = open_case(world, place)
        outcome = both(
            world,
            "pact.case",
            number,
            advance_to(steps[1]),
            lambda case: case.action_close("improved"),
        )
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            assert not case.is_open and case.outcome == "improved"
            check_history(case)
            taken = outcome == ["done", "done"]
            assert case.step_id.id == steps[taken]


def test_closed_twice(world):
    """The first outcome stands."""
    for place in range(ROUNDS):
        number, _steps = open_case(world, place)
        both(
            world,
            "pact.case",
            number,
            lambda case: case.action_close("improved"),
            lambda case: case.action_close("completed"),
        )
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            tracked = env["mail.tracking.value"].search(
                [
                    ("mail_message_id.model", "=", "pact.case"),
                    ("mail_message_id.res_id", "=", number),
                    ("field_id.name", "=", "outcome"),
                ]
            )
            assert len(tracked) == 1, "closed once"
            assert case.outcome in ("improved", "completed")


def test_the_year_ends_twice_and_while_it_advances(world):
    """One new round, whoever else acts."""
    with world.cursor() as env:
        year = env["pact.school.year"].search([("name", "=", world.key)])
        year = (year.id, year.date_end)

    def end(case):
        ended = case.env["pact.school.year"].browse(year[0])
        case._end_year("restart", ended, year[1])

    for place in range(ROUNDS):
        number, steps = open_case(world, place, DAY - timedelta(days=30))
        other = end if place else advance_to(steps[1])
        both(world, "pact.case", number, end, other)
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            assert case.round == 2
            check_history(case)


def test_left_while_it_advances(world):
    """Both hold: nothing of the one is lost to the other."""
    for place in range(ROUNDS):
        number, steps = open_case(world, place)
        outcome = both(
            world,
            "pact.case",
            number,
            advance_to(steps[1]),
            lambda case: case._mark_left(DAY),
        )
        assert outcome == ["done", "done"]
        with world.cursor() as env:
            case = env["pact.case"].browse(number)
            assert case.step_id.id == steps[1]
            assert case.left_on == DAY
            check_history(case)


def test_confirmed_and_dismissed(world):
    """One decision on a flag; who comes second reads who decided it."""
    with world.cursor() as env:
        first = env["pact.program"].browse(world.ids["program"])._rungs()[0]
        env["pact.program.criterion"].create(
            {
                "step_id": first.id,
                "measure": "unexcused",
                "window": "year",
                "size": 0,
                "operator": "le",
                "threshold": 1,
            }
        )
    for place in range(ROUNDS):
        with world.cursor() as env:
            program = env["pact.program"].browse(world.ids["program"])
            flag = env["pact.flag"].create(
                {
                    "student_id": world.ids["students"][place],
                    "school_id": world.ids["school"],
                    "program_id": program.id,
                    "step_id": program._rungs()[0].id,
                    "date": DAY,
                    "reading": [],
                }
            )
            number = flag.id
        outcome = both(
            world,
            "pact.flag",
            number,
            lambda flag: flag.action_confirm(),
            lambda flag: flag.action_dismiss("Ill at home"),
        )
        assert sum("already decided" in text for text in outcome) == 1, outcome
        with world.cursor() as env:
            flag = env["pact.flag"].browse(number)
            assert bool(flag.case_id) == (flag.state == "confirmed")
            assert flag.state in ("confirmed", "dismissed")
