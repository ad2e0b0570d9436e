from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.letters.totals import counted_text, missed
from odoo.addons.pact_truancy.models.metrics.specs import (
    DAY_MEASURES,
    EVENT_MEASURES,
    RATE_MEASURES,
    Spec,
    is_valid,
)

from .test_letters_notice import NoticeCommon


@tagged("post_install", "-at_install")
class TestAsideLetters(NoticeCommon):
    """The medical letter, started by a person at any time in an open case."""

    def setUp(self):
        super().setUp()
        self.child = self.student(EXE=19, UNX=1)
        self.case = self.confirm(self.child)
        self.kind = self.env.ref("pact_truancy.letter_kind_sop_medical")
        self.pass_days()

    def start(self, cases=None, user=None):
        user = user or self.manager
        case = (cases or self.case).with_user(user)
        action = case.action_ask_letter()
        wizard = self.env["pact.letter.start"].with_user(user)
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual(wizard.kind_id, self.kind, "the only kind there is")
        result = wizard.action_start()
        return self.env["pact.letter"].browse(result.get("res_id")), wizard

    def test_started_when_attendance_does_not_improve(self):
        """SOP-17: below 90 % since the last step; from the letter as sent on, what no
        doctor documents counts as unexcused."""
        self.miss(self.child, code="EXE")
        letter, wizard = self.start()
        self.send_notice(self.case)
        self.assertIn("(met)", wizard.findings)
        self.assertEqual(
            (letter.case_id, letter.state, letter.starts),
            (self.case.sudo(), "draft", "medical"),
        )
        self.pass_days()
        mine = letter.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "66.6 % in the letter, 75.0 % today"):
            mine._finalize(self.today)
        mine.action_update()
        mine._finalize(self.today)
        mine._mark_sent(self.today)
        starts = self.program._starts(self.child, self.today)
        self.assertEqual(starts["medical"], {self.child.id: self.today})
        self.assertFalse(
            self.program._starts(self.child, self.before(1)[0]).get("medical"),
            "not before it was sent",
        )
        self.miss(self.child, code="EXE")
        spec = Spec("unexcused", "year", counting="program")
        found = self.env["pact.metrics"]._read(
            self.child,
            self.today,
            [spec],
            self.program._counting(),
            self.program._starts(self.child, self.today),
        )
        self.assertEqual(found[self.child.id][spec], 2 * DAY)

    def test_not_while_attendance_improves(self):
        """SOP-17: 90 % since the last step is improved; one day less is not."""
        self.pass_days(8)  # ten days since the step, the step's own day included
        self.make_events(self.child, [self.today], "EXE")
        with self.assertRaisesRegex(UserError, "90.0 % attendance"):
            self.start()
        self.miss(self.child, code="EXE")
        self.assertTrue(self.start()[0])

    def test_once_until_it_is_ended(self):
        """SOP-17: one runs at a time; after a person ended it, the next may start."""
        self.miss(self.child, code="EXE")
        letter, _wizard = self.start()
        with self.assertRaisesRegex(UserError, "already there"):
            self.start()
        self.send(letter)
        with self.assertRaisesRegex(UserError, "already there"):
            self.start()
        letter.with_user(self.manager).action_end_effect()
        again, _wizard = self.start()
        self.assertEqual((letter.sequence, again.sequence), (1, 2))
        values = {
            "case_id": self.case.id,
            "kind_id": self.kind.id,
            "sequence": 2,
            "student_id": self.child.id,
            "school_id": self.school.id,
            "day": self.today,
        }
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.env["pact.letter"]._gated().create(values)

    def test_only_in_an_open_case(self):
        """SOP-17: an open case; closing withdraws the draft."""
        self.miss(self.child, code="EXE")
        letter, _wizard = self.start()
        self.case.action_close("improved")
        self.assertEqual(letter.state, "canceled")
        self.assertFalse(self.case.has_aside_letters)
        self.assertFalse(self.child.with_user(self.manager).has_aside_letters)
        with self.assertRaisesRegex(UserError, "no open case"):
            self.child.with_user(self.manager).action_ask_letter()
        with self.assertRaisesRegex(UserError, "not an open case"):
            self.case._start_letter(self.kind, self.today)

    def test_from_the_student(self):
        """SOP-17: the button stands on the student too."""
        self.miss(self.child, code="EXE")
        student = self.child.with_user(self.manager)
        self.assertTrue(student.has_aside_letters)
        action = student.action_ask_letter()
        self.assertEqual(action["context"]["default_case_ids"], self.case.ids)
        self.assertEqual(student.letter_count, 1)
        found = self.env["pact.letter"].search(student.action_open_letters()["domain"])
        self.assertEqual(found, self.case.sudo().letter_ids)

    def test_who_may(self):
        """GEN-07: who may change the case; nobody of another school."""
        self.miss(self.child, code="EXE")
        stranger = self.make_user("stranger", "school_admin", self.sister_school)
        for user in (self.secretary, stranger):
            with self.assertRaises(AccessError):
                self.case.with_user(user)._start_letter(self.kind, self.today)

    def test_all_or_none(self):
        """The refusal names each case that may not have it."""
        self.miss(self.child, code="EXE")
        other = self.student("Omar", EXE=19, UNX=1)
        other_case = self.confirm(other)
        self.pass_days()
        with self.assertRaisesRegex(UserError, "Omar Rivera .SOP.: 100.0 % attendance"):
            self.start(self.case | other_case)
        self.assertFalse(self.letter_of(self.child, "medical"))

    def test_a_regional_letter_goes_first(self):
        """SOP-15, SOP-17: on one day the letter of the ladder goes, then the other."""
        self.send_notice(self.case)
        self.pass_days()
        self.miss(self.child, 2)
        letter, _wizard = self.start()
        self.assertFalse(letter.not_before)
        self.advance(self.case)
        second = self.letter_of(self.child, "letter2")
        self.assertFalse(second.not_before)
        self.assertEqual(letter.behind_id, second)

    def test_watched_until_the_case_closes(self):
        """SOP-16: absences beyond ten days are watched by each screening while the case
        is open, and no longer after it."""
        self.assertFalse(self.case.advice == "improved")
        self.pass_days(8)
        self.screen()
        self.assertEqual(self.case.advice, "improved")
        self.miss(self.child, 3)
        self.screen()
        self.assertNotEqual(self.case.advice, "improved")
        self.case.action_close("improved")
        self.miss(self.child)
        self.screen()
        self.assertFalse(self.case.advice)


