from datetime import timedelta

from odoo.tests import tagged

from . import program_rules as rules
from .program_common import ProgramCommon

FORM = {"credits": "4.5 of 6", "other_information": "A long bus ride"}


@tagged("post_install", "-at_install")
class TestR21(ProgramCommon):
    """Partners Against Chronic Truancy, from the first absence to the petition."""

    PROGRAM = "r21"

    def step1(self, days=9):
        """A student whose referral was accepted, a day after the letter went out."""
        student = self.make_student()
        self.make_events(student, self.before(days))
        case = self.confirm(student)
        self.intervene(student, "home_visit", "conference")
        self.refer(student, "step1", **FORM)
        self.assertEqual(case.step_id.code, "step1")
        self.send_notice(case)
        self.pass_days()
        return student, case

    def step2(self, days=9):
        student, case = self.step1(days)
        self.miss(student)
        self.intervene(student, "phone")
        self.provide(case)
        self.pass_days()
        self.assertEqual(self.advance(case), "step2")
        self.pass_days()
        return student, case

    def test_window_crosses_the_school_year(self):
        """R21-01, R21-02: 9 of the previous 180 school days of the calendar, some of
        them last year's; a day further back does not count."""
        window = self.school_days(181, self.today)
        self.assertLess(window[4].year, self.today.year)
        inside = self.make_student(first="Inside")
        outside = self.make_student(first="Outside")
        last_year = [
            day for day in window if day < window[-1].replace(year=2025, month=7)
        ]
        self.assertGreater(len(last_year), 10)
        self.make_events(inside, [*window[1:6], *window[-4:]])
        self.make_events(outside, [*window[:5], *window[-4:]])
        self.assertEqual(self.flags(inside), {"identified"})
        self.assertFalse(self.flags(outside))

    def test_excused_by_code(self):
        """R21-03: an illness or a doctor's visit is no absence without cause."""
        student = self.make_student()
        days = self.before(9)
        self.make_events(student, days[:8])
        last = self.make_events(student, days[8:], "MED")
        self.assertFalse(self.flags(student))
        last.code_id = self.codes["UNX"]
        self.assertEqual(self.flags(student), {"identified"})

    def test_beyond_the_cap(self):
        """R21-04: of twelve excused days those beyond the school's three count, of
        eleven there are too few."""
        self.district.excused_day_cap = 3
        eleven = self.make_student(first="Eleven")
        twelve = self.make_student(first="Twelve")
        self.make_events(eleven, self.before(11), "EXE")
        self.make_events(twelve, self.before(12), "EXE")
        self.assertFalse(self.flags(eleven))
        self.assertEqual(self.flags(twelve), {"identified"})

    def test_the_school_decides_beyond_the_cap(self):
        """R21-04: the school's decision wins over the cap, both ways; the ladder goes
        by it, and the day says who decided."""
        self.district.excused_day_cap = 3
        student = self.make_student()
        events = self.make_events(student, self.before(12), "EXE")
        self.assertEqual(self.flags(student), {"identified"})
        own = events[-1].with_user(self.secretary)
        own.write({"cap_decision": "excused", "reason": "The doctor called"})
        self.assertEqual(own.decided_by_id, self.secretary)
        self.assertFalse(self.flags(student), "eight are too few")
        self.assertEqual(self.flags(student, "gone"), {"identified"})
        own.write({"cap_decision": "unexcused", "reason": "It was a trip"})
        self.assertEqual(self.flags(student), {"identified"})
        case = self.confirm(student)
        self.assertEqual(case.sudo().letter_ids.days, 9)
        own.write({"cap_decision": "excused", "reason": "The note came"})
        self.three(student)
        self.referral(student, "step1", **FORM)
        self.cannot_refer(student, "step1", "8 unexcused days")

    def test_referral_names_what_is_missing(self):
        """R21-05, R21-07: absences, interventions and data, each by name."""
        student = self.make_student()
        events = self.make_events(student, self.before(9))
        self.confirm(student)
        self.intervene(student, "home_visit")
        self.cannot_refer(
            student, "step1", "2 interventions asked for, 1 logged", "Credits: not"
        )
        self.referral(student, "step1").credits = "4.5 of 6"
        self.cannot_refer(student, "step1", "Other Relevant Information: not")
        self.intervene(student, "conference")
        self.referral(student, "step1").write(FORM)
        events[:1].code_id = self.codes["MED"]
        self.cannot_refer(student, "step1", "8 unexcused days")
        events[:1].code_id = self.codes["UNX"]
        self.refer(student, "step1")

    def test_team_only_when_truancy_continues(self):
        """R21-09, R21-10: after the letter, when truancy continues, with what the
        school did since."""
        student, case = self.step1()
        self.pass_days()
        self.cannot_advance(
            case,
            "0 unexcused days since the last step",
            "1 intervention asked for, none logged",
        )
        self.intervene(student, "phone")
        self.cannot_advance(
            case,
            "Credits: not provided yet",
            "Other relevant information: not provided",
        )
        self.provide(case)
        self.cannot_advance(case, "0 unexcused days since the last step")
        self.miss(student, portion=0.5)
        self.assertEqual(self.advance(case), "step2")

    def test_data_are_updated(self):
        """R21-10: what was provided before step 1 is not enough."""
        student, case = self.step1()
        self.pass_days()
        self.provide(case)
        item = case.item_ids[0].sudo()
        item.date = case.date_step - timedelta(days=1)
        self.assertIn("before the present step", " ".join(self.unmet(case)))
        item.date = case.date_step
        self.assertNotIn("provided", " ".join(self.unmet(case)))
        item.with_user(self.coordinator).action_void("Another child's")
        self.assertIn("not provided yet", " ".join(self.unmet(case)))

    def test_team_after_the_letter(self):
        """R21-09: the truancy letter has gone out before."""
        student = self.make_student()
        self.make_events(student, self.before(9))
        case = self.confirm(student)
        self.intervene(student, "home_visit", "conference")
        self.refer(student, "step1", **FORM)
        self.pass_days()
        self.miss(student)
        self.intervene(student, "phone")
        self.cannot_advance(case, "Truancy letter: not sent yet")
        self.send_notice(case)
        self.provide(case)
        self.assertEqual(self.advance(case), "step2")

    def test_board_only_when_truancy_went_on(self):
        """R21-13: what was missed before the PACT Team's step does not count."""
        student, case = self.step2()
        self.assertIn(
            "0 unexcused days since the last step", " ".join(self.unmet(case))
        )
        self.miss(student, portion=0.5)
        self.assertNotIn("unexcused", " ".join(self.unmet(case)))

    def test_petition_only_after_the_board(self):
        """R21-17: truancy went on after the board, the student is a chronic truant
        still, and services were tried."""
        student, case = self.step2()
        self.miss(student)
        self.pass_days()
        self.cannot_advance(case, "PACT Team meeting: not held yet")
        team = self.meet(case)
        self.cannot_advance(
            case,
            "Grades: not provided yet",
            "Discipline: not provided yet",
            "Why the school staff",
        )
        self.provide(case)
        self.assertEqual(self.advance(case), "step3")
        proofs = [line["proof"] for line in case.step_history_ids[0].met]
        self.assertIn([["pact.meeting", team.id]], proofs)
        self.pass_days()
        texts = " ".join(self.unmet(case))
        self.assertIn("0 unexcused days since the last step", texts)
        self.assertIn("1 service to be tried", texts)
        self.serve(student)
        self.assertNotIn("service", " ".join(self.unmet(case)))
        self.assertIn("Truancy Review Board: not held yet", self.unmet(case))
        self.meet(case)
        self.assertNotIn("Board", " ".join(self.unmet(case)))
        self.assertIn("Petition with the evidence: not provided yet", self.unmet(case))
        self.assertIn(
            "Statement of the interventionist and of the school staff: not provided "
            "yet",
            self.unmet(case),
        )
        self.provide(case)
        self.assertNotIn("provided", " ".join(self.unmet(case)))
        self.miss(student, portion=0.5)
        self.assertNotIn("unexcused", " ".join(self.unmet(case)))
        excused = self.env["pact.attendance.event"].search(
            [("student_id", "=", student.id)], order="date", limit=3
        )
        excused.code_id = self.codes["MED"]  # 11.5 days before, 8.5 now
        self.assertIn("8.5 unexcused days in the", " ".join(self.unmet(case)))

    def test_nobody_skips_a_step(self):
        """R21-13, R21-17"""
        _student, case = self.step1()
        steps = {step.code: step for step in self.program.step_ids}
        for code in ("step3", "step4"):
            step_id = steps[code].id
            self._refused(
                lambda step_id=step_id: case.write({"step_id": step_id}),
                ["one after the other"],
            )

    def test_improvement_is_recommended(self):
        """R21-22: no unexcused day since the letter: the case stays where it is and
        closes with its outcome."""
        _student, case = self.step1()
        self.pass_days(20)
        case._refresh_advice(self.today)
        self.assertEqual(case.advice, "improved")
        case.action_close("improved")
        self.assertFalse(case.is_open)
        self.assertEqual(case.outcome, "improved")

    def test_ages_of_every_statutory_step(self):
        """R21-01: who turns 17 in the case goes no further."""
        student, case = self.step1()
        self.miss(student)
        self.intervene(student, "phone")
        student.birth_date = self.today.replace(year=self.today.year - 17)
        self.cannot_advance(case, "This step is for ages from 6 to under 17")


@tagged("post_install", "-at_install")
class TestR21Rules(rules.ProgramRules):
    """What the source says of each step; days watched are the app's own settings."""

    PROGRAM = "r21"
    AGES = (6, 17)
    YEAR_END = "carry"
    SAFEGUARDED = "step3"
    # excused days beyond the school's limit count (R21-04)
    IMPROVED = {"none", "before", "excused"}
    LADDER = (
        rules.Rung("identified", watched=20, letters=("R21-1",)),
        rules.Rung("step1", watched=20, letters=("R21-1",)),
        rules.Rung("step2", watched=20, letters=("R21-2",)),
        rules.Rung("step3", watched=20, letters=("R21-3",)),
        rules.Rung("step4", firm=(rules.MEETING, rules.SERVICE)),
    )

    def absent(self, student):
        self.make_events(student, self.before(9))
