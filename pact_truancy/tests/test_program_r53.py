from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.words import short_date

from . import program_rules as rules
from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestR53(ProgramCommon):
    """Truancy Intervention Program, from the first absence on."""

    PROGRAM = "r53"

    def begin(self, days=2):
        """A truant whose school has the case; absent again since."""
        student = self.make_student()
        self.make_events(student, self.before(days))
        case = self.confirm(student)
        self.miss(student)
        self.pass_days()  # "since the step" holds the step's own day
        return student, case

    def first(self, days=2):
        student, case = self.begin(days)
        self.three(student)
        self.refer(student, "referral1")
        return student, case

    def second(self, days=2):
        student, case = self.first(days)
        self.pass_days(5)
        self.miss(student)
        self.pass_days()
        self.three(student)
        self.send_notice(case)
        self.refer(student, "referral2")
        return student, case

    def third(self, days=2):
        student, case = self.second(days)
        self.pass_days(5)
        self.miss(student)
        self.pass_days()
        self.three(student)
        self.send_notice(case)
        self.refer(student, "referral3")
        return student, case

    def day(self, day):
        return short_date(self.env, day)

    def test_who_begins(self):
        """R53-04: the statute's truant, more than 1 % of 180 school days."""
        under = self.make_student(first="Under")
        over = self.make_student(first="Over")
        days = self.before(3)
        self.make_events(under, days[:1])
        self.make_events(under, days[1:2], portion=0.8)
        self.make_events(over, days[:2])
        self.assertFalse(self.flags(under))
        self.assertEqual(self.flags(over), {"identified"})

    def test_three_interventions_before_the_first_referral(self):
        """R53-01, R53-03: two are not enough, and a ticket is none."""
        student, case = self.begin()
        self.intervene(student, "phone", "letter", "ticket")
        self.cannot_refer(student, "referral1", "3 interventions asked for, 2 logged")
        self.intervene(student, "student_talk")
        self.refer(student, "referral1")
        self.assertEqual(case.step_id.code, "referral1")

    def test_progress_ends_the_escalation_at_once(self):
        """R53-04, R53-17: no referral while attendance improves; what is adequate is a
        setting."""
        student = self.make_student()
        self.make_events(student, self.before(2))
        case = self.confirm(student)
        self.pass_days(3)
        self.three(student)
        self.cannot_refer(student, "referral1", "Adequate progress: 0 unexcused days")
        self.miss(student, portion=0.5)
        self.program.progress_ids.threshold = 0.5
        self.cannot_refer(student, "referral1", "Adequate progress: 0.5")
        self.program.progress_ids.threshold = 0
        self.refer(student, "referral1")
        self.assertEqual(case.step_id.code, "referral1")

    def test_second_referral_on_the_seventh_school_day(self):
        """R53-07, R53-09: on the sixth it is refused and names the seventh."""
        student, case = self.first()
        since, seventh = self.day(self.today), self.after(7)
        self.pass_days(5)
        self.miss(student)
        self.three(student)
        self.send_notice(case)
        self.cannot_refer(
            student,
            "referral2",
            f"7 school days since {since}: possible from {self.day(seventh)} on",
            f"It is possible from {self.day(seventh)} on.",
        )
        self.pass_days()
        self.assertEqual(self.today, seventh)
        self.refer(student, "referral2")
        self.assertEqual(case.step_id.code, "referral2")

    def test_each_referral_asks_for_its_own_interventions(self):
        """R53-01, R53-07: those before the referral before do not count."""
        student, case = self.first()
        self.pass_days(6)
        self.miss(student)
        self.send_notice(case)
        self.cannot_refer(student, "referral2", "3 interventions asked for, none")
        self.intervene(student, "phone", "phone")
        self.cannot_refer(student, "referral2", "3 interventions asked for, 2 logged")
        self.intervene(student, "meeting")
        self.refer(student, "referral2")

    def test_second_referral_asks_that_nothing_improved(self):
        """R53-07, R53-17"""
        student, case = self.first()
        self.pass_days(7)
        self.three(student)
        self.send_notice(case)
        self.cannot_refer(student, "referral2", "Adequate progress")
        case._refresh_advice(self.today)
        self.assertEqual(case.advice, "improved")
        self.miss(student)
        case._refresh_advice(self.today)
        self.assertNotEqual(case.advice, "improved")
        self.refer(student, "referral2")

    def test_notice_before_the_next_step(self):
        """R53-07, R53-08, R53-10: nothing follows before the notice has gone out, and
        no coordinator goes on without it."""
        student, case = self.first(9)
        self.pass_days(6)
        self.miss(student)
        self.three(student)
        referral = self.referral(student, "referral2")
        referral.action_submit()
        self._refused(
            referral.with_user(self.manager).action_accept,
            ["First truancy notice: not sent yet"],
        )
        self.send_notice(case)
        referral.with_user(self.manager).action_accept()
        self.assertEqual(case.step_id.code, "referral2")
        for code, name in (("referral3", "Second"), ("hearing", "Third")):
            self.pass_days(6)
            self.miss(student)
            self.three(student)
            self.assertIn(f"{name} truancy notice: not sent yet", self.unmet(case))
            self._refused(
                lambda: case.with_user(self.coordinator).action_override("Urgent"),
                [f"{name} truancy notice: not sent yet"],
            )
            self.send_notice(case)
            if code == "hearing":
                self.advance(case)
            else:
                self.refer(student, code)
            self.assertEqual(case.step_id.code, code)

    def test_third_referral_on_the_seventh_school_day(self):
        """R53-08, R53-09"""
        student, case = self.second()
        since, seventh = self.day(self.today), self.after(7)
        self.pass_days(5)
        self.miss(student)
        self.send_notice(case)
        self.cannot_refer(student, "referral3", "3 interventions asked for, none")
        self.three(student)
        self.cannot_refer(
            student,
            "referral3",
            f"7 school days since {since}: possible from {self.day(seventh)} on",
            f"It is possible from {self.day(seventh)} on.",
        )
        self.pass_days()
        self.assertFalse(case.on_caseload)
        self.refer(student, "referral3")
        self.assertEqual(case.step_id.code, "referral3")
        self.assertTrue(case.on_caseload, "without choice")

    def test_no_referral_is_left_out(self):
        """R53-10: the notices come before the hearing."""
        student, case = self.first(9)
        step = self.program.step_ids.filtered(lambda one: one.code == "hearing")
        self._refused(lambda: case.write({"step_id": step.id}), ["one after the other"])

    def test_hearing_from_nine_days_on(self):
        """R53-10: at least 9 days unexcused in the past 180 school days; 8.5 are not
        enough."""
        student, case = self.third(5)  # and one day in each of three steps
        self.send_notice(case)
        self.cannot_advance(case, "8 unexcused days in the previous 180 school days")
        self.miss(student, portion=0.5)
        self.cannot_advance(case, "8.5 unexcused days")
        self.miss(student, portion=0.5)
        self.assertEqual(self.advance(case), "hearing")

    def test_hearing_asks_that_nothing_improved(self):
        """R53-10, R53-17: nine days before the third notice, and none since."""
        student, case = self.third(9)
        self.send_notice(case)
        self.pass_days()
        self.cannot_advance(case, "Adequate progress")
        self.miss(student)
        self.assertEqual(self.advance(case), "hearing")

    def test_days_beyond_180_do_not_count(self):
        """R53-10: nine days, of which one left the window; excused ones are none."""
        student, case = self.third(4)
        self.send_notice(case)
        self.miss(student)
        window = self.school_days(181, self.today)
        self.make_events(student, window[:1])
        self.make_events(student, self.before(1), code="EXE")
        self.assertEqual(len(self.unmet(case)), 1)
        self.assertIn("8 unexcused days", self.unmet(case)[0])
        self.make_events(student, window[1:2])
        self.assertFalse(self.unmet(case))

    def test_court_after_the_hearing_only(self):
        """R53-13: after the hearing was held, when progress is not adequate: nobody
        goes on without a breach of its order, which a person confirms."""
        student, case = self.third(9)
        self.send_notice(case)
        self.miss(student)
        self.pass_days()
        self.advance(case)
        self.pass_days()
        texts = " ".join(self.unmet(case))
        self.assertIn("Adequate progress", texts)
        self.miss(student)
        texts = " ".join(self.unmet(case))
        self.assertNotIn("Adequate progress", texts)
        self.assertIn("1 service to be tried, none on record", texts)
        self.serve(student)
        self.assertNotIn("service", " ".join(self.unmet(case)))
        self.assertIn("No order is on record", self.unmet(case))
        order = self.order(case)
        self.assertEqual(order.date_start, self.after(1))
        self.cannot_advance(case, "Truancy hearing: not held yet")
        self.meet(case)
        self.cannot_advance(case, "The order has not failed: Not started")
        self.miss(student, code="EXE")
        self.screen()
        self.cannot_advance(case, "The order has not failed: Running")
        self.miss(student, portion=0.5)
        self.screen()
        self.cannot_advance(case, "The order can no longer be met: confirm it")
        order.action_confirm()
        self.assertEqual(self.advance(case), "court")

    def order(self, case):
        officer = self.make_user("officer", "hearing_officer", self.office)
        return self.env["pact.order"].with_user(officer).create({"case_id": case.id})

    def test_any_absence_after_the_hearing_is_a_breach(self):
        """R53-11: no further unexcused absence; half a day is one, an excused one is
        not; the case manager is told."""
        student, case = self.third(9)
        self.send_notice(case)
        self.miss(student)
        self.advance(case)
        case.sudo().manager_id = self.manager
        order = self.order(case)
        self.miss(student, 3, code="EXE")
        self.screen()
        self.assertEqual((order.verdict, order.date_stop), ("running", False))
        self.assertFalse(case.activity_ids)
        self.miss(student, portion=0.5)
        self.screen()
        self.assertEqual(order.verdict, "failed")
        self.assertEqual(case.activity_ids.user_id, self.manager)

    def test_notice_speaks_of_the_whole_window(self):
        """R53-07: what a referral rests on, absences since the step before, begins anew
        with the step: the notice speaks of the program's first numbers, which hold."""
        _student, case = self.second(4)
        letters = case.sudo().letter_ids.filtered(
            lambda letter: letter.kind_id.step_id.code == "referral2"
        )
        first = self.program._rungs()[:1].criterion_ids
        self.assertEqual(letters.snapshot_id._specs(), [first._spec()])
        self.assertFalse(letters._no_longer_holds(self.today))
        self.assertEqual(letters.days, 6)

    def test_watched_after_the_hearing(self):
        """R53-12: every screening says how the student does since; contacts go on."""
        student, case = self.third(9)
        self.send_notice(case)
        self.miss(student)
        self.pass_days()
        self.advance(case)
        self.pass_days(3)
        self.screen()
        self.assertEqual(case.advice, "improved")
        self.intervene(student, "home_visit")
        self.assertEqual(case.date_reached, self.today)
        self.miss(student)
        self.screen()
        self.assertNotEqual(case.advice, "improved")

    def test_who_is_of_age(self):
        """R53-04: compulsory age holds for every step; 17 is over it."""
        student = self.make_student(birth_date="2009-01-12")
        self.make_events(student, self.before(9))
        self.assertFalse(self.flags(student))
        student.birth_date = "2009-01-13"
        self.assertEqual(self.flags(student), {"identified"})


@tagged("post_install", "-at_install")
class TestR53Rules(rules.ProgramRules):
    """What the source says of each step."""

    PROGRAM = "r53"
    AGES = (6, 17)
    YEAR_END = "carry"
    SAFEGUARDED = "hearing"
    LADDER = (
        rules.Rung("identified"),
        rules.Rung("referral1", watched=7, caseload="may", letters=("R53-1",)),
        rules.Rung(
            "referral2",
            watched=7,
            caseload="may",
            letters=("R53-2",),
            firm=(rules.NOTICE,),
        ),
        rules.Rung(
            "referral3",
            watched=0,
            caseload="must",
            letters=("R53-3",),
            firm=(rules.NOTICE,),
        ),
        rules.Rung("hearing", letters=("R53-4",), firm=(rules.NOTICE,)),
        rules.Rung(
            "court",
            firm=(
                rules.MEETING,
                "The order was not met, and a person confirmed it",
                rules.SERVICE,
            ),
        ),
    )

    def absent(self, student):
        self.make_events(student, self.before(2))
