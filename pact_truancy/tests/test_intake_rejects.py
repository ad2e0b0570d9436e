from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .intake_common import IntakeCommon

HEAD = "student_id,school,date,code\n"


@tagged("post_install", "-at_install")
class TestIntakeRejects(IntakeCommon):
    """Rejected rows stay open until somebody decides, or a later file brings them."""

    def rejected(self, job):
        return job.with_env(self.env).row_ids.filtered(
            lambda row: row.operation == "rejected"
        )

    def dismiss(self, rows, user):
        wizard = self.env["pact.import.dismiss"].with_user(user)
        wizard.create(
            {"row_ids": [(6, 0, rows.ids)], "reason": "Left"}
        ).action_dismiss()

    def test_a_rejected_row_says_what_it_speaks_of(self):
        job = self.bring_in(
            HEAD + "777777,0012,2026-03-02,UNX\n"
            "888888,8888,,UNX\n"
            "004821,0012,2026-03-02,UNX\n"
        )
        known, unknown = self.rejected(job)
        self.assertEqual(known.decision, "open")
        self.assertEqual(known.date, date(2026, 3, 2))
        self.assertEqual(known.school_id, self.school)
        self.assertEqual(known.student_number, "777777")
        self.assertFalse(unknown.date or unknown.school_id)
        self.assertEqual(unknown.decision, "open")
        self.assertEqual(job.open_reject_count, 2)

    def test_dismissing_keeps_who_when_and_why(self):
        job = self.bring_in(HEAD + "777777,0012,2026-03-02,UNX\n")
        row = self.rejected(job)
        with self.assertRaises(AccessError):
            self.dismiss(row, self.principal)
        self.assertEqual(row.decision, "open")
        self.dismiss(row, self.coordinator)
        self.assertEqual(row.decision, "dismissed")
        self.assertEqual(row.decided_by_id, self.coordinator)
        self.assertEqual(row.decision_reason, "Left")
        self.dismiss(row, self.secretary)
        self.assertEqual(row.decided_by_id, self.coordinator, "decided once")

    def test_a_row_that_is_sent_again_and_taken_is_solved(self):
        text = HEAD + "777777,0012,2026-03-02,UNX\n888888,0012,2026-03-02,UNX\n"
        first = self.rejected(self.bring_in(text))
        self.name_student(self.theo, "777777")
        second = self.rejected(self.bring_in(text))
        self.assertEqual(first.mapped("decision"), ["solved", "open"])
        self.assertEqual(second.mapped("decision"), ["open"])

    def test_a_replaced_span_leaves_nothing_open(self):
        text = HEAD + "777777,0012,2026-03-02,UNX\n777777,0012,2026-02-27,UNX\n"
        rows = self.rejected(self.bring_in(text))
        self.bring_in(HEAD + "004821,0012,2026-03-02,UNX\n", mode="replace")
        self.assertEqual(rows.mapped("decision"), ["solved", "open"])
