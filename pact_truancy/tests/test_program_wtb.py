from datetime import date, timedelta

from odoo.tests import tagged

from . import program_rules as rules
from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestWTB(ProgramCommon):
    """Truancy Prevention Program, from the first absence on."""

    PROGRAM = "wtb"

    def test_four_in_one_month(self):
        """WTB-01: four unexcused absences in the last 30 days, not three and a half."""
        under = self.make_student(first="Under")
        exact = self.make_student(first="Exact")
        days = self.before(6)
        self.make_events(under, days[:3])
        self.make_events(under, days[3:4], portion=0.5)
        self.make_events(exact, days[:4])
        self.make_events(under, days[4:5], code="EXE")
        self.assertFalse(self.flags(under))
        self.assertEqual(self.flags(exact), {"identified"})

    def test_the_month_is_the_last_thirty_days(self):
        """WTB-01: the thirtieth day back counts, the one before does not."""
        inside = self.make_student(first="Inside")
        outside = self.make_student(first="Outside")
        self.go_to(self.today + timedelta(days=2))  # a Wednesday
        edge = self.today - timedelta(days=29)  # and a Tuesday
        days = self.before(3)
        self.make_events(inside, [edge, *days])
        self.make_events(outside, [edge - timedelta(days=1), *days])
        self.assertEqual(self.flags(inside), {"identified"})
        self.assertFalse(self.flags(outside))

    def test_the_kind_of_month_is_a_setting(self):
        """WTB-01, GEN-01: the calendar month, by one setting."""
        student = self.make_student()
        self.make_events(student, self.school_days(9, self.today)[:4])
        month = self.env.ref("pact_truancy.program_wtb_month")
        month.window = "month"  # of January only what came after the first
        self.make_events(student, [self.today])
        self.assertEqual(
            bool(self.flags(student)),
            sum(day.month == 1 for day in self.school_days(9, self.today)[:4]) >= 3,
        )
        month.window = "rolling"
        self.assertEqual(self.flags(student), {"identified"})

    def test_eleven_in_the_year(self):
        """WTB-01: eleven in the school year as the source says, ten are not enough;
        spread so that no month has four."""
        ten = self.make_student(first="Ten")
        eleven = self.make_student(first="Eleven")
        self.go_to(
            self.calendar._school_days(self.today, self.today.replace(month=5))[-1]
        )
        first = self.calendar._school_days(
            self.today.replace(year=2025, month=8), self.today
        )
        spread = first[:110:10]
        self.make_events(ten, spread[:10])
        self.make_events(eleven, spread[:11])
        self.assertFalse(self.flags(ten))
        self.assertEqual(self.flags(eleven), {"identified"})

    def test_last_year_is_over(self):
        """WTB-01: the school year's absences end with it."""
        student = self.make_student()
        self.make_events(
            student,
            self.calendar._school_days(
                self.START.replace(year=2025), self.START.replace(year=2025, month=5)
            )[:30],
        )
        self.assertFalse(self.flags(student))

    def test_only_students_of_the_schools(self):
        """WTB-08: of any age in its schools; nobody else."""
        here = self.make_student(first="Here")
        self.program.office_ids = False
        self.program.district_ids = self.district
        elsewhere = self.make_student(first="Else", school=self.other_school)
        gone = self.make_student(first="Gone", exit_date=self.before(2)[0])
        for student in (here, elsewhere, gone):
            self.make_events(
                student, self.before(8)[:4], school=student.school_id or self.school
            )
        self.assertEqual(self.flags(here), {"identified"})
        self.assertFalse(self.flags(elsewhere))
        self.assertFalse(self.flags(gone))

    def test_from_flag_to_services(self):
        """WTB-02: the school's referral, accepted by the program's case manager; then
        a contact before the meeting."""
        student = self.make_student()
        self.make_events(student, self.before(4))
        case = self.confirm(student)
        self.assertFalse(self.flags(student), "who has a case is known")
        self.cannot_advance(case, "referral has not been accepted")
        self.refer(student, "referral")
        self.assertEqual(case.step_id.code, "referral")
        self.pass_days()
        self.cannot_advance(case, "No attempt to reach the family")
        self.intervene(student, "student_talk")
        self.cannot_advance(case, "No attempt to reach the family")
        self.intervene(student, "phone")
        self.assertEqual(self.advance(case), "meeting")
        self.pass_days()
        self.cannot_advance(case, "Family meeting: not held yet")
        self.meet(case)
        self.assertEqual(self.advance(case), "services")


@tagged("post_install", "-at_install")
class TestWTBRules(rules.ProgramRules):
    """What the source says of each step; help is for any age."""

    PROGRAM = "wtb"
    AGES = (5, 19)
    YEAR_END = "close"
    LADDER = (
        rules.Rung("identified", due=10),
        rules.Rung("referral", statutory=False, due=10, letters=("WTB-1",)),
        rules.Rung("meeting", statutory=False, due=10),
        rules.Rung("services", statutory=False),
    )

    def absent(self, student):
        self.make_events(student, self.before(4))


@tagged("post_install", "-at_install")
class TestWTBEdges(ProgramCommon):
    """Both sides of what the program counts."""

    PROGRAM = "wtb"

    def test_halves_are_halves(self):
        """WTB-01: half days add up to days."""
        days = self.before(8)
        seven = self.make_student(first="Seven")
        eight = self.make_student(first="Eight")
        self.make_events(seven, days[:7], portion=0.5)
        self.make_events(eight, days, portion=0.5)
        self.assertEqual(self.found(seven, eight), {"identified": {"Eight"}})

    def test_halves_of_the_year(self):
        """WTB-01: twenty-one half days are no eleven days, whatever the month."""
        self.go_to(self.calendar._school_days(self.today, date(2026, 5, 29))[-1])
        days = self.calendar._school_days(date(2025, 8, 25), self.today)[::7]
        under = self.make_student(first="Under")
        exact = self.make_student(first="Exact")
        self.make_events(under, days[:21], portion=0.5)
        self.make_events(exact, days[:22], portion=0.5)
        self.assertEqual(self.found(under, exact), {"identified": {"Exact"}})

    def test_either_number_is_enough(self):
        """WTB-01: four in a month without eleven in the year, and the other way
        round; neither with excused days."""
        self.go_to(self.calendar._school_days(self.today, date(2026, 5, 29))[-1])
        days = self.calendar._school_days(date(2025, 8, 25), self.today)
        month = self.make_student(first="Month")
        year = self.make_student(first="Year")
        none = self.make_student(first="None")
        self.make_events(month, days[-4:])
        self.make_events(year, days[:110:10])
        self.make_events(none, days[-20:], "EXE")
        self.assertEqual(
            self.found(month, year, none), {"identified": {"Month", "Year"}}
        )

    def test_what_is_a_contact(self):
        """WTB-02, WTB-03: which of the shipped kinds try to reach the family."""
        step = self.env.ref("pact_truancy.program_wtb_referral")
        kinds = self.env["pact.intervention.kind"].search([])
        students = {kind.code: self.make_student(first=kind.code) for kind in kinds}
        every = self.env["pact.student"].union(*students.values())
        cases = self.env["pact.case"]
        cases = cases._open(every, self.program, step, self.today, {})
        self.pass_days()
        for code, student in students.items():
            self.intervene(student, code)
        gate = cases._gate(self.today)
        reached = {
            case.student_id.first_name
            for case in cases
            if all(line.answer.met for line in gate[case.id])
        }
        self.assertEqual(
            reached, {"phone", "letter", "home_visit", "meeting", "electronic"}
        )
