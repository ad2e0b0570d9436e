from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestSOP(ProgramCommon):
    """Elementary attendance and truancy procedure, from the first absence on."""

    PROGRAM = "sop"

    def student(self, name, **absences):
        """A student with so many days of each code, one after the other."""
        student = self.make_student(first=name)
        days = iter(self.before(60))
        for code, count in absences.items():
            whole = int(count)
            self.make_events(student, [next(days) for _n in range(whole)], code)
            if count - whole:
                self.make_events(student, [next(days)], code, portion=count - whole)
        return student

    def who(self, code, *students):
        return self.found(*students).get(code, set())

    def test_warning_from_five_to_nine(self):
        """SOP-07: 5 <= x < 10 unverified days; others are none."""
        several = [
            self.student("A", UNV=4.5),
            self.student("B", UNV=5),
            self.student("C", UNV=9.5),
            self.student("D", UNV=10),
            self.student("E", UNV=4, UNX=3),
        ]
        self.assertEqual(self.who("warning", *several), {"B", "C"})

    def test_probation_from_ten_on(self):
        """SOP-08"""
        several = [
            self.student("C", UNV=9.5),
            self.student("D", UNV=10),
            self.student("E", UNV=9, EXE=3),
        ]
        self.assertEqual(self.who("probation", *several), {"D"})

    def test_five_day_letter(self):
        """SOP-11: 5 absent days of any kind, in the school year."""
        several = [
            self.student("A", EXE=2, UNX=2.5),
            self.student("B", EXE=2, UNV=1, MED=1, UNX=1),
        ]
        self.assertEqual(self.who("five_days", *several), {"B"})
        step = self.env.ref("pact_truancy.program_sop_five_days")
        self.assertEqual((step.repeat, step.repeat_more), ("more", 5))

    def test_ten_day_review(self):
        """SOP-29: 10 absent days, whatever the reason."""
        several = [self.student("A", EXE=9.5), self.student("B", MED=4, EXE=6)]
        self.assertEqual(self.who("ten_days", *several), {"B"})

    def test_notices_move_no_case(self):
        """SOP-07, SOP-08, SOP-11, SOP-17, SOP-29: beside the ladder."""
        self.assertEqual(
            self.program._rungs().mapped("code"),
            ["letter1", "letter2", "letter3", "hearing", "court"],
        )

    def test_first_regional_letter(self):
        """SOP-14: attendance below 90 % with at least one unexcused absence; just 90 %
        is not below."""
        enrolled = len(
            self.calendar._school_days(
                self.START.replace(year=2025, month=8), self.today
            )
        )
        self.pass_days(-enrolled % 10)
        days = self.calendar._school_days(
            self.START.replace(year=2025, month=8), self.today
        )
        tenth = len(days) // 10
        self.assertEqual(len(days) % 10, 0)
        just = self.make_student(first="Just")
        below = self.make_student(first="Below")
        excused = self.make_student(first="Excused")
        self.make_events(just, days[:tenth])
        self.make_events(below, days[: tenth - 1], "EXE")
        self.make_events(below, days[tenth : tenth + 1])
        self.make_events(below, days[-1:], "EXE", portion=0.5)
        self.make_events(excused, days[:20], "EXE")
        self.make_events(excused, days[20:21], portion=0.5)
        self.assertFalse(self.flags(just))
        self.assertFalse(self.flags(excused))
        self.assertEqual(self.flags(below), {"letter1"})

    def letter1(self):
        """A student with the first regional letter's case, a day later."""
        student = self.student("Maya", EXE=19, UNX=1)
        case = self.confirm(student)
        self.assertEqual(case.step_id.code, "letter1")
        self.send_letter(case)
        self.pass_days()
        return student, case

    def send_letter(self, case):
        """The letter of the present step has gone out today."""
        letter = self.env["pact.letter"].search(
            [("case_id", "=", case.id), ("case_step_id.step_id", "=", case.step_id.id)]
        )
        letter._gated().write({"state": "sent", "date_sent": self.today})
