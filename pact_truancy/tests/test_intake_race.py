import threading
from contextlib import contextmanager

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

FILE = b"student_id,date,code\n1,2026-03-02,UNX\n"


@tagged("post_install", "-at_install")
class TestIntakeRace(TransactionCase):
    """Two workers at once, on real connections: what they see is committed, and taken
    away again afterwards. The test's own transaction touches none of it."""

    def setUp(self):
        super().setUp()
        with self.connection() as env:
            state = env.ref("base.state_us_14")
            county = env["pact.county"].create(
                {"name": "Race County", "state_id": state.id}
            )
            district = env["pact.district"].create(
                {"name": "Race District", "county_id": county.id}
            )
            school = env["pact.school"].create(
                {"name": "Race School", "district_id": district.id}
            )
            source = env["pact.source"].create({"name": "Race SIS", "code": "race"})
            profile = env["pact.import.profile"].create(
                {
                    "name": "Race",
                    "source_id": source.id,
                    "mode": "add",
                    "is_unattended": True,
                    "accepts_upload": True,
                    "school_ids": [(6, 0, school.ids)],
                }
            )
            self.made = [
                (record._name, record.id)
                for record in (profile, source, school, district, county)
            ]
            self.profile_id = profile.id
        self.addCleanup(self.take_away)

    def take_away(self):
        with self.connection() as env:
            env["pact.import.job"].search(
                [("profile_id", "=", self.profile_id)]
            ).unlink()
            for model, number in self.made:
                env[model].browse(number).unlink()

    @contextmanager
    def connection(self):
        with self.registry.cursor() as cr:
            cr.execute("SET statement_timeout = '20s'")  # rather than wait for oneself
            yield api.Environment(cr, SUPERUSER_ID, {})

    def receive(self, env):
        profile = env["pact.import.profile"].browse(self.profile_id)
        return profile._receive("absences.csv", FILE, "upload").id

    def test_two_uploads_at_once_are_one_import(self):
        failed, jobs = [], []

        def second():
            with self.connection() as env:
                try:
                    jobs.append(self.receive(env))
                except SerializationFailure:
                    # as Odoo does with a request: again, on what is there now
                    failed.append(True)
                    env.cr.rollback()
                    env.invalidate_all()
                    jobs.append(self.receive(env))

        with self.connection() as env:
            first = self.receive(env)
            env.flush_all()
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(0.5)
            self.assertTrue(thread.is_alive(), "it waits for the first")
        thread.join(30)
        self.assertEqual((failed, jobs), ([True], [first]))

    def make_students(self, env, names):
        """Students with a number each, taken away before the source is."""
        students = env["pact.student"].create(
            [{"first_name": name, "last_name": "Race"} for name in names]
        )
        source = self.made[1]
        env["pact.student.identifier"].create(
            [
                {"student_id": s.id, "source_id": source[1], "value": s.first_name}
                for s in students
            ]
        )
        self.addCleanup(self.take_away_students, students.ids)
        return students.ids

    def take_away_students(self, ids):
        with self.connection() as env:
            students = env["pact.student"].browse(ids)
            # no code of the app ever does this
            env.cr.execute(
                "DELETE FROM pact_student_merge WHERE merged_id = ANY(%s)", (ids,)
            )
            students.merged_into_id = False
            students.identifier_ids.unlink()
            students.unlink()

    def test_a_merge_during_a_merge_loses_nothing(self):
        """A into B, while B goes into C: who comes second begins anew, on what is."""
        with self.connection() as env:
            ids = self.make_students(env, "ABC")
        with self.connection() as late:
            late["pact.student"].browse(ids).mapped("name")  # what is, to this one
            with self.connection() as env:
                first, second, _third = env["pact.student"].browse(ids)
                first._merge(second)
            _first, second, third = late["pact.student"].browse(ids)
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                second._merge(third)
            late.cr.rollback()
            late.invalidate_all()
            second._merge(third)
        with self.connection() as env:
            values = env["pact.student"].browse(ids[2]).identifier_ids.mapped("value")
            self.assertEqual(sorted(values), ["A", "B", "C"])

    def test_an_import_during_a_merge_begins_anew(self):
        """Otherwise its rows would go to the record that was put away."""
        with self.connection() as env:
            ids = self.make_students(env, "AB")
            job = env["pact.import.job"].browse(self.receive(env))
        with self.connection() as late:
            job = job.with_env(late)
            self.assertEqual(job.source_id.id, self.made[1][1])
            with self.connection() as env:
                first, second = env["pact.student"].browse(ids)
                first._merge(second)
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                job._lock_for_apply()
            late.cr.rollback()

    def test_two_workers_never_have_the_same_job(self):
        with self.connection() as env:
            job = self.receive(env)
        with self.connection() as one, self.connection() as two:
            self.assertEqual(one["pact.import.job"]._next_job().id, job)
            self.assertFalse(two["pact.import.job"]._next_job())
            # killed: the connection ends, the job is there for the next one
            one.cr.rollback()
            two.cr.rollback()
            self.assertEqual(two["pact.import.job"]._next_job().id, job)
            two.cr.rollback()
