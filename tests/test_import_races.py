"""Two imports at once, a double click, a killed worker: on real connections.

The facts of these tests are committed, and taken out again at the end.
"""

import base64
import threading
from datetime import date
from uuid import uuid4

import psycopg2
import pytest

from odoo import api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name

DAY = date(2019, 3, 4)
HEAD = "student_id,school,date,code\n"
SERIALIZATION = psycopg2.errors.SerializationFailure


class World:
    """A school with twenty students, committed; jobs are made and applied in
    connections of their own."""

    def __init__(self):
        self.registry = Registry(get_db_name())
        self.key = uuid4().hex[:8]
        with self.cursor() as env:
            state = env.ref("base.state_us_14")
            office = env["pact.office"].create({"name": "Example Office"})
            county = env["pact.county"].create(
                {
                    "name": f"Example {self.key}",
                    "state_id": state.id,
                    "default_office_id": office.id,
                }
            )
            district = env["pact.district"].create(
                {"name": f"Example {self.key}", "county_id": county.id}
            )
            year = env["pact.school.year"].create(
                {"name": self.key, "date_start": "2018-07-01", "date_end": "2019-06-30"}
            )
            calendar = env["pact.school.calendar"].create({"name": self.key})
            env["pact.school.day"].create({"calendar_id": calendar.id, "date": DAY})
            school = env["pact.school"].create(
                {
                    "name": f"School {self.key}",
                    "code": self.key,
                    "district_id": district.id,
                    "calendar_id": calendar.id,
                }
            )
            source = env["pact.source"].create(
                {"name": self.key, "code": self.key, "district_id": district.id}
            )
            students = env["pact.student"].create(
                [
                    {
                        "first_name": "Sam",
                        "last_name": f"Sample {number}",
                        "birth_date": "2008-01-01",
                    }
                    for number in range(20)
                ]
            )
            env["pact.enrollment"].create(
                [
                    {
                        "student_id": student.id,
                        "school_id": school.id,
                        "entry_date": "2018-09-03",
                        "grade": "05",
                    }
                    for student in students
                ]
            )
            env["pact.student.identifier"].create(
                [
                    {
                        "student_id": student.id,
                        "source_id": source.id,
                        "value": f"{number:03}",
                    }
                    for number, student in enumerate(students)
                ]
            )
            self.ids = {
                "source": source.id,
                "school": school.id,
                "students": tuple(students.ids),
            }
            self.places = [
                (record._table, record.id)
                for record in (school, calendar, district, county, office, year)
            ]

    def cursor(self):
        return _Committed(self.registry)

    def job(self, codes):
        """A previewed job: {place of the student: code}. Returns its id."""
        text = HEAD + "".join(
            f"{place:03},{self.key},{DAY},{code}\n" for place, code in codes.items()
        )
        with self.cursor() as env:
            job = env["pact.import.job"].create(
                {
                    "source_id": self.ids["source"],
                    "file": base64.b64encode(text.encode()),
                    "file_name": "races.csv",
                }
            )
            job.action_read()
            job.write({"mode": "replace", "date_from": DAY, "date_to": DAY})
            job.action_preview()
            return job.id

    def count(self, table):
        with self.registry.cursor() as cr:
            cr.execute(
                f"SELECT count(*) FROM {table} WHERE student_id IN %s",
                (self.ids["students"],),
            )
            return cr.fetchone()[0]

    def close(self):
        with self.registry.cursor() as cr:
            cr.execute("SET LOCAL pact.retention = 'on'")
            values = (self.ids["students"],)
            for table in ("pact_attendance_change", "pact_import_conflict"):
                cr.execute(f"DELETE FROM {table} WHERE student_id IN %s", values)
            for query in (
                "DELETE FROM pact_attendance_event WHERE student_id IN %s",
                "DELETE FROM pact_student_summary WHERE student_id IN %s",
                "DELETE FROM pact_enrollment WHERE student_id IN %s",
                "DELETE FROM pact_student_identifier WHERE student_id IN %s",
            ):
                cr.execute(query, values)
            school, source = self.ids["school"], self.ids["source"]
            cr.execute(
                "DELETE FROM pact_attendance_received WHERE school_id = %s", (school,)
            )
            for query in (
                "DELETE FROM pact_import_job WHERE source_id = %s",
                "DELETE FROM pact_import_profile WHERE source_id = %s",
                "DELETE FROM pact_source WHERE id = %s",
            ):
                cr.execute(query, (source,))
            cr.execute("DELETE FROM pact_student WHERE id IN %s", values)
            for table, number in self.places:
                cr.execute(f"DELETE FROM {table} WHERE id = %s", (number,))


