from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Spec

from .program_common import ProgramCommon


class NoticeCommon(ProgramCommon):
    """The shipped procedure with its notices, whose letters need no case."""

    PROGRAM = "sop"

    def student(self, name="Maya", home=None, **absences):
        """A student with a guardian at `home` and so many days of each code."""
        student = self.make_student(first=name)
        self.make_guardian(student, street=home or f"{name} Street 1")
        days = iter(self.before(60))
        for code, count in absences.items():
            self.make_events(student, [next(days) for _n in range(count)], code)
        return student

    def notice(self, students, code, user=None):
        """Confirm the open flags of the students for the step `code`; return them."""
        self.screen()
        flags = self.env["pact.flag"].search(
            [
                ("student_id", "in", students.ids),
                ("step_id.code", "=", code),
                ("state", "=", "open"),
            ]
        )
        self.assertEqual(flags.student_id, students, code)
        flags.with_user(user or self.manager).action_confirm()
        return flags

    def letter_of(self, students, code=None):
        letters = self.env["pact.letter"].search(
            [("student_id", "in", students.ids), ("state", "!=", "canceled")]
        )
        return letters.filtered(
            lambda letter: not code or letter.kind_id.step_id.code == code
        )


@tagged("post_install", "-at_install")
class TestNoticeLetters(NoticeCommon):
    """A notice is drafted for the student; no case is opened."""

    def test_a_notice_without_a_case(self):
        """SOP-07, SOP-11: the letter is drafted, printed, sent, and no case stands
        behind it."""
        student = self.student(UNV=5)
        flag = self.notice(student, "warning")
        letter = self.letter_of(student)
        self.assertFalse(letter.case_id | student.case_ids)
        self.assertEqual(
            (letter.kind_id.code, letter.program_id, letter.school_id, letter.flag_id),
            ("SOP-W", self.program, self.school, flag),
        )
        self.assertEqual(letter.snapshot_id, flag.snapshot_id)
        self.assertEqual(
            letter.delivery_ids.mapped("name"), ["Ana Rivera", "Lincoln Middle"]
        )
        mine = letter.with_user(self.manager)
        mine._finalize(self.today)
        mine._mark_sent(self.today)
        self.assertEqual(letter.state, "sent")

    def test_who_sees_it(self):
        """GEN-07: the staff of the letter's school, nobody of another."""
        student = self.student(UNV=5)
        self.notice(student, "warning")
        letter = self.letter_of(student)
        stranger = self.make_user("stranger", "school_admin", self.sister_school)
        Letters = self.env["pact.letter"]
        for user, seen in ((self.secretary, letter), (stranger, Letters)):
            found = Letters.with_user(user).search([("student_id", "=", student.id)])
            self.assertEqual(found.sudo(), seen, user.name)
            copies = self.env["pact.letter.delivery"].with_user(user)
            self.assertEqual(bool(copies.search([])), bool(seen), user.name)

    def test_the_message_says_what_was_drafted(self):
        student = self.student(UNV=5)
        self.screen()
        flags = self.env["pact.flag"].search([("student_id", "=", student.id)])
        action = flags.with_user(self.manager).action_confirm()
        message = action["params"]["message"]
        self.assertIn("'Warning of attendance probation' is drafted.", message)
        self.assertIn("'5-day letter' waits.", message)

    def test_one_letter_a_flag(self):
        """Two clerks at once: the index leaves one letter."""
        student = self.student(UNV=5)
        flag = self.notice(student, "warning")
        letter = self.letter_of(student)
        self.assertFalse(self.env["pact.letter"]._draft_notices(flag, self.today))
        with self.assertRaisesRegex(UserError, "already decided"):
            flag.with_user(self.coordinator).action_confirm()
        values = {
            "flag_id": flag.id,
            "kind_id": letter.kind_id.id,
            "student_id": student.id,
            "school_id": self.school.id,
            "day": self.today,
        }
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.env["pact.letter"]._gated().create(values)

    def test_again_is_the_second_of_its_kind(self):
        """SOP-11: again after five more, also inside one case."""
        student = self.student(EXE=5)
        self.notice(student, "five_days")
        first = self.letter_of(student)
        self.send(first)
        self.miss(student, 5, code="EXE")
        self.notice(student, "five_days")
        self.assertEqual(sorted(self.letter_of(student).mapped("sequence")), [1, 2])

    def taken_over(self, student, xml_id):
        """A letter that another program sent today, without a flag of ours."""
        letter = self.env["pact.letter"]._gated()
        letter = letter.create(
            {
                "kind_id": self.env.ref(f"pact_truancy.{xml_id}").id,
                "student_id": student.id,
                "school_id": student.school_id.id,
                "day": self.today,
            }
        )
        self.send(letter)

    def test_a_letter_taken_over_is_not_sent_again(self):
        """SOP-07, SOP-11: what was sent before our records counts for the repeat rule:
        five more absent days bring the next one, four do not."""
        student = self.student(EXE=6)
        self.taken_over(student, "letter_kind_sop_five")
        self.assertNotIn("five_days", self.flags(student))
        self.miss(student, 4, code="EXE")
        self.assertNotIn("five_days", self.flags(student))
        self.miss(student, code="EXE")
        self.assertIn("five_days", self.flags(student))
        other = self.student("Omar", UNV=5)
        self.taken_over(other, "letter_kind_sop_warning")
        self.miss(other, 4, code="UNV")
        self.assertNotIn("warning", self.flags(other))

    def test_queries_do_not_grow(self):
        """GEN-04: a fixed number of statements for any number of flags."""
        self.program.letter_gap = 3
        counts = []
        for size in (2, 10):
            students = self.env["pact.student"].union(
                *(self.student(f"N{size}-{n}", UNV=5) for n in range(size))
            )
            self.screen()
            flags = self.env["pact.flag"].search(
                [("student_id", "in", students.ids), ("step_id.code", "=", "warning")]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            flags.with_user(self.manager).action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self.letter_of(students)), size)
        self.assertLessEqual(counts[1], counts[0] + 4)

    def test_a_case_finds_what_was_sent_before(self):
        """SOP-09, SOP-15: probation counts on, the case shows its letters, and a notice
        is no letter that 'since the last letter' begins with."""
        student = self.student(EXE=19, UNX=1, UNV=10)
        self.notice(student, "probation")
        letter = self.letter_of(student, "probation")
        self.send(letter)
        case = self.confirm(student)
        self.assertIn(letter, case.letter_ids)
        self.assertEqual(letter.access_school_id, case.school_id)
        starts = self.program._starts(student, self.today)
        self.assertEqual(starts["probation"], {student.id: self.today})
        self.assertFalse(starts["since_letter"])
        self.send_notice(case)
        starts = self.program._starts(student, self.today)
        self.assertEqual(starts["since_letter"], {student.id: self.today})

    def test_a_letter_sent_before_the_case_stands_for_its_step(self):
        """SOP-15: the first regional letter, sent before the case was opened, meets the
        gate of the second; no other one is drafted."""
        student = self.student(EXE=19, UNX=1)
        letter = (
            self.env["pact.letter"]
            ._gated()
            .create(
                {
                    "kind_id": self.env.ref("pact_truancy.letter_kind_sop_1").id,
                    "student_id": student.id,
                    "school_id": self.school.id,
                    "day": self.today,
                }
            )
        )
        self.send(letter)
        self.pass_days(3)
        case = self.confirm(student)
        self.assertEqual(case.letter_ids, letter)
        self.miss(student, 2)
        self.assertEqual(self.advance(case), "letter2")

    def test_a_closed_case_does_not_hold_a_notice_up(self):
        """SOP-07: the notice goes by its own numbers; a move away withdraws it."""
        student = self.student(EXE=19, UNX=1, UNV=5)
        case = self.confirm(student)
        self.pass_days()
        self.notice(student, "warning")
        letter = self.letter_of(student, "warning")
        self.assertEqual(letter.case_id, case)
        case.action_close("improved")
        self.assertEqual(letter.state, "draft")
        letter.with_user(self.manager)._finalize(self.today)
        other = self.student("Omar", EXE=19, UNX=1, UNV=5)
        case = self.confirm(other)
        self.pass_days()
        self.notice(other, "warning")
        other.enrollment_ids.exit_date = self.today - timedelta(days=1)
        other._refresh_current(self.today, other)
        case.action_close("moved", destination="Another state")
        self.assertFalse(self.letter_of(other))

    def test_who_left_gets_none(self):
        student = self.student(UNV=5)
        self.notice(student, "warning")
        letter = self.letter_of(student)
        student.enrollment_ids.exit_date = self.today - timedelta(days=3)
        student._refresh_current(self.today, student)
        self.program.office_ids = False
        self.program.school_ids = self.sister_school
        with self.assertRaisesRegex(UserError, "no longer attends"):
            letter._finalize(self.today)

    def test_update_reads_the_steps_own_numbers(self):
        """SOP-07: 'Update' counts unverified days, as the flag did."""
        student = self.student(UNV=5, UNX=2)
        self.notice(student, "warning")
        letter = self.letter_of(student, "warning")
        self.miss(student, code="UNV")
        letter.with_user(self.manager).action_update()
        self.assertEqual(letter.days, 6)


