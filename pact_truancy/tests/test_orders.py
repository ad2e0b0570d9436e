from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.casework.order_verdict import (
    Numbers,
    Terms,
    verdict,
)
from odoo.addons.pact_truancy.models.facts.units import DAY

from .program_common import ProgramCommon


class OrderCommon(ProgramCommon):
    """A case in the hearing of SOP, without what led there."""

    PROGRAM = "sop"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls.make_user("officer", "hearing_officer", cls.office)
        cls.step = cls.env.ref(f"pact_truancy.program_{cls.PROGRAM}_hearing")

    def case_of(self, student):
        cases = self.env["pact.case"]
        return cases._open(student, self.program, self.step, self.today, {})

    def order(self, **values):
        student = values.pop("student", None) or self.make_student()
        case = self.case_of(student)
        return (
            self.env["pact.order"]
            .with_user(self.officer)
            .create({"case_id": case.id, **values})
        )

    def now(self, order):
        order._refresh(self.today)
        return order.verdict


@tagged("post_install", "-at_install")
class TestOrder(OrderCommon):
    """SOP's order: 20 school days, no unexcused one, 90 %."""

    def test_bulk_work_knows_the_last_day(self):
        """SOP-21: what tells of the order is written at once."""
        case = self.case_of(self.make_student())
        orders = self.env["pact.order"].with_context(pact_defer_advice=True)
        order = orders.create({"case_id": case.id})
        self.assertEqual(order.date_stop, self.after(20))

    def test_terms_come_from_the_step(self):
        """SOP-21, GEN-01: start and stop by the calendar of the school."""
        order = self.order()
        self.assertEqual(
            (order.school_days, order.unexcused_days, order.attendance_rate),
            (20, 0, 90),
        )
        self.assertEqual(order.date_start, self.after(1), "the next school day")
        self.assertEqual(order.date_stop, self.after(20))
        self.step.order_days = 10
        other = self.order()
        self.assertEqual(other.date_stop, self.after(10))

    def test_a_day_closed_inside_moves_the_stop(self):
        """SOP-21: and asks for a corrected notice."""
        order = self.order()
        stop = order.date_stop
        order.case_id.manager_id = self.manager
        closed = self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", self.after(5))]
        )
        closed.kind = "weather"
        self.now(order)
        self.assertGreater(order.date_stop, stop)
        self.assertEqual(order.date_stop, self.after(20))
        self.assertIn("corrected notice", order.case_id.activity_ids.summary or "")

    def test_a_missing_calendar_is_named(self):
        """SOP-21"""
        self.go_to(date(2026, 5, 26))
        order = self.order()
        self.assertFalse(order.date_stop)
        self.assertIn("Enter the coming school year first", order.warning)
        self.assertEqual(self.now(order), "not_started")

    def test_one_unexcused_absence_fails_it(self):
        """SOP-22: as soon as it can no longer be met, not at the end."""
        order = self.order()
        self.assertEqual(self.now(order), "not_started")
        self.pass_days()
        self.assertEqual(self.now(order), "running")
        self.miss(order.student_id, code="EXE")
        self.assertEqual(self.now(order), "running")
        self.miss(order.student_id, portion=0.5)
        self.assertEqual(self.now(order), "failed")

    def test_ninety_percent(self):
        """SOP-21: two of twenty days may be missed, more not."""
        order = self.order()
        self.miss(order.student_id, 2, code="EXE")
        self.assertEqual(self.now(order), "running")
        self.miss(order.student_id, code="EXE", portion=0.1)
        self.assertEqual(self.now(order), "failed")

    def test_absence_before_it_is_not_counted(self):
        """SOP-21"""
        student = self.make_student()
        self.miss(student, 3)
        order = self.order(student=student)
        self.pass_days(2)
        self.assertEqual(self.now(order), "running")

    def test_met_at_the_end(self):
        """SOP-22: not before the last day is over and received."""
        order = self.order()
        self.miss(order.student_id, 2, code="EXE")
        self.pass_days(17)
        self.assertEqual(
            self.today,
            self.calendar._school_days(order.date_start, order.date_stop)[-2],
        )
        self.assertEqual(self.now(order), "running")
        self.go_to(order.date_stop)
        last = self.env["pact.attendance.received"].search(
            [("school_id", "=", self.school.id), ("date", "=", order.date_stop)]
        )
        last.unlink()
        self.assertEqual(self.now(order), "waiting", "the last day is not received")
        self.go_to(order.date_stop)
        self.assertEqual(self.now(order), "met")
        order.case_id._refresh_advice(self.today)
        self.assertEqual(order.case_id.advice, "improved")

    def test_not_improved_before_it_is_over(self):
        """SOP-22: 90 % since the hearing is not enough while the order runs."""
        order = self.order()
        self.pass_days(5)
        order.case_id._refresh_advice(self.today)
        self.assertNotEqual(order.case_id.advice, "improved")

    def test_after_the_stop_nothing_counts(self):
        """SOP-21"""
        order = self.order()
        self.pass_days(20)
        self.miss(order.student_id, 2)
        self.assertEqual(self.now(order), "met")

    def test_a_correction_takes_the_failure_back(self):
        """SOP-22: until somebody has confirmed it."""
        order = self.order()
        order.case_id.manager_id = self.manager
        self.miss(order.student_id)
        self.assertEqual(self.now(order), "failed")
        self.assertIn("look and confirm", order.case_id.activity_ids.summary or "")
        event = self.env["pact.attendance.event"].search(
            [("student_id", "=", order.student_id.id)]
        )
        event.code_id = self.codes["EXE"]
        self.assertEqual(self.now(order), "running")
        self.assertFalse(order.case_id.activity_ids)
        event.code_id = self.codes["UNX"]
        order.with_user(self.officer).action_confirm()
        event.code_id = self.codes["EXE"]
        self.now(order)
        self.assertEqual(order.state, "failed", "a person confirmed it")
        self.assertIn("now say 'Running'", order.warning)

    def test_nothing_is_confirmed_that_is_not_certain(self):
        """SOP-22"""
        order = self.order()
        self.pass_days()
        with self.assertRaisesRegex(UserError, "Nothing to confirm yet: Running"):
            order.action_confirm()

    def test_grace_is_a_risk(self):
        """SOP-22: an absence that a note may still excuse fails nothing yet."""
        self.program.grace_days = 3
        order = self.order()
        self.miss(order.student_id)
        self.assertEqual(self.now(order), "at_risk")
        self.pass_days(5)
        self.assertEqual(self.now(order), "failed")

    def test_a_move_goes_on_at_the_new_school(self):
        """SOP-21: on that school's calendar."""
        student = self.make_student()
        order = self.order(student=student)
        self.pass_days(3)
        closed = self.after(4)
        calendar = self.env["pact.school.calendar"].create({"name": "Another"})
        self.env["pact.school.day"].create(
            [
                {
                    "calendar_id": calendar.id,
                    "date": day,
                    "kind": "weather" if day == closed else "instruction",
                }
                for day in self.calendar._school_days(self.today, date(2026, 5, 29))
            ]
        )
        before = order.date_stop
        self.sister_school.calendar_id = calendar
        student.enrollment_ids.exit_date = self.today
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.sister_school.id,
                "entry_date": self.today + timedelta(days=1),
            }
        )
        self.pass_days()
        self.now(order)
        self.assertGreater(order.date_stop, before, "one day more on that calendar")
        self.env["pact.student"]._refresh_current(self.today)
        self.assertEqual(order.school_id, self.sister_school)

    def test_one_order_in_a_round(self):
        """SOP-21"""
        order = self.order()
        with self.assertRaisesRegex(UserError, "has an order already"):
            order.create({"case_id": order.case_id.id})
        order.with_user(self.coordinator).action_void("A mistake")
        self.assertTrue(order.create({"case_id": order.case_id.id}))

    def test_only_where_a_step_has_one(self):
        """GEN-01"""
        self.step.makes_order = False
        with self.assertRaisesRegex(UserError, "No order is made in the step"):
            self.order()

    def test_who_makes_and_decides(self):
        order = self.order()
        self.miss(order.student_id)
        self.now(order)
        for user in (
            self.secretary,
            self.make_user("school-admin", "school_admin", self.school),
        ):
            self.assertTrue(order.with_user(user).verdict)
            with self.assertRaises(AccessError):
                order.with_user(user).action_confirm()
        foreign = self.make_user(
            "foreign",
            "hearing_officer",
            self.env["pact.office"].create({"name": "Other Office"}),
        )
        with self.assertRaises(AccessError):
            order.with_user(foreign).read(["verdict"])
        with self.assertRaises(AccessError):
            order.with_user(self.officer).write({"verdict": "met"})
        with self.assertRaises(UserError):
            order.with_user(self.officer).write({"unexcused_days": 5})
        with self.assertRaises(UserError):
            order.with_user(self.officer).unlink()


