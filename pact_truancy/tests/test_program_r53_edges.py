from datetime import date

from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestR53Edges(ProgramCommon):
    """Both sides of what the program counts."""

    PROGRAM = "r53"

    def in_step(self, code, student):
        step = self.env.ref(f"pact_truancy.program_r53_{code}")
        cases = self.env["pact.case"]
        return cases._open(student, self.program, step, self.today, {})

    def test_the_window_is_of_the_calendar(self):
        """R53-04, R53-10: the past 180 school days, whether enrolled on them or not:
        absences before them do not come back with a student who was away."""
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
        self.assertFalse(self.found(away))

    def test_the_window_of_the_first_flag(self):
        """R53-04: the 180th school day back counts, the one before does not."""
        window = self.school_days(181, self.today)
        inside = self.make_student(first="Inside")
        outside = self.make_student(first="Outside")
        self.make_events(inside, [window[1], window[-2]])
        self.make_events(outside, [window[0], window[-2]])
        self.assertEqual(self.found(inside, outside), {"identified": {"Inside"}})

    def test_halves_are_halves(self):
        """R53-10: nine absences of half a day are no nine days."""
        student = self.make_student(first="Half")
        self.make_events(student, self.before(17), portion=0.5)
        self.assertEqual(self.found(student), {"identified": {"Half"}})
        self.make_events(student, self.before(18)[:1], portion=0.5)
        self.assertEqual(self.found(student).get("hearing"), {"Half"})

    def test_progress_is_unexcused_days_alone(self):
        """R53-17: excused days since the step are no sign that it did not work, and
        unexcused ones are, at every step that asks."""
        ladder = ["identified", "referral1", "referral2", "referral3", "hearing"]
        for code in ladder:
            self.go_to(self.START)
            absent = self.make_student(first="Absent")
            better = self.make_student(first="Better")
            cases = self.in_step(code, absent | better)
            self.pass_days(10)
            self.make_events(absent, [self.today])
            self.make_events(better, [self.today], "EXE")
            refused = [
                case.student_id.first_name
                for case in cases
                for line in case._gate(self.today)[case.id]
                if line.answer.text.startswith("Adequate progress")
            ]
            self.assertEqual(refused, ["Better"], code)

    def test_watched_before_a_referral(self):
        """R53-07: what is watched for seven days is not judged on the step's own day;
        after the third referral an absence says enough at once."""
        for code, judged in (("referral1", False), ("referral3", True)):
            student = self.make_student(first=code)
            case = self.in_step(code, student)
            self.make_events(student, [self.today])
            texts = " ".join(
                line.answer.text for line in case._gate(self.today)[case.id]
            )
            self.assertEqual("is judged from" not in texts, judged, code)
