from datetime import date

from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Spec

from . import program_rules as rules
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

    def test_ten_day_review(self):
        """SOP-29: 10 absent days, whatever the reason."""
        several = [self.student("A", EXE=9.5), self.student("B", MED=4, EXE=6)]
        self.assertEqual(self.who("ten_days", *several), {"B"})

    def test_five_day_letter_comes_again(self):
        """SOP-11: at 5 absent days of any kind, again after 5 more; SOP-29: the review
        stands beside it at 10."""
        student = self.student("Maya", EXE=5)
        self.assertEqual(self.flags(student), {"five_days"})
        flags = self.env["pact.flag"].search([("student_id", "=", student.id)])
        flags.action_confirm()
        self.assertFalse(student.case_ids)
        self.miss(student, 4, code="EXE")
        self.assertFalse(self.flags(student))
        self.miss(student, 1, code="EXE")
        self.assertEqual(self.flags(student), {"five_days", "ten_days"})

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
        beside = {"five_days", "ten_days"}
        self.assertFalse(self.flags(just) - beside)
        self.assertFalse(self.flags(excused) - beside)
        self.assertEqual(self.flags(below) - beside, {"letter1"})

    def letter1(self):
        """A student below 90 % to whom the first regional letter has gone, a day
        later."""
        student = self.student("Maya", EXE=19, UNX=1)
        case = self.confirm(student)
        self.assertEqual(case.step_id.code, "letter1")
        self.send_notice(case)
        self.pass_days()
        return student, case

    def letter2(self):
        student, case = self.letter1()
        self.miss(student, 2)
        self.assertEqual(self.advance(case), "letter2")
        self.send_notice(case)
        self.pass_days()
        return student, case

    def test_second_letter_at_two_thirds(self):
        """SOP-15: two thirds of the days missed since the first letter: 8 of 12,
        not 7 of 11."""
        student, case = self.letter1()
        self.miss(student, 4, code="EXE")
        self.miss(student, 7)
        self.cannot_advance(case, "63.6 % of 11 absent days unexcused")
        self.miss(student)
        self.assertEqual(self.advance(case), "letter2")

    def test_second_letter_needs_the_first(self):
        """SOP-15: the share is counted from the letter as it was sent."""
        student = self.student("Maya", EXE=19, UNX=1)
        case = self.confirm(student)
        self.pass_days()
        self.miss(student, 2)
        self.cannot_advance(
            case, "First regional letter: not sent yet", "No letter has been sent yet"
        )
        self.send_notice(case)
        self.pass_days()
        self.miss(student)
        self.assertEqual(self.advance(case), "letter2")

    def test_ninety_percent_is_improved(self):
        """SOP-15: at 90 % since the letter no second one follows, below it does."""
        student, case = self.letter1()
        self.miss(student)
        self.pass_days(7)  # ten days from the letter's on, one of them missed
        self.cannot_advance(case, "Adequate progress: 90.0 % attendance")
        case._refresh_advice(self.today)
        self.assertEqual(case.advice, "improved")
        self.miss(student)
        self.assertEqual(self.advance(case), "letter2")

    def test_third_letter(self):
        """SOP-18: still below 90 % with two or more unexcused, one and a half are not
        enough."""
        student, case = self.letter2()
        events = self.env["pact.attendance.event"].search(
            [("student_id", "=", student.id), ("code_id.code", "=", "UNX")]
        )
        self.assertEqual(len(events), 3)
        events[:2].code_id = self.codes["EXE"]
        self.cannot_advance(case, "1 unexcused day", "A correction changed")
        events[:1].code_id = self.codes["UNX"]
        case.action_reviewed()
        self.assertEqual(self.advance(case), "letter3")

    def test_hearing_asks_for_contact_and_more_absence(self):
        """SOP-18, SOP-20: any form of contact was tried, and unexcused absences go
        on."""
        student, case = self.letter2()
        self.advance(case)
        self.pass_days()
        self.cannot_advance(
            case,
            "Third regional letter: not sent yet",
            "No attempt to reach the family",
            "0 unexcused days since the last step",
        )
        self.send_notice(case)
        self.intervene(student, "home_visit")
        self.cannot_advance(case, "0 unexcused days since the last step")
        self.miss(student, portion=0.5)
        self.assertNotIn("unexcused", " ".join(self.unmet(case)))

    def hearing(self):
        """A case in the hearing, with its order. SOP-20: the packet is put together
        before."""
        student, case = self.letter2()
        self.advance(case)
        self.pass_days()
        self.send_notice(case)
        self.intervene(student, "home_visit")
        self.miss(student)
        self.cannot_advance(
            case, "exhausted: not provided yet", "Packet for the regional office: not"
        )
        self.provide(case)
        self.assertEqual(self.advance(case), "hearing")
        self.cannot_advance(case, "Truancy hearing: not held yet")
        self.meet(case)
        officer = self.make_user("officer", "hearing_officer", self.office)
        order = self.env["pact.order"].with_user(officer).create({"case_id": case.id})
        return student, case, order

    def test_twenty_days(self):
        """SOP-21, SOP-22: 20 school days, no unexcused absence, 90 %; met, it ends
        well, and the State's Attorney is not reached."""
        student, case, order = self.hearing()
        self.assertEqual(
            (order.date_start, order.date_stop), (self.after(1), self.after(20))
        )
        self.miss(student, 2, code="EXE")
        self.pass_days(17)
        self.serve(student)
        self.screen()
        self.assertNotEqual(case.advice, "improved")
        self.pass_days()
        self.screen()
        self.assertEqual((order.verdict, case.advice), ("met", "improved"))
        self.cannot_advance(case, "The order has not failed: Met")

    def test_court_when_the_order_failed(self):
        """SOP-22: the moment it can no longer be met, confirmed by a person; nobody
        overrides that."""
        student, case, order = self.hearing()
        self.serve(student)
        self.miss(student, 2, code="EXE")
        self.screen()
        self.assertEqual(order.verdict, "running")
        self.cannot_advance(case, "The order has not failed: Running")
        self.miss(student, code="EXE", portion=0.1)
        self.screen()
        self.assertEqual(order.verdict, "failed")
        self.cannot_advance(case, "Letter of the 20 days: not sent yet")
        self.send_notice(case)
        self.cannot_advance(case, "The order can no longer be met: confirm it")
        self._refused(
            lambda: case.with_user(self.coordinator).action_override("Urgent"),
            ["confirm it"],
        )
        order.action_confirm()
        self.assertEqual(self.advance(case), "court")
        proofs = [line["proof"] for line in case.step_history_ids[0].met]
        self.assertIn([["pact.order", order.id]], proofs)

    def test_closed_cases_stay_readable(self):
        """SOP-23: with outcome and history; they go no further."""
        student, case = self.letter2()
        case.action_close("improved", note="90 % since the letter")
        read = case.with_user(self.secretary)
        self.assertEqual(
            (read.is_open, read.outcome, read.outcome_note),
            (False, "improved", "90 % since the letter"),
        )
        self.assertEqual(len(read.step_history_ids), 2)
        self._refused(
            lambda: case.write({"step_id": self.program._rungs()[-1].id}), ["closed"]
        )

    # -- what letters begin ----------------------------------------------------------

    def unexcused(self, student, day=None):
        """Unexcused days of the year by the program's rules, in days."""
        day = day or self.today
        spec = Spec("unexcused", "year", counting="program")
        starts = self.program._starts(student, day)
        found = self.env["pact.metrics"]._read(
            student, day, [spec], self.program._counting(), starts
        )
        return found[student.id][spec] / DAY

    def test_probation_begins_with_the_letter_as_sent(self):
        """SOP-09: from the letter on, unverified days beyond ten count as unexcused;
        those before it do not, nor does a draft begin anything."""
        student = self.student("Maya", EXE=19, UNX=1, UNV=11)
        case = self.confirm(student)
        letter = self.letter(case, "letter_kind_sop_probation")
        self.assertEqual(self.unexcused(student), 1, "a draft begins nothing")
        self.send(letter)
        self.assertEqual(self.unexcused(student), 1, "the eleventh was before it")
        self.miss(student, code="UNV")
        self.assertEqual(self.unexcused(student), 2)
        letter.with_user(self.manager).action_end_effect()
        self.miss(student, code="UNV")
        self.assertEqual(self.unexcused(student), 2, "a person ended it")

    def test_probation_counts_from_the_eleventh(self):
        """SOP-09: the tenth unverified day does not count, the eleventh does."""
        student = self.student("Maya", EXE=19, UNX=1, UNV=9)
        case = self.confirm(student)
        self.send(self.letter(case, "letter_kind_sop_probation"))
        self.miss(student, code="UNV")
        self.assertEqual(self.unexcused(student), 1)
        self.miss(student, code="UNV")
        self.assertEqual(self.unexcused(student), 2)

    def test_probation_ends_with_the_year(self):
        """SOP-09"""
        student = self.student("Maya", EXE=19, UNX=1)
        self.send(self.letter(self.confirm(student), "letter_kind_sop_probation"))
        self.assertIn("probation", self.program._starts(student, date(2026, 6, 30)))
        self.env["pact.school.year"].create(
            {
                "name": "2026-2027",
                "date_start": "2026-07-01",
                "date_end": "2027-06-30",
            }
        )
        self.assertNotIn("probation", self.program._starts(student, date(2026, 7, 1)))

    def test_medical_letter(self):
        """SOP-17: from its date on what no doctor documents counts as unexcused, as
        long as the case is open."""
        student = self.student("Maya", EXE=19, UNX=1)
        case = self.confirm(student)
        letter = self.letter(case, "letter_kind_sop_medical")
        self.miss(student, code="EXE")
        self.pass_days()
        self.assertEqual(self.unexcused(student), 1)
        self.send(letter)
        self.assertEqual(self.unexcused(student), 1, "before its date")
        self.miss(student, code="EXE")
        self.assertEqual(self.unexcused(student), 2)
        case.action_close("improved")
        self.assertEqual(self.unexcused(student), 1, "the case is closed")

    def test_another_programs_letter_begins_nothing_here(self):
        """GEN-04, SOP-09"""
        student = self.student("Maya", EXE=19, UNX=1, UNV=11)
        self.send(self.letter(self.confirm(student), "letter_kind_sop_probation"))
        other = self.program.copy()
        self.assertIn("probation", self.program._starts(student, self.today))
        self.assertNotIn("probation", other._starts(student, self.today))


