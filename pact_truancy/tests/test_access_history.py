import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TruancyCommon


@tagged("post_install", "-at_install")
class TestAccessHistory(TruancyCommon):
    """The history of attendance is written once: nobody changes or deletes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student()
        cls.event = cls.make_events(cls.student, cls.school_days(1))
        cls.change = cls.event.change_ids
        cls.admin = cls.make_user("admin-of-all", "coordinator", cls.office)
        cls.admin.group_ids += cls.env.ref("pact_truancy.group_pact_administrator")
        cls.admin.group_ids += cls.env.ref("base.group_system")

    def setUp(self):
        super().setUp()
        self.assertEqual(len(self.change), 1)
        self.before = self.change.read()

    def tearDown(self):
        self.env.invalidate_all()
        self.assertEqual(self.change.exists().read(), self.before)
        super().tearDown()

    def test_not_by_an_administrator(self):
        change = self.change.with_user(self.admin)
        self.assertTrue(change.read(["operation"]), "the administrator can read it")
        for attempt in (
            lambda: change.write({"reason": "never happened"}),
            change.unlink,
            lambda: change.copy(),
            lambda: change.create(
                {
                    "event_id": self.event.id,
                    "student_id": self.student.id,
                    "school_id": self.school.id,
                    "date": self.event.date,
                    "operation": "staff",
                }
            ),
            lambda: change.web_save({"reason": "x"}, {}),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_not_by_the_superuser(self):
        change = self.change.sudo()
        with self.assertRaises(UserError):
            change.write({"reason": "never happened"})
        with self.assertRaises(UserError):
            change.unlink()

    def test_not_by_import(self):
        change = self.env["pact.attendance.change"].with_user(self.admin)
        for attempt in (
            lambda: change.load([".id", "reason"], [[str(self.change.id), "x"]]),
            lambda: change.load(
                ["event_id/.id", "date", "operation"],
                [[str(self.event.id), "2026-03-03", "staff"]],
            ),
            lambda: self.event.with_user(self.admin).load(
                [".id", "change_ids/.id", "change_ids/reason"],
                [[str(self.event.id), str(self.change.id), "x"]],
            ),
        ):
            try:
                result = attempt()
            except UserError:
                continue
            self.assertFalse(result["ids"], result)

    def test_not_through_its_event(self):
        event = self.event.with_user(self.admin)
        for command in (
            (1, self.change.id, {"reason": "x"}),
            (2, self.change.id, 0),
            (3, self.change.id, 0),
            (5, 0, 0),
        ):
            with self.assertRaises(UserError):
                event.write({"change_ids": [command]})
            with self.assertRaises(UserError):
                self.event.sudo().write({"change_ids": [command]})

    def test_not_by_deleting_what_it_hangs_on(self):
        """Event, student, school, code: each deletion is refused."""
        for record in (
            self.event,
            self.student,
            self.school,
            self.change.code_after_id,
        ):
            with self.subTest(record=record._name), mute_logger("odoo.sql_db"):
                try:
                    with self.env.cr.savepoint():
                        record.sudo().unlink()
                except (UserError, psycopg2.Error):
                    continue
                self.fail("deleted")

    @mute_logger("odoo.sql_db")
    def test_not_by_sql(self):
        """A trigger refuses it too, cascades and emptying the table included."""
        for statement in (
            "UPDATE pact_attendance_change SET reason = 'x'",
            "DELETE FROM pact_attendance_change",
            "TRUNCATE pact_attendance_change",
            "TRUNCATE pact_attendance_event CASCADE",
            "DELETE FROM pact_attendance_event",
            "DELETE FROM pact_student",
            "DELETE FROM pact_school",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.Error),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