class _Committed:
    """An environment whose changes are committed when all went well."""

    def __init__(self, registry):
        self.registry = registry

    def __enter__(self):
        self.cr = self.registry.cursor()
        return api.Environment(self.cr, api.SUPERUSER_ID, {})

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.cr.commit()
        finally:
            self.cr.close()


@pytest.fixture(scope="module")
def world():
    made = World()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def empty(world):
    yield
    with world.registry.cursor() as cr:
        cr.execute("SET LOCAL pact.retention = 'on'")
        for table in ("pact_attendance_change", "pact_attendance_event"):
            cr.execute(
                f"DELETE FROM {table} WHERE student_id IN %s",
                (world.ids["students"],),
            )


def apply(world, number, outcome, begun=None, go=None):
    """Apply as a request does: again after a serialization failure."""
    for _attempt in range(3):
        cr = world.registry.cursor()
        try:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            job = env["pact.import.job"].browse(number)
            job.read(["state"])  # the snapshot is taken here
            if begun:
                begun.set()
                go.wait(20)
                begun = None
            job._apply(job._check_ready())
            cr.commit()
            outcome.append("applied")
            return
        except SERIALIZATION:
            cr.rollback()
        except UserError as problem:
            cr.rollback()
            outcome.append(str(problem))
            return
        finally:
            cr.close()
    outcome.append("gave up")


def race(world, first, second):
    """Apply `first` while a second connection, whose snapshot is older than its
    commit, applies `second`. Returns what became of the second."""
    outcome, begun, go = [], threading.Event(), threading.Event()
    thread = threading.Thread(
        target=apply, args=(world, second, outcome, begun, go), daemon=True
    )
    cr = world.registry.cursor()
    try:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        job = env["pact.import.job"].browse(first)
        thread.start()
        assert begun.wait(20)
        job._apply(job._check_ready())
        go.set()
        thread.join(1)  # it waits for the lock
        assert thread.is_alive()
        cr.commit()
    finally:
        cr.close()
    thread.join(30)
    assert not thread.is_alive()
    return outcome[0]


def test_two_imports_of_one_file(world):
    """The second sees that nothing is left of its difference; nothing is doubled."""
    codes = dict.fromkeys(range(20), "UNX")
    answer = race(world, world.job(codes), world.job(codes))
    assert "changed since the preview" in answer
    assert world.count("pact_attendance_event") == 20
    assert world.count("pact_attendance_change") == 20


def test_two_imports_of_other_students(world):
    """Replacing the same day: whoever comes second must look again, or would withdraw
    what the first brought unseen."""
    first = world.job(dict.fromkeys(range(10), "UNX"))
    second = world.job(dict.fromkeys(range(10, 20), "UNX"))
    assert "changed since the preview" in race(world, first, second)
    assert world.count("pact_attendance_event") == 10


def test_double_click(world):
    number = world.job(dict.fromkeys(range(20), "UNX"))
    assert race(world, number, number) == "applied"
    assert world.count("pact_attendance_event") == 20
    assert world.count("pact_attendance_change") == 20


def test_undo_against_a_later_file(world):
    """An undo that was previewed before a later file came must be looked at again."""
    with world.cursor() as env:
        job = env["pact.import.job"].browse(world.job({0: "UNX", 1: "UNX"}))
        job._apply(job._check_ready())
        undo = job.action_undo()["res_id"]
    later = world.job({0: "EXE", 1: "UNX"})
    assert "changed since the preview" in race(world, later, undo)
    with world.registry.cursor() as cr:
        cr.execute(
            """SELECT count(*) FROM pact_attendance_event
                WHERE student_id IN %s AND is_withdrawn""",
            (world.ids["students"],),
        )
        assert cr.fetchone()[0] == 0


def test_a_killed_worker_leaves_nothing(world):
    number = world.job(dict.fromkeys(range(20), "UNX"))
    cr = world.registry.cursor()
    env = api.Environment(cr, api.SUPERUSER_ID, {})
    job = env["pact.import.job"].browse(number)
    job._apply(job._check_ready())
    cr.execute("SELECT pg_backend_pid()")
    pid = cr.fetchone()[0]
    with world.registry.cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    with pytest.raises(psycopg2.Error):
        cr.commit()
    cr.close()
    assert world.count("pact_attendance_event") == 0
    outcome = []
    apply(world, number, outcome)
    assert outcome == ["applied"]
    assert world.count("pact_attendance_event") == 20
