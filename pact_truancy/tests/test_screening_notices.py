from odoo.fields import Command
from odoo.tests import tagged

from .common import TODAY
from .test_board_flags import BoardCommon


@tagged("post_install", "-at_install")
class TestNotices(BoardCommon):
    """Steps beside the ladder, and what a screening says of open cases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notice = cls.env["pact.program.step"].create(
            {
                "program_id": cls.program.id,
                "name": "5-Day Letter",
                "code": "five",
                "entry": "notice",
                "sequence": 5,
                "repeat": "more",
                "repeat_more": 5,
                "criterion_ids": [
                    Command.create(
                        {
                            "measure": "absent",
                            "window": "year",
                            "size": 0,
                            "operator": "ge",
                            "threshold": 5,
                        }
                    )
                ],
            }
        )
        cls.student = cls.make_student(first="Iris")
        cls.days = cls.school_days(20)

    def flags(self):
        self.program._screen(TODAY)
        return self.env["pact.flag"].search(
            [("student_id", "=", self.student.id), ("step_id", "=", self.notice.id)]
        )

    def open_flags(self):
        return self.flags().filtered(lambda flag: flag.state == "open")

    def test_once_and_again_after_five_more(self):
        """SOP-11: at 5 absent days of any kind, and again when 5 more have come; not a
        day earlier."""
        self.make_events(self.student, self.days[:4], "ECE")
        self.assertFalse(self.flags())
        self.make_events(self.student, self.days[4:5], "ECE")
        flag = self.open_flags()
        self.assertEqual(len(flag), 1)
        action = flag.with_user(self.manager).action_confirm()
        self.assertIn("No case", action["params"]["message"])
        self.assertFalse(self.student.case_ids, "beside the ladder")
        self.make_events(self.student, self.days[5:9], "ECE")
        self.assertFalse(self.open_flags(), "9 days: 4 more")
        self.make_events(self.student, self.days[9:10], "ECE")
        again = self.open_flags()
        self.assertEqual(len(again), 1)
        self.assertNotEqual(again, flag)
        self.assertEqual(self.open_flags(), again, "the same facts change nothing")

    def test_once_a_year(self):
        self.notice.repeat = "year"
        self.make_events(self.student, self.days[:5], "ECE")
        self.open_flags().action_confirm()
        self.make_events(self.student, self.days[5:15], "ECE")
        self.assertFalse(self.open_flags())

    def test_also_with_an_open_case(self):
        """A letter by its own numbers does not depend on the ladder, nor moves it."""
        self.make_events(self.student, self.days[:9], "UNX")
        found = self.open_flags()
        ladder = self.env["pact.flag"].search(
            [("student_id", "=", self.student.id), ("step_id", "=", self.step.id)]
        )
        ladder.action_confirm()
        found.action_confirm()
        case = self.student.case_ids
        self.assertEqual(case.step_id, self.step)
        self.assertFalse(found.case_id)
        self.make_events(self.student, self.days[9:14], "UNX")
        self.assertTrue(self.open_flags(), "raised beside the open case")

    def test_screening_refreshes_what_is_recommended(self):
        """Each screening says of each open case what may come next (R53-17)."""
        self.make_events(self.student, self.days[:9], "UNX")
        self.open_flags()
        self.env["pact.flag"].search([("step_id", "=", self.step.id)]).action_confirm()
        case = self.student.case_ids
        self.bare_ladder(self.program)
        self.program._rungs()[1].entry = "decision"
        self.program._screen(TODAY)
        self.assertEqual(case.advice, "advance")
        self.program._rungs()[1].requirement_ids = [
            Command.create({"kind": "wait", "count": 7})
        ]
        self.program._screen(TODAY)
        self.assertEqual(case.advice, "wait")
        self.assertEqual(str(case.possible_from), "2026-03-12")
        ready = self.env["pact.case"].search([("advice", "=", "wait")])
        self.assertEqual(ready, case)
