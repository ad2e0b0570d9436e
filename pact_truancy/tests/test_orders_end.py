from datetime import timedelta

from odoo.tests import tagged

from ..models.casework.pact_case import GATE
from .test_orders import OrderCommon


@tagged("post_install", "-at_install")
class TestOrderOfClosedCase(OrderCommon):
    """What becomes of an order when its case closes, reopens or begins again."""

    def leave(self, student):
        """The student's last day at the program's schools is today."""
        student.enrollment_ids.exit_date = self.today
        self.pass_days()
        self.env["pact.student"]._refresh_current(self.today)

    def test_it_ends_with_the_case(self):
        """SOP-22, SOP-23: an order of a closed case is in force no longer, whatever
        ended the case; its last verdict stays, a decided one is as it was."""
        for outcome, values in (("improved", {}), ("other", {"note": "Known"})):
            order = self.order()
            self.pass_days(2)
            self.now(order)
            order.case_id.with_user(self.manager).action_close(outcome, **values)
            self.assertRecordValues(
                order,
                [{"state": "closed", "verdict": "running", "decided_on": self.today}],
            )
            self.miss(order.student_id)
            self.screen()
            self.assertEqual(order.verdict, "running", "nobody watches it")
        failed = self.order()
        self.miss(failed.student_id)
        self.now(failed)
        failed.action_confirm()
        failed.case_id.with_user(self.manager).action_close("other", "Known")
        self.assertEqual(failed.state, "failed")

    def test_the_year_ends(self):
        """SOP-22: a year that closes its cases ends their orders; one that carries
        them over ends none."""
        for policy, state in (("close", "closed"), ("carry", "running")):
            order = self.order()
            year = self.env["pact.school.year"].search([], limit=1)
            order.case_id._end_year(policy, year, self.today)
            self.assertEqual(order.state, state)

    def test_who_comes_back_is_under_it_again(self):
        """SOP-21: re-enrollment reopens the same case and its order; the days away are
        none of its days, so the last day is later."""
        student = self.make_student()
        order = self.order(student=student)
        stop = order.date_stop
        self.pass_days(2)
        self.leave(student)
        self.assertTrue(order.case_id.left_on)
        self.assertEqual(order.state, "running", "a person closes the case")
        order.case_id.with_user(self.manager).action_close(
            "moved", destination="Another state"
        )
        self.assertEqual(order.state, "closed")
        self.pass_days(3)
        self.env["pact.enrollment"].create(
            {
                "student_id": student.id,
                "school_id": self.school.id,
                "entry_date": self.today + timedelta(days=1),
            }
        )
        self.pass_days()
        self.env["pact.student"]._refresh_current(self.today)
        self.assertTrue(order.case_id.is_open)
        self.assertRecordValues(
            order, [{"state": "running", "decided_on": False, "decided_by_id": False}]
        )
        self.assertGreaterEqual(order.date_stop, stop)
        self.miss(student)
        self.assertEqual(self.now(order), "failed")

    def test_a_ladder_that_begins_again_ends_no_order(self):
        """SOP-21: on a move with 'start again' the order keeps counting beside the new
        round, whose own order stands for its gate."""
        order = self.order()
        order.case_id.manager_id = self.manager
        order.case_id._restart(self.today, "The student moved")
        self.assertEqual(order.case_id.round, 2)
        self.assertFalse(order.case_id._standing_orders())
        self.miss(order.student_id)
        self.screen()
        self.assertEqual((order.state, order.verdict), ("running", "failed"))
        self.assertIn("look and confirm", order.case_id.activity_ids.summary)
        order.with_user(self.officer).action_confirm()
        self.assertEqual(order.state, "failed")

    def test_two_rounds_are_read_apart(self):
        """SOP-21: each order by its own days."""
        first = self.order()
        case = first.case_id
        self.miss(first.student_id)
        case._restart(self.today, "The student moved")
        case.with_context(pact_gate=GATE).write({"step_id": self.step.id})
        second = first.create({"case_id": case.id})
        self.pass_days()
        case._refresh_advice(self.today)
        self.assertEqual((first.verdict, second.verdict), ("failed", "running"))