@tagged("post_install", "-at_install")
class TestSOPRules(rules.ProgramRules):
    """What the source says of each step; letters are for any age."""

    PROGRAM = "sop"
    AGES = (6, 17)
    YEAR_END = "close"
    SAFEGUARDED = "hearing"
    LADDER = (
        rules.Rung("letter1", statutory=False, letters=("SOP-R1",)),
        rules.Rung("letter2", statutory=False, letters=("SOP-R2",)),
        rules.Rung("letter3", statutory=False, letters=("SOP-R3",)),
        rules.Rung("hearing", letters=("SOP-R4",)),
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
        self.make_events(student, self.before(20))

    def test_what_is_improvement(self):
        """SOP-15: 90 % of the days since the step, for whatever reason; 19 of 21 are
        more, 18.5 are less."""
        names = ("none", "two", "more")
        students = {name: self.make_student(first=name) for name in names}
        before = self.make_student(first="before")
        self.make_events(before, self.before(20))
        cases = self.cases_in("letter1", before, *students.values())
        days = [self.after(number) for number in range(1, 21)]
        self.go_to(days[-1])
        self.make_events(students["two"], days[:2], "EXE")
        self.make_events(students["more"], days[:2])
        self.make_events(students["more"], days[2:3], portion=0.5)
        self.assertEqual(
            set(cases._improved(self.today).student_id.mapped("first_name")),
            {"none", "two", "before"},
        )
