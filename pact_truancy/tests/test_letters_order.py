import base64
import io

from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.letters.pact_letter_text import day_text
from .test_orders import OrderCommon


class OrderLetterCommon(OrderCommon):
    """An order of a family, in an office that can sign."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref(f"pact_truancy.letter_kind_{cls.PROGRAM}_order")
        cls.office.write({"signer_name": "Pat Example", "phone": "(555) 010-0100"})

    def family(self, **guardian):
        student = self.make_student(first="Maya", birth_date="2014-02-02")
        self.make_guardian(student, **guardian)
        return student

    def letters(self, order):
        return order.sudo().letter_ids.sorted("sequence")

    def family_copy(self, letter):
        return letter.delivery_ids.filtered("guardian_id")

    def text_of(self, letter):
        """The family's page as printed."""
        copy = self.family_copy(letter)
        pages = PdfReader(io.BytesIO(base64.b64decode(copy.pdf))).pages
        self.assertEqual(len(pages), 1)
        return " ".join(pages[0].extract_text().split())

    def finish(self, letter, sent=False):
        letter = letter.with_user(self.manager)
        letter._finalize(self.today)
        if sent:
            letter._mark_sent(self.today)

    def close(self, day):
        self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", day)]
        ).kind = "weather"


@tagged("post_install", "-at_install")
class TestOrderLetter(OrderLetterCommon):
    """SOP's letter of the 20 days."""

    def test_it_gives_start_and_stop(self):
        """SOP-21: drafted when the order is recorded, not before; school days of that
        calendar; it says what is expected, and nothing of absences."""
        student = self.family()
        case = self.case_of(student)
        self.assertNotIn(self.kind, case.letter_ids.kind_id)
        order = (
            self.env["pact.order"].with_user(self.officer).create({"case_id": case.id})
        )
        letter = self.letters(order)
        self.assertEqual(
            (letter.kind_id, letter.state, letter.order_stop),
            (self.kind, "draft", order.date_stop),
        )
        self.assertFalse(letter.problem)
        self.finish(letter)
        text = self.text_of(letter)
        for words in (
            f"First day: {day_text(self.after(1), 'en_US')}",
            f"Last day: {day_text(self.after(20), 'en_US')}",
            "no day missed without a valid cause in 20 school days, and at least 90 "
            "percent attendance (no more than 2 of the days missed for any reason)",
        ):
            self.assertIn(words, text)
        self.assertNotIn("Part of the day", text)
        self.assertNotIn("{", text)

    def test_in_the_familys_language(self):
        """SOP-21, SOP-11"""
        student = self.family(lang_id=self.env.ref("base.lang_es_419").id)
        letter = self.letters(self.order(student=student))
        self.assertEqual(self.family_copy(letter).lang_id.code, "es_419")
        self.finish(letter)
        text = self.text_of(letter)
        self.assertIn(f"Primer día: {day_text(self.after(1), 'es_419')}", text)
        self.assertIn(f"Último día: {day_text(self.after(20), 'es_419')}", text)
        self.assertNotIn("school days", text)

    def test_terms_follow_the_settings(self):
        """GEN-01: other numbers, other words."""
        self.step.write({"order_days": 30, "order_unexcused": 2, "order_rate": 0})
        order = self.order()
        self.assertEqual(
            order._terms_text(),
            "no more than 2 days missed without a valid cause in 30 school days",
        )

    def test_a_day_closed_later(self):
        """SOP-21: a draft follows; what was final is withdrawn; what was sent stays as
        it was, and a corrected letter follows it."""
        order = self.order(student=self.family())
        first = self.letters(order)
        self.close(self.after(3))
        order._refresh(self.today)
        self.assertEqual(
            (self.letters(order), first.order_stop), (first, order.date_stop)
        )
        self.finish(first)
        self.close(self.after(4))
        order._refresh(self.today)
        self.assertEqual(first.state, "canceled")
        second = self.letters(order)[-1]
        self.assertEqual(
            (second.state, second.order_stop, second.sequence),
            ("draft", order.date_stop, 2),
        )
        self.finish(second, sent=True)
        told = second.order_stop
        self.close(self.after(5))
        order._refresh(self.today)
        third = self.letters(order)[-1]
        self.assertEqual((second.state, second.order_stop), ("sent", told))
        self.assertEqual(
            (third.sequence, third.state, third.order_stop),
            (3, "draft", order.date_stop),
        )
        order._refresh(self.today)
        self.assertEqual(len(self.letters(order)), 3, "once")

    def test_no_letter_without_a_last_day(self):
        """SOP-21: while the calendar does not reach it, the letter cannot go."""
        self.go_to(
            self.calendar._school_days(self.today, self.today.replace(month=5))[-1]
        )
        letter = self.letters(self.order(student=self.family()))
        self.assertIn("Enter the coming school year first", letter.problem)
        with self.assertRaisesRegex(UserError, "coming school year"):
            self.finish(letter)

    def test_an_order_that_is_voided(self):
        """SOP-21: its draft goes with it; a new order has its own letter."""
        order = self.order(student=self.family())
        order.with_user(self.coordinator).action_void("Another day was meant")
        self.assertEqual(self.letters(order).state, "canceled")
        again = order.create({"case_id": order.case_id.id})
        self.assertEqual(self.letters(again).state, "draft")
        with self.assertRaisesRegex(UserError, "No letter tells of this order"):
            order.with_user(self.officer).action_letter()

    def test_the_orders_button(self):
        """SOP-21: opens the letter; drafts it again where it was canceled."""
        order = self.order(student=self.family())
        letter = self.letters(order)
        self.assertEqual(order.action_letter()["res_id"], letter.id)
        letter.with_user(self.manager)._cancel("A mistake")
        with self.assertRaises(AccessError):
            order.with_user(self.secretary).action_letter()
        order.action_letter()
        self.assertEqual(self.letters(order).mapped("state"), ["canceled", "draft"])

    def test_only_such_a_letter_names_the_order(self):
        """GEN-06: elsewhere the words of an order are refused."""
        text = self.kind.text_ids[:1]
        self.assertIn("order_stop", text.placeholder_help)
        other = self.env.ref("pact_truancy.letter_kind_sop_hearing").text_ids[:1]
        self.assertNotIn("order_stop", other.placeholder_help)
        with self.assertRaisesRegex(ValidationError, "order_stop"):
            other.subject = "Until {order_stop}"
        with self.assertRaisesRegex(ValidationError, "tells of an order"):
            self.kind.draft_on_entry = True
        with self.assertRaisesRegex(ValidationError, "tells of an order"):
            self.kind.step_id = self.env.ref("pact_truancy.program_sop_letter1")
        with self.assertRaisesRegex(ValidationError, "order_"):
            self.kind.is_order = False

    def test_a_copied_program_has_it_too(self):
        """GEN-03"""
        kinds = self.program.copy().step_ids.letter_kind_ids.filtered("is_order")
        self.assertEqual(len(kinds.text_ids), 2)


@tagged("post_install", "-at_install")
class TestAttendanceOrder(OrderLetterCommon):
    """R53's order, printed."""

    PROGRAM = "r53"

    def test_it_is_printed(self):
        """R53-11: parties, terms, first day, no last day, and the law."""
        student = self.family(first="Rosa", last="Rivera")
        order = self.order(student=student)
        letter = self.letters(order)
        self.finish(letter)
        text = self.text_of(letter)
        for words in (
            student.name,
            "Rosa Rivera",
            self.school.name,
            f"Attendance order of {day_text(self.today, 'en_US')}",
            f"the first day is {day_text(self.after(1), 'en_US')}",
            "no day missed without a valid cause, until the office ends the order",
            "The order has no last day",
            "105 ILCS 5/26-8",
            "Pat Example",
        ):
            self.assertIn(words, text)
        self.assertFalse(letter.order_stop)
