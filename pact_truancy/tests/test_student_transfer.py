from contextlib import suppress
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .intake_common import IntakeCommon

HEAD = "student_id,first_name,last_name,dob,school\n"


@tagged("post_install", "-at_install")
class TestStudentTransfer(IntakeCommon):
    """A file of district 1 names a student of district 2: the office decides, and
    nobody else learns of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls.make_user("both", "coordinator", cls.county)
        cls.far = cls.make_user("far", "coordinator", cls.other_district)

    def transfers(self):
        return self.env["pact.student.transfer"].search([])

    def test_same_name_and_birth_date(self):
        """GEN-05: never an overwrite, never a double: a proposal."""
        text = HEAD + "001234,Sam,Sample,2012-10-10,0012\n"
        job = self.bring_in(text, "student")
        self.assertCounts(job, rejected=1)
        self.assertIn("waits for the office", job.row_ids.problem)
        transfer = self.transfers()
        self.assertRecordValues(
            transfer,
            [
                {
                    "student_id": self.stranger.id,
                    "value": "001234",
                    "kind": "name",
                    "to_district_id": self.district.id,
                    "to_school_id": self.school.id,
                    "state": "open",
                }
            ],
        )
        self.assertCounts(self.bring_in(text, "student"), rejected=1)
        self.assertEqual(self.transfers(), transfer, "once")

    def test_same_number(self):
        self.env["pact.student.identifier"].search(
            [("value", "=", "009900")]
        ).source_id = state = self.env["pact.source"].create(
            {"name": "State", "code": "state"}
        )
        text = HEAD + "009900,Sam,Other,2011-01-01,0012\n"
        job = self.read_file(text, "student")
        job.source_id = state
        job.action_read()
        job.action_preview()
        job.action_apply()
        self.assertCounts(job, rejected=1)
        self.assertEqual(self.transfers().kind, "number")
        self.assertEqual(self.stranger.name, "Sam Sample")

    def test_nothing_is_told_to_who_brought_the_file(self):
        """GEN-05: neither the row nor a search names the child or its school."""
        job = self.bring_in(HEAD + "001234,Sam,Sample,2012-10-10,0012\n", "student")
        told = str(job.with_user(self.secretary).row_ids.read())
        self.assertNotIn("River", told)
        self.assertNotIn("009900", told)
        for user in (self.secretary, self.coordinator, self.far, self.principal):
            with self.subTest(user.login):
                transfers = self.env["pact.student.transfer"].with_user(user)
                with suppress(AccessError):
                    self.assertFalse(transfers.search([]))
                with self.assertRaises(AccessError):
                    self.transfers().with_user(user).action_confirm()
                with self.assertRaises(AccessError):
                    self.transfers().with_user(user).read(["held"])
        self.assertTrue(self.transfers().with_user(self.both).held)

    def test_the_office_confirms(self):
        text = HEAD + "001234,Sam,Sample,2012-10-10,0012\n"
        self.bring_in(text, "student")
        transfer = self.transfers().with_user(self.both)
        with self.assertRaises(UserError):
            transfer.action_confirm()  # from which day on?
        enrollments = "student_id,school,entry_date,grade\n001234,0012,2026-03-02,8\n"
        job = self.bring_in(enrollments, "enrollment")
        self.assertCounts(job, rejected=1)
        unknown = self.env["pact.import.loader"]._unknown()
        self.assertEqual(job.row_ids.problem, unknown)
        self.assertEqual(transfer.entry_date, date(2026, 3, 2))
        transfer.action_confirm()
        self.assertEqual(self.stranger.school_ids, self.school | self.other_school)
        self.assertEqual(transfer.decided_by_id, self.both)
        self.assertCounts(self.bring_in(text, "student"), unchanged=1)
        self.assertCounts(self.bring_in(enrollments, "enrollment"), unchanged=1)
        with self.assertRaises(UserError):
            transfer.action_dismiss()

    def test_another_child_of_that_name(self):
        text = HEAD + "001234,Sam,Sample,2012-10-10,0012\n"
        self.bring_in(text, "student")
        self.transfers().with_user(self.both).action_dismiss()
        self.assertCounts(self.bring_in(text, "student"), new=1)
        new = self.env["pact.student.identifier"].search([("value", "=", "001234")])
        self.assertNotEqual(new.student_id, self.stranger)

    def test_the_office_writes_school_and_day_only(self):
        self.bring_in(HEAD + "001234,Sam,Sample,2012-10-10,0012\n", "student")
        transfer = self.transfers().with_user(self.both)
        with self.assertRaises(AccessError):
            transfer.student_id = self.maya
        with self.assertRaises(AccessError):
            transfer.state = "confirmed"
        transfer.entry_date = date(2026, 3, 2)
        transfer.to_school_id = self.other_school
        with self.assertRaises(UserError):
            transfer.action_confirm()

    def test_of_the_own_district_is_no_transfer(self):
        self.make_student("Ida", "Nearby", school=self.sister_school)
        text = HEAD + "001235,Ida,Nearby,2012-10-10,0012\n"
        self.assertCounts(self.bring_in(text, "student"), new=1)
        self.assertFalse(self.transfers())
        # but it is suggested as the same child
        self.assertTrue(self.env["pact.student.duplicate"].search([]))