@tagged("post_install", "-at_install")
class TestOrderWithoutEnd(OrderCommon):
    PROGRAM = "r53"

    def test_any_unexcused_absence_is_a_breach(self):
        """R53-11: without an end, and at once."""
        order = self.order()
        self.assertFalse(order.date_stop)
        self.pass_days(60)
        self.assertEqual(self.now(order), "running")
        self.miss(order.student_id, 4, code="EXE")
        self.assertEqual(self.now(order), "running")
        self.miss(order.student_id, portion=0.1)
        self.assertEqual(self.now(order), "failed")

    def test_a_person_ends_it(self):
        """R53-11: with a reason."""
        order = self.order().with_user(self.officer)
        with self.assertRaisesRegex(UserError, "why it ends"):
            order.action_end()
        order.end_reason = "Graduated"
        order.action_end()
        self.assertEqual((order.state, order.decided_by_id), ("ended", self.officer))
        with self.assertRaisesRegex(UserError, "decided or voided already"):
            order.action_end()


def plain(allowed, rate, days, absences, received, today, is_over):
    """The verdict by counting days one by one (counting.md 21).

    `days`: dates of the order, `absences`: {date: (portion, 'unexcused', 'pending' or
    'excused')}, `received`: dates up to today.
    """
    if not days or days[0] > today:
        return "not_started"
    past = {day: one for day, one in absences.items() if day <= today and day in days}
    unexcused = sum(portion for portion, kind in past.values() if kind == "unexcused")
    pending = sum(portion for portion, kind in past.values() if kind == "pending")
    missed = sum(portion for portion, _kind in past.values())
    # the best that can still come: present on every other day
    best = 1 - Fraction(missed, len(days))
    if unexcused > allowed or best < Fraction(rate, 100):
        return "failed"
    if not is_over:
        return "at_risk" if unexcused + pending > allowed else "running"
    return "met" if not pending and set(days) <= received else "waiting"


