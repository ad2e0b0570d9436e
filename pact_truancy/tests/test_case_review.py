from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestReview(ProgramCommon):
    """After a correction a case waits for review."""

    PROGRAM = "r21"

    def setUp(self):
        super().setUp()
        self.student = self.make_student()
        self.events = self.make_events(self.student, self.before(9))
        self.case = self.confirm(self.student)
        self.case.sudo().manager_id = self.manager
        self.bare_ladder(self.program)

    def test_what_the_step_rested_on_is_gone(self):
        """R21-01: nine days then, eight now: nothing follows before a person has
        looked at it, and once is enough for one correction."""
        self.events[:1].code_id = self.codes["MED"]
        self.screen()
        self.assertIn("9 unexcused days", self.case.needs_review)
        self.assertIn("8 unexcused days", self.case.needs_review)
        self.assertEqual(self.case.advice, "review")
        self.cannot_advance(self.case, "A correction changed")
        self.case.action_reviewed()
        self.screen()
        self.assertFalse(self.case.needs_review)
        self.events[1:2].code_id = self.codes["MED"]
        self.screen()
        self.assertIn("7 unexcused days", self.case.needs_review)

    def test_what_still_holds_needs_no_review(self):
        """R21-01: eleven days were there, ten are left."""
        more = self.make_student()
        events = self.make_events(more, self.before(11))
        case = self.confirm(more)
        events[:1].code_id = self.codes["MED"]
        self.screen()
        self.assertFalse(case.needs_review)

    def test_taken_back(self):
        """R21-01: the correction was the mistake."""
        self.events[:1].code_id = self.codes["MED"]
        self.screen()
        self.assertTrue(self.case.needs_review)
        self.events[:1].code_id = self.codes["UNX"]
        self.screen()
        self.assertFalse(self.case.needs_review)

    def test_what_came_later_is_no_correction(self):
        self.miss(self.student, 2)
        self.screen()
        self.assertFalse(self.case.needs_review)

    def test_also_between_two_screenings(self):
        """R21-09: the gate looks itself."""
        self.events[:1].code_id = self.codes["MED"]
        self.assertFalse(self.case.needs_review)
        self.cannot_advance(self.case, "A correction changed")

    def test_constant_queries(self):
        counts = []
        for total in (2, 12):
            students = [self.make_student() for _number in range(total)]
            events = [self.make_events(student, self.before(9)) for student in students]
            for student in students:
                self.confirm(student)
            for own in events:
                own[:1].code_id = self.codes["MED"]
            cases = self.env["pact.case"].search(
                [("student_id", "in", [student.id for student in students])]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = cases._corrected()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(found), total)
            cases._review_corrections()
            self.assertTrue(all(cases.mapped("needs_review")))
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestAge(ProgramCommon):
    PROGRAM = "r21"

    def test_reaching_the_limit_is_a_task(self):
        """R21-01: thirty days before, once; and taken back with a wrong birth date."""
        limit = self.today + relativedelta(days=31)
        student = self.make_student(birth_date=limit - relativedelta(years=17))
        self.make_events(student, self.before(9))
        case = self.confirm(student)
        case.sudo().manager_id = self.manager
        self.screen()
        self.assertFalse(case.activity_ids)
        self.go_to(self.today + relativedelta(days=1))
        self.screen()
        self.assertEqual(case.activity_ids.user_id, self.manager)
        self.assertIn("17 years old", case.activity_ids.summary)
        self.assertEqual(case.activity_ids.date_deadline, limit)
        case.activity_ids.action_feedback()
        self.screen()
        self.assertFalse(case.activity_ids, "once")
        student.birth_date += relativedelta(years=1)
        self.screen()
        self.assertFalse(case.sudo().age_told)

    def test_days_ahead_are_a_setting(self):
        """GEN-01"""
        student = self.make_student(
            birth_date=self.today + relativedelta(days=50, years=-17)
        )
        self.make_events(student, self.before(9))
        case = self.confirm(student)
        case.sudo().manager_id = self.manager
        self.screen()
        self.assertFalse(case.activity_ids)
        self.program.age_notice = 50
        self.screen()
        self.assertTrue(case.activity_ids)
