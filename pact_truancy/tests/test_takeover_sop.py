from datetime import date

from odoo.tests import tagged

from .takeover_common import TakeoverCommon


@tagged("post_install", "-at_install")
class TestTakeoverSop(TakeoverCommon):
    """Taking over a running year of SOP: letters that begin something, orders."""

    PROGRAM = "sop"

    def code(self, name):
        return self.env.ref(f"pact_truancy.letter_kind_sop_{name}").code

    def test_letter_2_goes_on(self):
        """SOP-15: a case at its second letter, which was sent; the third follows when
        it is due, and not without the second."""
        since = self.school_days(31, self.today)[0]
        case = {"student": "0101", "step": "letter2", "date": since}
        letter = {"student": "0101", "letter": self.code("2"), "date": since}
        self.take_over(cases=[case])
        self.miss(self.maya, 14)
        running = self.case_of(self.maya)
        self.assertIn("not sent yet", " ".join(self.unmet(running)))
        self.take_over(letters=[letter])
        self.assertNotIn("not sent yet", " ".join(self.unmet(running)))
        self.assertEqual(self.advance(running), "letter3")

    def test_probation_began_before(self):
        """SOP-09: from the day of the letter that was taken over on, unverified days
        beyond ten count."""
        sent = self.school_days(5, self.today)[0]
        self.make_events(self.maya, self.before(14), "UNV")
        self.take_over(
            letters=[
                {"student": "0101", "letter": self.code("probation"), "date": sent}
            ]
        )
        starts = self.program._starts(self.maya, self.today)
        self.assertEqual(starts["probation"], {self.maya.id: sent})
        self.assertNotIn("probation", self.flags(self.maya))

    def test_a_notice_that_was_flagged(self):
        """The flag of a yearly notice that was sent is settled; no second letter."""
        self.make_events(self.maya, self.before(10), "UNV")
        self.assertIn("probation", self.flags(self.maya))
        sent = self.school_days(5, self.today)[0]
        self.take_over(
            letters=[
                {"student": "0101", "letter": self.code("probation"), "date": sent}
            ]
        )
        self.assertNotIn("probation", self.flags(self.maya))
        letters = self.env["pact.letter"].search([("student_id", "=", self.maya.id)])
        self.assertEqual(letters.mapped("state"), ["sent"])

    def hearing(self):
        since = self.school_days(9, self.today)[0]
        self.ordered = since
        return {
            "cases": [{"student": "0101", "step": "hearing", "date": since}],
            "orders": [{"student": "0101", "date": since}],
        }

    def test_an_order_goes_on(self):
        """SOP-21, SOP-22: it began before, keeps its days, and fails here."""
        self.take_over(**self.hearing())
        case = self.case_of(self.maya)
        order = case.sudo().order_ids
        self.assertEqual((order.state, order.is_prior), ("running", True))
        self.assertEqual(order.school_days, 20)
        self.assertEqual(order.date_start, self.school_days(8, self.today)[0])
        self.assertEqual(order.verdict, "running")
        self.miss(self.maya)
        self.pass_days(12)
        order._refresh(self.today)
        self.assertEqual(order.verdict, "failed")
        order.with_user(self.manager).action_confirm()
        self.assertNotIn("order", " ".join(self.unmet(case)).lower())

    def test_an_order_that_failed_before(self):
        """Its outcome stands, whatever our records hold; no to-do comes of it."""
        sheets = self.hearing()
        sheets["orders"][0] |= {"outcome": "Failed", "decided": self.before(1)[0]}
        before = self.env["mail.activity"].search_count([])
        self.take_over(**sheets)
        case = self.case_of(self.maya)
        order = case.sudo().order_ids
        self.assertEqual((order.state, order.verdict), ("failed", "failed"))
        self.assertNotIn("order", " ".join(self.unmet(case)).lower())
        self.case_of(self.maya)._refresh_advice(self.today)
        self.assertEqual(order.verdict, "failed")
        self.assertFalse(order.warning)
        self.assertEqual(self.env["mail.activity"].search_count([]), before)
        self.assertEqual(self.preview(**sheets).known_count, 2)

    def test_rows_of_an_order(self):
        self.take_over(cases=self.hearing()["cases"])
        good = {"student": "0101", "date": self.ordered}
        wrong = lambda **cells: self.wrong("orders", **{**good, **cells})  # noqa: E731
        self.assertIn("begins on its day", wrong(start=date(2025, 12, 1)))
        self.assertIn("none of these: In force", wrong(outcome="Great"))
        self.assertIn("Decided on", wrong(outcome="Met"))
        self.assertIn("no outcome is given", wrong(decided=self.ordered))
        self.assertIn("whole numbers", wrong(days=2.5))
        self.assertIn("whole numbers", wrong(days=4000))
        self.assertIn("is no number", wrong(days="many"))
        self.assertIn("at most 100 %", wrong(rate=101))
        self.assertIn("Enter the case too", wrong(student="0102"))
        self.take_over(orders=[good])
        self.assertIn("has an order already", wrong(date=self.today))

    def test_totals(self):
        """Last days of a former system as typed totals: they count in this year's
        rules, and once."""
        row = {
            "student": "0101",
            "year": "2025-2026",
            "category": "Unverified days",
            "days": 10,
            "through": date(2025, 12, 19),
            "note": "Former system",
        }
        self.take_over(totals=[row])
        self.assertIn("probation", self.flags(self.maya))
        self.assertEqual(self.preview(totals=[row]).known_count, 1)
        wrong = lambda **cells: self.wrong("totals", **{**row, **cells})  # noqa: E731
        self.assertIn("Another total is on record: 10 days", wrong(days=9))
        self.assertIn("No school year is called", wrong(year="1999"))
        self.assertIn("none of these: Unexcused days", wrong(category="Dog days"))
        self.assertIn("no such number of days", wrong(category="absent", days=400))
        self.assertIn("future", wrong(category="absent", through=date(2026, 2, 2)))
        self.assertIn(
            "no day of school year",
            wrong(category="absent", through=date(2025, 6, 2)),
        )
        self.assertIn("is no number", wrong(category="absent", days="-3"))
