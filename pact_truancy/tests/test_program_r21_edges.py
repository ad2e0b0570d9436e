from datetime import date

from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestR21Edges(ProgramCommon):
    """Both sides of what the program counts."""

    PROGRAM = "r21"

    def in_step(self, code, student):
        step = self.env.ref(f"pact_truancy.program_r21_{code}")
        cases = self.env["pact.case"]
        return cases._open(student, self.program, step, self.today, {})

    def entry_met(self, case):
        """Whether the numbers of the case's next step hold."""
        rule = case._following_step().rule
        lines = case._gate(self.today)[case.id]
        return next(line.answer.met for line in lines if line.what == rule)

    def away(self):
        """A student who was away for a term, and missed days before it."""
        away = self.make_student(first="Away", exit_date=date(2025, 1, 31))
        self.env["pact.enrollment"].create(
            {
                "student_id": away.id,
                "school_id": self.school.id,
                "entry_date": date(2025, 10, 1),
            }
        )
        days = self.calendar._school_days(date(2025, 1, 6), date(2025, 1, 31))
        self.make_events(away, days[:12], school=self.school)
        return away

    def test_the_window_is_of_the_calendar(self):
        """R21-01, R21-02, R21-17: the previous 180 school days, whether enrolled on
        them or not."""
        away = self.away()
        self.assertFalse(self.found(away))
        case = self.in_step("step3", away)
        self.miss(away)
        self.assertFalse(self.entry_met(case))

    def test_every_code_of_the_book(self):
        """R21-03: which of the shipped codes excuse; a late minute is no absence."""
        days = self.before(20)
        students = {}
        for name, code in sorted(self.codes.items()):
            students[name] = self.make_student(first=name)
            portion = 1 if code.is_absent else 0
            self.make_events(students[name], days[:9], name, portion)
        found = self.found(*students.values())
        self.assertEqual(found.get("identified"), {"UNX", "VACU", "CUT"})

    def test_petition_on_nine_days(self):
        """R21-17: a chronic truant still: 9 of the previous 180 school days, as R21-01,
        one of them since the board."""
        for number, met in ((7.5, False), (8, True)):
            student = self.make_student(first=str(number))
            self.make_events(student, self.before(7))
            if number % 1:
                self.make_events(student, self.before(8)[:1], portion=0.5)
            else:
                self.make_events(student, self.before(8)[:1])
            case = self.in_step("step3", student)
            self.assertFalse(self.entry_met(case), "none since the board")
            self.miss(student)
            self.assertEqual(self.entry_met(case), met, number)
            self.go_to(self.START)

    def test_petition_window(self):
        """R21-17: the 180th school day back counts, the one before does not."""
        self.go_to(self.after(1))
        window = self.school_days(181, self.today)
        for number, met in ((1, True), (0, False)):
            student = self.make_student(first=str(number))
            self.make_events(student, [window[number], *self.before(8)[:7]])
            self.go_to(self.START)
            case = self.in_step("step3", student)
            self.go_to(window[-1])
            self.make_events(student, [self.today])
            self.assertEqual(self.entry_met(case), met)

    def test_truancy_that_continues(self):
        """R21-09, R21-13, R21-17: what was before the step does not count, an excused
        day does not, one beyond the school's limit does."""
        self.district.excused_day_cap = 3
        for code in ("step1", "step2", "step3"):
            self.go_to(self.START)
            student = self.make_student(first=code)
            self.make_events(student, self.before(9))
            case = self.in_step(code, student)
            self.miss(student, 3, code="EXE")
            self.assertFalse(self.entry_met(case), code)
            self.miss(student, code="EXE", portion=0.5)
            self.assertTrue(self.entry_met(case), code)

    def test_petition_with_excused_days_beyond_the_limit(self):
        """R21-04, R21-17: of eleven excused days eight are beyond the school's three;
        with one day since the board they are nine."""
        self.district.excused_day_cap = 3
        student = self.make_student()
        self.make_events(student, self.before(11), "EXE")
        case = self.in_step("step3", student)
        self.miss(student)
        self.assertTrue(self.entry_met(case))

    def test_court_has_its_date(self):
        """R21-19: in the last step what is planned is the court date."""
        case = self.in_step("step4", self.make_student()).with_user(self.manager)
        self.assertEqual(self.meet(case).kind_id.code, "court")
