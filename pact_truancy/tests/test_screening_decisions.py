from odoo.exceptions import UserError
from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestSnooze(ProgramCommon):
    """Flags that are put aside, and those known before."""

    PROGRAM = "r21"

    def flag(self):
        student = self.make_student()
        self.make_events(student, self.before(9))
        self.screen()
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        return student, flag.with_user(self.manager)

    def test_wakes_only_if_it_has_grown(self):
        """GEN-02: on the day, or later, as soon as the number is beyond."""
        grown, flag = self.flag()
        _same, other = self.flag()
        for one in (flag, other):
            one.action_snooze(self.after(5), "A plan is running", True)
        self.miss(grown)
        self.screen()
        self.assertEqual(flag.state, "snoozed", "before its day")
        self.pass_days(4)
        self.screen()
        self.assertEqual((flag.state, other.state), ("open", "snoozed"))
        self.miss(other.student_id, portion=0.5)
        self.screen()
        self.assertEqual(other.state, "open")

    def test_wakes_on_its_day_without_a_condition(self):
        """GEN-02"""
        _student, flag = self.flag()
        flag.action_snooze(self.after(5), "Later")
        self.pass_days(4)
        self.screen()
        self.assertEqual(flag.state, "snoozed")
        self.pass_days()
        self.screen()
        self.assertEqual(flag.state, "open")

    def test_no_longer_true_also_when_asleep(self):
        """GEN-02"""
        student, flag = self.flag()
        flag.action_snooze(self.after(5), None, True)
        self.env["pact.attendance.event"].search(
            [("student_id", "=", student.id)], limit=1
        ).code_id = self.codes["MED"]
        self.screen()
        self.assertEqual(flag.state, "gone")

    def test_already_known(self):
        """The first screening is sorted before any letter is drafted."""
        student, flag = self.flag()
        flag.action_known()
        self.assertEqual(flag.state, "dismissed")
        letters = self.env["pact.letter"]
        self.assertFalse(letters.search_count([("student_id", "=", student.id)]))
        self.assertFalse(self.flags(student))
        self.miss(student)
        self.assertEqual(self.flags(student), {"identified"})


@tagged("post_install", "-at_install")
class TestTryThresholds(ProgramCommon):
    """Simulate before switching on."""

    PROGRAM = "r21"

    def preview(self, threshold):
        criterion = self.program._rungs()[0].criterion_ids
        return self.program.with_user(self.manager).preview(
            None, {str(criterion.id): threshold}
        )

    def test_difference_to_the_rules_as_they_stand(self):
        """GEN-01, R21-01: five percent finds nine days, three finds six, and nothing
        is written."""
        six, nine = self.make_student(first="Six"), self.make_student(first="Nine")
        self.make_events(six, self.before(6))
        self.make_events(nine, self.before(9))
        criterion = self.program._rungs()[0].criterion_ids
        self.assertEqual((criterion.threshold, criterion.unit), (5, "percent"))
        before = self.program.preview()["total"]
        more = self.preview(3)
        self.assertEqual(more["total"]["found"], before["found"] + 1)
        self.assertEqual((more["total"]["gained"], more["total"]["lost"]), (1, 0))
        names = [name for row in more["schools"] for _id, name in row["names"]]
        self.assertTrue(any("Six" in name for name in names))
        self.assertIn("3", more["rules"][0]["sentence"])
        less = self.preview(10)
        self.assertEqual((less["total"]["gained"], less["total"]["lost"]), (0, 1))
        lost = [name for row in less["schools"] for _id, name in row["lost_names"]]
        self.assertIn("Nine", lost[0])
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(criterion.threshold, 5)
        flags = self.env["pact.flag"]
        self.assertFalse(flags.search_count([("student_id", "in", (six + nine).ids)]))

    def test_the_same_numbers_are_no_change(self):
        self.assertFalse(self.preview(5)["is_changed"])

    def test_a_threshold_is_a_number(self):
        for wrong in ("nine", None, -1, 1e9):
            with self.assertRaises(UserError):
                self.preview(wrong)
