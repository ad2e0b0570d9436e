from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_casework_moves import CaseCommon


@tagged("post_install", "-at_install")
class TestLadder(CaseCommon):
    """A ladder as a district may leave it in the editor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bare_ladder(cls.program)
        cls.rungs = cls.program._rungs()
        cls.rungs[1:].entry = "decision"

    def test_steps_with_one_number(self):
        """GEN-01: two steps with the same number follow each other as on the board;
        none is left out."""
        self.rungs.sequence = 10
        for following in self.rungs[1:]:
            self.assertEqual(self.case._following_step(), following)
            self.case.action_advance()
        self.assertFalse(self.case._following_step())

    def test_where_failure_leads(self):
        """The step says which one comes next where attendance did not improve."""
        self.step.failure_step_id = self.rungs[2]
        self.assertEqual(self.case.next_step_id, self.rungs[2])
        self.case.action_advance()
        self.assertEqual(self.case.step_id, self.rungs[2])

    def test_failure_leads_on(self):
        """Neither to itself nor back: a case takes each step once a round."""
        for step, failure in (
            (self.step, self.step),
            (self.rungs[1], self.step),
        ):
            with self.subTest(step=step.code), self.assertRaises(ValidationError):
                step.failure_step_id = failure

    def test_year_end_twice(self):
        """Whoever presses the button again, or a colleague after them, restarts
        nothing a second time; the dry run says so."""
        self.case.action_advance()
        self.set_today(date(2026, 6, 10))
        self.program.year_end = "restart"
        for expected in (1, 0):
            for login in ("one", "two"):
                user = self.env["res.users"].search([("login", "=", login)])
                user = user or self.make_user(login, "coordinator", self.office)
                wizard = self.env["pact.year.end"].with_user(user).create({})
                self.assertEqual(sum(wizard.line_ids.mapped("case_count")), expected)
            wizard.action_apply()
            self.assertEqual(self.case.round, 2)
            self.assertEqual(self.case.step_id, self.step)

    def test_year_end_of_a_program_without_steps(self):
        """A ladder whose steps were all made notices: refused by name."""
        self.set_today(date(2026, 6, 10))
        self.program.year_end = "restart"
        self.case.action_advance()
        self.rungs.failure_step_id = False
        self.rungs.entry = "notice"
        coordinator = self.make_user("one", "coordinator", self.office)
        wizard = self.env["pact.year.end"].with_user(coordinator).create({})
        with self.assertRaisesRegex(UserError, "has no step in which"):
            wizard.action_apply()

    def test_bare_program(self):
        """Without steps: nothing is found, and nothing breaks."""
        bare = self.env["pact.program"].create(
            {"name": "Bare", "code": "bare", "office_ids": [(4, self.office.id)]}
        )
        coordinator = self.make_user("one", "coordinator", self.office)
        own = bare.with_user(coordinator)
        self.assertFalse(own.preview()["total"]["found"])
        own.action_screen()
        bare.copy()
        self.assertNotIn(bare, self.student.with_user(coordinator).early_program_ids)

    def test_an_archived_program(self):
        """Its open cases stay: they advance, are watched and closed."""
        self.program.active = False
        self.case.action_advance()
        self.assertEqual(self.case.step_id, self.rungs[1])
        self.case._refresh_advice(self.env["pact.clock"]._today())
        self.case.action_close("improved")

    def test_a_kind_that_is_switched(self):
        """What was provided for a requirement that is now of another kind counts no
        more and breaks nothing."""
        self.rungs[1].requirement_ids = [
            Command.create({"kind": "data", "name": "Grades"})
        ]
        requirement = self.rungs[1].requirement_ids
        self.env["pact.case.item"].create(
            {"case_id": self.case.id, "requirement_id": requirement.id, "text": "All A"}
        )
        self.assertFalse(self.case.waits_for)
        for kind, _label in requirement._fields["kind"]._description_selection(
            self.env
        ):
            with self.subTest(kind=kind):
                requirement.kind = kind
                self.env.invalidate_all()
                self.assertTrue(self.case.next_checklist or kind == "consultation")

    def test_without_a_birth_date(self):
        """Nobody is held up or dropped because the birth date is missing."""
        self.student.birth_date = False
        self.rungs[1].is_statutory = True
        self.case.action_advance()
        self.assertEqual(self.case.step_id, self.rungs[1])
