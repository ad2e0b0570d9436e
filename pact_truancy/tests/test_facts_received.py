from datetime import date, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import TODAY
from .intake_common import IntakeCommon

HEAD = "student_id,school,date,code\n"


@tagged("post_install", "-at_install")
class TestCompleteThrough(IntakeCommon):
    """'Complete through' stops before a day that is missing or waits for a decision;
    counts do not (counting.md 7)."""

    def through(self, school=None):
        school = school or self.school
        school.invalidate_recordset()
        return school.complete_through

    def test_a_missing_day(self):
        days = self.school_days(6)
        received = self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "in", days[1:4])]
        )
        self.assertEqual(self.through(), TODAY)
        received.unlink()
        self.assertEqual(self.through(), days[0])
        self.assertEqual(self.school.missing_days, 3)
        self.assertIn(" to ", self.school.missing_text)
        self.assertEqual(self.maya.complete_through, days[0])
        schools = self.env["pact.school"]
        found = schools.search([("complete_through", "<", TODAY)])
        self.assertIn(self.school, found)
        self.assertNotIn(self.sister_school, found)
        complete = schools.search([("complete_through", ">=", TODAY)])
        self.assertNotIn(self.school, complete)
        self.assertIn(self.school, schools.search([("missing_days", ">", 0)]))
        self.assertNotIn(self.sister_school, schools.search([("missing_days", ">", 0)]))

    def test_a_rejected_row_stops_the_label_until_it_is_decided(self):
        day, before = self.school_days(3)[1], self.school_days(3)[0]
        job = self.bring_in(
            HEAD + f"004821,0012,{day},UNX\n777777,0012,{day},UNX\n",
            date_from=day,
            date_to=day,
        )
        self.assertEqual(job.rejected_count, 1)
        self.assertEqual(self.through(), before)
        self.assertEqual(self.through(self.sister_school), TODAY)
        self.assertEqual(self.maya.absent_days, 1, "the count goes on")
        self.env["pact.import.row"].search([("decision", "=", "open")]).sudo()._decide(
            "dismissed", "Not our student"
        )
        self.assertEqual(self.through(), TODAY)

    def test_a_later_file_solves_it(self):
        day, before = self.school_days(3)[1], self.school_days(3)[0]
        row = HEAD + f"777777,0012,{day},UNX\n"
        self.bring_in(row, date_from=day, date_to=day)
        self.assertEqual(self.through(), before)
        self.name_student(self.make_student("New", "Kid"), "777777")
        self.bring_in(row, date_from=day, date_to=day)
        self.assertEqual(self.through(), TODAY)

    def test_a_row_without_a_day_holds_all_days_of_its_file(self):
        days = self.school_days(5)
        self.bring_in(
            HEAD + f"004821,0012,{days[2]},UNX\n004822,0012,soon,UNX\n",
            date_format="iso",
            date_from=days[1],
            date_to=days[3],
        )
        self.assertEqual(self.through(), days[0])

    def test_the_number_of_queries_does_not_grow(self):
        schools = self.school | self.sister_school | self.other_school

        def count(some):
            self.env.invalidate_all()
            some.mapped("district_id")
            before = self.env.cr.sql_log_count
            some.mapped("complete_through"), some.mapped("missing_text")
            return self.env.cr.sql_log_count - before

        count(schools)
        self.assertLessEqual(count(schools), count(self.school) + 1)

    def test_no_birth_date_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "born in the future"):
            self.maya.birth_date = TODAY + timedelta(days=1)
        self.maya.birth_date = TODAY
        file = "student_id,last_name,first_name,birth_date\n"
        job = self.bring_in(
            file + "004821,Rivera,Maya,2031-01-01\n", "student", date_format="iso"
        )
        self.assertCounts(job, rejected=1)

    def test_the_calendar_wizard_opens_on_the_next_year(self):
        next_year = self.env["pact.school.year"].create(
            {"name": "2026-2027", "date_start": "2026-07-01", "date_end": "2027-06-30"}
        )
        wizards = self.env["pact.school.calendar.wizard"]
        form = Form(wizards.with_context(default_calendar_id=self.calendar.id))
        self.assertEqual(form.year_id, next_year)
        self.assertEqual(form.date_first, date(2026, 7, 1))
        self.assertEqual(Form(wizards).year_id, self.years[1], "a new calendar")
        next_year.unlink()
        form = Form(wizards.with_context(default_calendar_id=self.calendar.id))
        self.assertEqual(form.year_id, self.years[1])