@tagged("post_install", "-at_install")
class TestNoticeTurns(NoticeCommon):
    """Which of several letters goes first, and when the others come back."""

    def test_only_the_highest_ranking_of_a_day(self):
        """SOP-08, SOP-11: of two letters of one day the probation letter goes; the
        5-day letter waits for the next school day, comes back by itself, and goes."""
        student = self.student(UNV=10)
        self.notice(student, "five_days")
        five = self.letter_of(student, "five_days")
        self.assertFalse(five.not_before)
        self.notice(student, "probation")
        probation = self.letter_of(student, "probation")
        self.assertEqual((five.not_before, five.behind_id), (self.after(1), probation))
        self.assertIn("'Attendance probation letter' goes first", five.problem)
        mine = five.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "not yet the turn"):
            mine._finalize(self.today)
        probation.with_user(self.manager)._finalize(self.today)
        self.screen()
        self.assertEqual(five.not_before, self.after(1), "not on the same day")
        self.pass_days()
        self.screen()
        self.assertFalse(five.not_before)
        self.assertEqual(five.snapshot_id.day, self.today, "read anew")
        mine._finalize(self.today)
        self.assertEqual(five.state, "to_sign")

    def test_rank_is_a_setting(self):
        """GEN-01"""
        self.env.ref("pact_truancy.letter_kind_sop_five").rank = 99
        student = self.student(UNV=10)
        self.notice(student, "five_days")
        self.notice(student, "probation")
        self.assertFalse(self.letter_of(student, "five_days").not_before)
        self.assertTrue(self.letter_of(student, "probation").not_before)

    def test_the_ladder_goes_first(self):
        """SOP-14: on the day of the regional letter no notice goes."""
        student = self.student(EXE=15, UNX=1, UNV=5)
        self.notice(student, "warning")
        warning = self.letter_of(student, "warning")
        case = self.confirm(student)
        regional = case.letter_ids - warning
        self.assertFalse(regional.not_before)
        self.assertEqual(warning.behind_id, regional)

    def test_screening_twice_changes_nothing(self):
        student = self.student(UNV=10)
        self.notice(student, "five_days")
        self.notice(student, "probation")
        five = self.letter_of(student, "five_days")
        before = (five.not_before, five.behind_id, five.snapshot_id, five.write_date)
        self.screen()
        self.env.invalidate_all()
        self.assertEqual(
            before, (five.not_before, five.behind_id, five.snapshot_id, five.write_date)
        )

    def test_canceled_lets_the_other_go(self):
        student = self.student(UNV=10)
        self.notice(student, "five_days")
        self.notice(student, "probation")
        five = self.letter_of(student, "five_days")
        self.letter_of(student, "probation").with_user(self.manager)._cancel("Agreed")
        self.assertFalse(five.not_before)

    def test_canceling_dismisses_the_flag(self):
        """SOP-07: the same facts raise it no more, a later absence does."""
        student = self.student(UNV=5)
        flag = self.notice(student, "warning")
        letter = self.letter_of(student, "warning")
        letter.with_user(self.manager)._cancel("The parents called.")
        self.assertRecordValues(
            flag,
            [
                {
                    "state": "dismissed",
                    "reason": "The parents called.",
                    "decided_by_id": self.manager.id,
                }
            ],
        )
        self.assertNotIn("warning", self.flags(student))
        self.miss(student, code="UNV")
        self.assertIn("warning", self.flags(student))

    def test_no_longer_true_when_its_turn_comes(self):
        """Nothing is lost: it is flagged again when it is true again."""
        self.program.letter_gap = 3
        one = self.student("One", home="1 Shared Street", UNV=5)
        two = self.student("Two", home="1 Shared Street", UNV=5)
        self.notice(one, "warning")
        self.notice(two, "warning")
        letter = self.letter_of(two, "warning")
        self.assertEqual(letter.not_before, self.after(3))
        two.event_ids[:1].code_id = self.codes["EXE"]
        self.pass_days(3)
        self.screen()
        self.assertEqual(letter.state, "canceled")
        self.assertIn("No longer true", letter.cancel_reason)
        self.assertNotIn("warning", self.flags(two))
        self.miss(two, code="UNV")
        self.assertIn("warning", self.flags(two))

    def test_household_of_one_address(self):
        """Least school days between two letters to a household: three are asked for;
        on the second it is too early, on the third the letter is there by itself."""
        self.program.letter_gap = 3
        one = self.student("One", home="1 Shared Street", UNV=5)
        two = self.student("Two", home="1 shared street.", UNV=5)
        far = self.student("Far", home="9 Other Street", UNV=5)
        self.notice(one, "warning")
        self.send(self.letter_of(one))
        flags = self.notice(two | far, "warning")
        self.assertEqual(len(flags), 2)
        letter = self.letter_of(two)
        self.assertFalse(self.letter_of(far).not_before)
        self.assertEqual(letter.not_before, self.after(3))
        self.assertNotIn("One", letter.problem, "no word of the other child")
        self.assertIn("at least 3 school days apart", letter.problem)
        self.pass_days(2)
        self.screen()
        with self.assertRaisesRegex(UserError, "Possible from"):
            letter.with_user(self.manager)._finalize(self.today)
        self.pass_days()
        self.screen()
        self.assertFalse(letter.not_before)
        letter.with_user(self.manager)._finalize(self.today)

    def test_two_of_one_household_in_one_go(self):
        self.program.letter_gap = 3
        one = self.student("One", home="1 Shared Street", UNV=5)
        two = self.student("Two", home="1 Shared Street", UNV=5)
        self.notice(one | two, "warning")
        waits = self.letter_of(one | two).mapped("not_before")
        self.assertEqual(sorted(map(bool, waits)), [False, True])

    def test_the_highest_ranking_of_a_household(self):
        """A sibling's 5-day letter, still a draft, does not hold a regional one up: it
        waits itself."""
        self.program.letter_gap = 3
        one = self.student("One", home="1 Shared Street", EXE=5)
        two = self.student("Two", home="1 Shared Street", EXE=19, UNX=1)
        self.notice(one, "five_days")
        five = self.letter_of(one)
        self.assertFalse(five.not_before)
        regional = self.confirm(two).sudo().letter_ids
        self.assertFalse(regional.not_before)
        self.assertEqual((five.not_before, five.behind_id.id), (self.after(3), False))

    def test_a_protected_address_joins_no_household(self):
        self.program.letter_gap = 3
        one = self.student("One", home="1 Shared Street", UNV=5)
        two = self.student("Two", home="1 Shared Street", UNV=5)
        two.guardian_link_ids.guardian_id.address_protected = True
        self.notice(one | two, "warning")
        self.assertFalse(any(self.letter_of(one | two).mapped("not_before")))

    def test_no_gap_no_limit(self):
        one = self.student("One", home="1 Shared Street", UNV=5)
        two = self.student("Two", home="1 Shared Street", UNV=5)
        self.notice(one | two, "warning")
        self.assertFalse(any(self.letter_of(one | two).mapped("not_before")))

    def test_a_person_may_send_it_nevertheless(self):
        student = self.student(UNV=10)
        self.notice(student, "five_days")
        self.notice(student, "probation")
        five = self.letter_of(student, "five_days").with_user(self.manager)
        wizard = self.env["pact.letter.decision"].with_user(self.manager)
        wizard = wizard.create({"letter_ids": five.ids, "decision": "final"})
        self.assertIn("goes first", wizard.waiting)
        wizard.reason = "The family asked for it."
        wizard.action_apply()
        self.assertEqual((five.state, five.not_before), ("to_sign", False))

    def test_letters_of_another_program_do_not_count(self):
        """GEN-04"""
        self.program.letter_gap = 3
        other = self.program.copy()
        other.office_ids = self.office
        student = self.student(UNV=5)
        other._screen(self.today)
        self.env["pact.flag"].search(
            [("program_id", "=", other.id), ("step_id.code", "=", "warning")]
        ).action_confirm()
        self.notice(student, "warning")
        letters = self.letter_of(student, "warning")
        self.assertEqual(len(letters), 2)
        self.assertFalse(any(letters.mapped("not_before")))


@tagged("post_install", "-at_install")
class TestNoticeEffects(NoticeCommon):
    """What a letter without a case begins."""

    def unexcused(self, student):
        spec = Spec("unexcused", "year", counting="program")
        starts = self.program._starts(student, self.today)
        found = self.env["pact.metrics"]._read(
            student, self.today, [spec], self.program._counting(), starts
        )
        return found[student.id][spec] / DAY

    def test_probation_without_a_case(self):
        """SOP-08, SOP-09: from the letter as sent the eleventh unverified day counts as
        unexcused, before any case."""
        student = self.student(UNV=10)
        self.notice(student, "probation")
        letter = self.letter_of(student, "probation")
        self.miss(student, code="UNV")
        self.assertEqual(self.unexcused(student), 0, "a draft begins nothing")
        self.pass_days()
        self.send(letter)
        self.assertFalse(student.case_ids)
        self.miss(student, code="UNV")
        self.assertEqual(self.unexcused(student), 1)
