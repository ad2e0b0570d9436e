from datetime import date, timedelta

from odoo.tests import tagged

from .program_common import ProgramCommon

FRIDAY = date(2026, 1, 16)


@tagged("post_install", "-at_install")
class TestResponsible(ProgramCommon):
    """Who is responsible in a step, and until when."""

    PROGRAM = "wtb"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = cls.program._rungs()[:2]

    def case_of(self, **values):
        student = self.make_student(**values)
        self.make_events(student, self.before(4))
        return self.confirm(student)

    def todo(self, case):
        kind = self.env.ref("pact_truancy.activity_case_step")
        return case.sudo().activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )

    def test_role_of_the_step_at_the_school(self):
        """WTB-02: the school's counselor first, then the program's case manager; each
        gets the to-do, and the one before it is over."""
        case = self.case_of()
        self.assertEqual(case.responsible_id, self.secretary)
        self.assertEqual(self.todo(case).user_id, self.secretary)
        self.refer(case.student_id, "referral")
        self.assertEqual(case.responsible_id, self.manager)
        self.assertEqual(self.todo(case).user_id, self.manager)
        self.assertIn("Referral", self.todo(case).summary)
        case.action_close("improved")
        self.assertFalse(self.todo(case) or case.responsible_id or case.date_due)

    def test_another_manager(self):
        case = self.case_of()
        self.refer(case.student_id, "referral")
        other = self.make_user("other-manager", "case_manager", self.district)
        case.manager_id = other
        self.assertEqual(case.responsible_id, other)
        self.assertEqual(self.todo(case).user_id, other)

    def test_who_no_longer_serves_the_school(self):
        """An assignment that ended: the next screening finds who serves it now."""
        case = self.case_of()
        self.refer(case.student_id, "referral")
        self.manager.pact_assignment_ids.date_to = self.today - timedelta(days=1)
        other = self.make_user("other-manager", "case_manager", self.district)
        self.screen()
        self.assertEqual(case.sudo().responsible_id, other)

    def test_only_days_with_school_make_it_overdue(self):
        """Due on a Friday: not overdue on the days without school after it."""
        self.first.due_days = 4
        case = self.case_of()
        self.assertEqual(case.date_due, FRIDAY)
        monday = FRIDAY + timedelta(days=3)
        self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", monday)]
        ).kind = "holiday"
        self.screen()
        self.assertEqual(self.todo(case).date_deadline, monday)
        for day, overdue in (
            (FRIDAY, False),
            (FRIDAY + timedelta(days=1), False),
            (monday, False),
            (monday + timedelta(days=1), True),
        ):
            self.set_today(day)
            case.invalidate_recordset()
            self.assertEqual(case.is_overdue, overdue, day)
            found = self.env["pact.case"].search([("is_overdue", "=", True)])
            self.assertEqual(case in found, overdue, day)

    def test_no_due_date_where_the_step_has_none(self):
        self.first.due_days = 0
        case = self.case_of()
        self.assertEqual(case.responsible_id, self.secretary)
        self.assertFalse(case.date_due or self.todo(case))

    def test_beyond_the_calendar_nothing_is_overdue(self):
        self.first.due_days = 400
        case = self.case_of()
        self.assertFalse(case.is_overdue or case.date_due or self.todo(case))

    def test_queries_do_not_grow(self):
        cases = self.env["pact.case"]
        for number in range(6):
            cases |= self.case_of(first=f"Child {number}")
        self.assertTrue(all(self.todo(case) for case in cases))
        cases._refresh_due()
        counts = []
        for several in (cases[:2], cases):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            several._refresh_due()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
