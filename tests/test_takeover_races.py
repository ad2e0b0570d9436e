"""Two people take over the same workbook at once, on real connections: each row once.

Interventions have no unique index, since two calls on one day are two; so the
transactions themselves must not pass each other.
"""

import base64
import io
import threading
import time

import pytest
from openpyxl import Workbook
from psycopg2.errors import SerializationFailure
from test_import_races import DAY, World

ROUNDS = 3


@pytest.fixture
def world():
    made = World()
    with made.cursor() as env:
        parameters = env["ir.config_parameter"]
        pinned = parameters.get_param("pact_truancy.pinned_day")
        parameters.set_param("pact_truancy.pinned_day", DAY.isoformat())
        env["pact.student"]._refresh_current(DAY)
    yield made
    with made.registry.cursor() as cr:
        cr.execute("SET LOCAL pact.retention = 'on'")
        students = (made.ids["students"],)
        cr.execute("DELETE FROM pact_intervention WHERE student_id IN %s", students)
        cr.execute(
            "DELETE FROM pact_takeover WHERE source_id = %s", (made.ids["source"],)
        )
    with made.cursor() as env:
        env["ir.config_parameter"].set_param("pact_truancy.pinned_day", pinned or "")
    made.close()


def workbook(world, note):
    book = Workbook()
    page = book.active
    page.title = "Interventions"
    page.append(["Student", "School", "Date", "Kind", "Note"])
    for place in range(5):
        page.append([f"{place:03}", world.key, DAY, "phone", note])
    content = io.BytesIO()
    book.save(content)
    return base64.b64encode(content.getvalue())


def previewed(world, content):
    with world.cursor() as env:
        takeover = env["pact.takeover"].create(
            {
                "source_id": world.ids["source"],
                "file": content,
                "file_name": "races.xlsx",
            }
        )
        takeover.action_preview()
        assert takeover.new_count == 5, takeover.row_ids.mapped("problem")
        return takeover.id


def take_over(world, number, outcome, ready):
    """As a request does: again after a serialization failure."""
    for _attempt in range(8):
        try:
            with world.cursor() as env:
                takeover = env["pact.takeover"].browse(number)
                takeover.read(["state"])  # both have seen the same records
                if ready:
                    ready.wait(20)
                    ready = None
                kind = takeover.action_apply()["params"]["type"]
            outcome.append(kind)
            return
        except SerializationFailure:
            time.sleep(0.3)
    outcome.append("gave up")


def test_each_row_once(world):
    """Whoever comes second is told that something changed, and finds all known."""
    for number in range(ROUNDS):
        note = f"round {number}"
        content = workbook(world, note)
        ids = [previewed(world, content) for _person in range(2)]
        outcome, ready = [], threading.Barrier(2)
        threads = [
            threading.Thread(
                target=take_over, args=(world, one, outcome, ready), daemon=True
            )
            for one in ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcome) == ["success", "warning"], outcome
        with world.cursor() as env:
            rows = env["pact.intervention"].search(
                [("student_id", "in", world.ids["students"]), ("note", "=", note)]
            )
            assert len(rows) == 5
            states = env["pact.takeover"].browse(ids).mapped("state")
            assert sorted(states) == ["applied", "preview"]
