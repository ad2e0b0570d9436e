from datetime import date

from odoo.tests import tagged

from .unattended_common import HEAD, UnattendedCommon


DAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
class TestIntakeHostile(UnattendedCommon):
    """Imports by somebody who wants more than the own schools."""

    # -- attendance of other schools ---------------------------------------------------

    def by_row_number(self, text, **values):
        job = self.read_file("id,student_id,school,date,code\n" + text, **values)
        meaning = self.env.ref("pact_truancy.import_field_attendance_row_id")
        job.column_ids.filtered(lambda c: c.header == "id").field_id = meaning
        job.action_preview()
        job.action_apply()
        return job

    def test_row_numbers_of_another_school(self):
        """GEN-05: a file takes back no row of a school that it does not cover, and
        names no child of it, whatever row numbers it gives."""
        there = self.make_user("there", "school_staff", self.sister_school)
        kid = self.make_student("Kim", "Sample", school=self.sister_school)
        self.name_student(kid, "004833")
        self.by_row_number(
            "7,004833,0013,2026-03-02,UNX\n8,004833,0013,2026-02-27,UNX\n",
            user=there,
            school_ids=[(6, 0, self.sister_school.ids)],
        )
        self.assertEqual(self.events(kid).mapped("source_key"), ["8", "7"])
        job = self.by_row_number(
            "7,004821,0012,2026-03-02,P\n8,004821,0012,2026-03-03,UNX\n"
        )
        self.assertNotIn("Kim", str(job.row_ids.mapped("label")))
        self.assertFalse(any(self.events(kid).mapped("is_withdrawn")))

    def test_more_than_a_day_names_no_other_school(self):
        """GEN-05: the reason says that there is more, not where and why."""
        self.make_events(self.maya, [DAY], "MED", school=self.other_school)
        job = self.bring_in(HEAD + f"004821,0012,{DAY},UNX\n")
        self.assertCounts(job, rejected=1)
        problem = job.row_ids.problem
        self.assertIn("UNX Lincoln Middle line 2", problem)
        self.assertIn("recorded at another school", problem)
        self.assertNotIn("River High", problem)
        self.assertNotIn("MED", problem)