@tagged("post_install", "-at_install")
class TestVerdict(OrderCommon):
    @settings(deadline=None)  # a busy machine is no failure
    @given(data=st.data())
    def test_as_a_plain_count(self, data):
        """SOP-22, R53-11: 'failed' exactly when nothing can mend it any more."""
        count = data.draw(st.integers(1, 25))
        days = [date(2026, 1, 5) + timedelta(days=number) for number in range(count)]
        today = date(2026, 1, 5) + timedelta(days=data.draw(st.integers(-1, count + 2)))
        absences = data.draw(
            st.dictionaries(
                st.sampled_from(days),
                st.tuples(
                    st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 7)]),
                    st.sampled_from(["unexcused", "pending", "excused"]),
                ),
                max_size=5,
            )
        )
        allowed = data.draw(st.integers(0, 2))
        rate = data.draw(st.sampled_from([0, 80, 90, 95, 100]))
        lost = data.draw(st.sets(st.sampled_from(days), max_size=2))
        received = {day for day in days if day <= today} - lost
        is_over = days[-1] <= today

        def amount(*kinds):
            return sum(
                int(portion * DAY)
                for day, (portion, kind) in absences.items()
                if day <= today and kind in kinds
            )

        found = verdict(
            Terms(allowed, rate, count),
            Numbers(
                unexcused=amount("unexcused"),
                pending=amount("pending"),
                absent=amount("unexcused", "pending", "excused"),
                missing=sum(day <= today and day not in received for day in days),
                is_started=days[0] <= today,
                is_over=is_over,
            ),
        )
        self.assertEqual(
            found, plain(allowed, rate, days, absences, received, today, is_over)
        )


@tagged("post_install", "-at_install")
class TestManyOrders(OrderCommon):
    """However many orders: as many queries as for a few."""

    def queries(self, cases):
        """How many queries it takes to bring these cases up to today."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        cases._refresh_advice(self.today)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def orders(self, count):
        students = self.env["pact.student"].union(
            *(self.make_student(first=f"S{number}") for number in range(count))
        )
        cases = self.env["pact.case"]
        cases = cases._open(students, self.program, self.step, self.today, {})
        self.env["pact.order"].create([{"case_id": case.id} for case in cases])
        return cases

    def test_queries_do_not_grow_with_orders(self):
        """SOP-22: unchanged, and where all verdicts and last days change at once."""
        warm, few, many = self.orders(1), self.orders(2), self.orders(20)

        def check(what):
            self.queries(warm)  # what is read once and remembered
            self.assertEqual(self.queries(few), self.queries(many), what)

        check("nothing changed, or all is new")
        check("nothing changed")
        self.pass_days()
        check("they run now")
        self.assertEqual(set(many.order_ids.mapped("verdict")), {"running"})
        closed = self.env["pact.school.day"].search(
            [("calendar_id", "=", self.calendar.id), ("date", "=", self.after(5))]
        )
        closed.kind = "weather"
        self.queries(warm)
        few_more = self.queries(few)
        # Odoo itself asks once for each to-do
        self.assertLessEqual(self.queries(many), few_more + 18, "another last day")
