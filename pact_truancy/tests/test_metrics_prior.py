from datetime import date

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.facts.units import DAY
from odoo.addons.pact_truancy.models.metrics.specs import Counting, Spec

from .common import TODAY, TruancyCommon

YEAR = "year"


@tagged("post_install", "-at_install")
class TestPriorTotals(TruancyCommon):
    """Typed totals from before our records (docs/counting.md)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student()
        cls.coordinator = cls.make_user("coordinator", "coordinator", cls.office)
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)

    def typed(self, days, category="unexcused", through="2025-10-31", **values):
        return (
            self.env["pact.attendance.prior"]
            .with_user(self.coordinator)
            .create(
                {
                    "student_id": self.student.id,
                    "school_id": self.school.id,
                    "year_id": self.years[1].id,
                    "category": category,
                    "days": days,
                    "date_through": through,
                    **values,
                }
            )
        )

    def number(self, measure, window=YEAR, size=0, day=TODAY, **rest):
        spec = Spec(measure, window, size, **rest)
        counting = Counting(excused_cap=True)
        values = self.env["pact.metrics"]._read(self.student, day, [spec], counting)
        value = values[self.student.id][spec]
        if isinstance(value, tuple):
            return tuple(one / DAY for one in value)
        return value / DAY if spec.unit == "days" else value

    def explain(self, measure, window=YEAR, size=0):
        spec = Spec(measure, window, size)
        part = self.env["pact.explain"]._explain(self.student, [(spec, None)], TODAY)
        return part["parts"][0]["now"]

    def test_counts_in_its_own_year_only(self):
        self.make_events(self.student, self.school_days(2))
        self.typed(6.5)
        self.assertEqual(self.number("unexcused"), 8.5)
        self.assertEqual(self.number("absent"), 8.5)
        self.assertEqual(self.number("excused"), 0)
        self.assertEqual(self.number("unexcused", "previous", 180), 2)
        self.assertEqual(self.number("unexcused", "since_entry"), 2)
        self.assertEqual(self.number("unexcused", "month"), 2)
        self.assertEqual(self.number("unexcused", unit="occasions"), 2)
        self.assertEqual(self.number("unexcused", day=date(2025, 5, 1)), 0)

    def test_not_known_before_its_last_day(self):
        self.typed(6)
        self.assertEqual(self.number("unexcused", day=date(2025, 10, 30)), 0)
        self.assertEqual(self.number("unexcused", day=date(2025, 10, 31)), 6)

    def test_dated_days_are_not_counted_twice(self):
        """Dated days inside its span replace typed ones; those after it add up."""
        self.typed(6)
        self.make_events(self.student, self.school_days(4, date(2025, 10, 31)))
        self.make_events(self.student, self.school_days(1))
        self.assertEqual(self.number("unexcused"), 7)
        more = self.school_days(9, date(2025, 10, 1))
        self.make_events(self.student, more)
        self.assertEqual(self.number("unexcused"), 4 + 9 + 1)

    def test_any_reason(self):
        """The greater of what is typed as a whole and by category."""
        self.typed(4)
        self.typed(3, "excused")
        self.assertEqual(self.number("absent"), 7)
        self.typed(10, "absent")
        self.assertEqual(self.number("absent"), 10)
        self.assertEqual(self.number("unexcused"), 4)

    def test_rates_need_school_days(self):
        self.make_events(self.student, self.school_days(2))
        days = self.number("possible")
        self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "<=", "2025-10-31")]
        ).unlink()
        fewer = self.number("possible")
        self.typed(6)
        self.assertEqual(self.number("absence_rate"), (2, fewer))
        self.assertEqual(self.number("attended"), fewer - 2)
        self.assertEqual(self.number("unexcused_share"), (8, 8))
        self.typed(days - fewer, "possible")
        self.assertEqual(self.number("possible"), days)
        self.assertEqual(self.number("absence_rate"), (8, days))
        self.assertEqual(self.number("attendance_rate"), (days - 8, days))

    def test_no_rule_turns_it(self):
        self.school.write({"own_excused_day_cap": True, "excused_day_cap": 3})
        self.typed(12, "excused")
        self.assertEqual(self.number("excused", counting="program"), 12)
        self.assertEqual(self.number("unexcused", counting="program"), 0)

    def test_explain_says_so(self):
        self.typed(6)
        self.assertIn(
            "Before our records: 6 days through Oct 31, 2025 count",
            " ".join(self.explain("unexcused")["notes"]),
        )
        self.assertIn(
            "At least: 6 days before our records",
            " ".join(self.explain("unexcused", "previous", 180)["notes"]),
        )
        self.assertNotIn(
            "before our records",
            " ".join(self.explain("unexcused", "previous", 20)["notes"]).lower(),
        )
        self.assertNotIn(
            "records", " ".join(self.explain("unexcused_run")["notes"]).lower()
        )

    def test_snapshot_keeps_it(self):
        prior = self.typed(6)
        spec = Spec("unexcused", YEAR)
        snapshot = self.env["pact.snapshot"]._take(
            self.student, TODAY, [(spec, "Six days")]
        )[self.student.id]
        prior.withdraw_reason = "Counted twice"
        prior.action_withdraw()
        self.assertEqual(self.number("unexcused"), 0)
        part = self.env["pact.explain"]._snapshot(snapshot, TODAY)["parts"][0]
        self.assertIn("Before our records: 6", " ".join(part["then"]["notes"]))
        self.assertEqual(part["now"]["value"], "0")
        self.assertTrue(part["differs"])

    def test_statement_is_the_same_without(self):
        """Nobody pays for totals that are not there."""

        def sql():
            statement = self.env["pact.metrics"]._statement(
                self.student, TODAY, [Spec("unexcused", YEAR)], Counting(), {}
            )
            return str(statement.with_clause().code) + str(statement.select()[0].code)

        self.assertNotIn("prior", sql())
        prior = self.typed(6)
        self.assertIn("prior", sql())
        prior.withdraw_reason = "Wrong"
        prior.action_withdraw()
        self.assertNotIn("prior", sql())

    def test_what_cannot_be_typed(self):
        for values, text in (
            ({"through": "2026-03-04"}, "future"),
            ({"through": "2025-06-30"}, "no day of school year"),
            ({"school_id": self.other_school.id}, "was not at"),
        ):
            with self.subTest(text), self.assertRaises(ValidationError) as caught:
                self.typed(3, **values)
            self.assertIn(text, str(caught.exception))
        self.typed(3)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.typed(4)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.typed(900, "excused")

    def test_stays_as_entered(self):
        prior = self.typed(3)
        for vals in ({"days": 4}, {"date_through": "2025-11-03"}):
            with self.assertRaisesRegex(UserError, "stays as it was entered"):
                prior.write(vals)
        with self.assertRaisesRegex(UserError, "by its button"):
            prior.write({"is_withdrawn": True})
        with self.assertRaisesRegex(UserError, "why it is withdrawn"):
            prior.action_withdraw()
        with self.assertRaises(UserError):
            prior.sudo().unlink()
        with self.assertRaises(AccessError):
            prior.with_user(self.secretary).write({"note": "x"})
        prior.withdraw_reason = "Typed for another child"
        prior.action_withdraw()
        self.typed(5)
        self.assertEqual(self.number("unexcused"), 5)