@tagged("post_install", "-at_install")
class TestTotals(NoticeCommon):
    """What the total line says was counted."""

    def total(self, letter):
        report = self.env["report.pact_truancy.report_letter"]
        page = report._page(letter.delivery_ids.filtered("guardian_id"), "")
        return page["total"]

    def test_a_notice_names_what_it_counts(self):
        """SOP-07, SOP-11: unexplained days, and days of any reason, are never called
        days without a valid cause."""
        student = self.student(UNV=5)
        self.notice(student, "warning")
        self.assertIn(
            "Total: 5 days that nobody has explained to the school yet, of the ",
            self.total(self.letter_of(student, "warning")),
        )
        other = self.student("Omar", EXE=3, MED=2)
        self.notice(other, "five_days")
        self.assertIn(
            "Total: 5 days away from school, whatever the reason, of the ",
            self.total(self.letter_of(other, "five_days")),
        )

    def test_a_regional_letter(self):
        """SOP-14"""
        case = self.confirm(self.student(EXE=19, UNX=1))
        self.assertIn(
            "Total: 1 day without a valid cause, of the ", self.total(case.letter_ids)
        )

    def test_a_rate(self):
        """SOP-17: a share says of how many days."""
        student = self.student(EXE=19, UNX=1)
        case = self.confirm(student)
        self.miss(student, code="EXE")
        kind = self.env.ref("pact_truancy.letter_kind_sop_medical")
        letter = case.sudo()._start_letter(kind, self.today)
        self.assertIn("Total: at school on 1 of 2 days (50.0 %)", self.total(letter))

    def test_every_measure_has_words(self):
        """GEN-01: whatever an administrator counts, the letter can say it."""
        several = {**DAY_MEASURES, **EVENT_MEASURES, **RATE_MEASURES}
        said = set()
        for measure in several:
            for unit in ("days", "occasions", "dates"):
                counting = "program"
                spec = Spec(measure, "year", counting=counting, unit=unit)
                if not is_valid(spec):
                    continue
                value = (DAY, 4 * DAY) if measure in RATE_MEASURES else 3 * DAY
                if unit != "days":
                    value = 3
                text = counted_text(self.env, spec, value)
                self.assertNotIn("%(", text)
                self.assertRegex(text, r"\b[134]\b")
                said.add(text)
        self.assertGreater(len(said), 20)
        rate = Spec("attendance_rate", "year")
        self.assertEqual(missed(rate, (150 * DAY, 160 * DAY)), 10 * DAY)
