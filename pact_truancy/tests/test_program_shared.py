from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestShared(ProgramCommon):
    """What all five programs share."""

    PROGRAM = "r53"

    def test_five_programs_are_whole(self):
        """GEN-04: five in one database; every rule and demand reads as a sentence, and
        who is responsible stands on each step."""
        programs = self.env["pact.program"].search(
            [("code", "in", ["R21", "R53", "SOP", "SAC", "WTB"])]
        )
        self.assertEqual(len(programs), 5)
        for program in programs:
            self.assertTrue(program.state_id, program.code)
            self.assertTrue(program.progress_ids.sentence, program.code)
            for step in program.step_ids:
                self.assertTrue(step.role and step.description, step.name)
                self.assertTrue(all(step.criterion_ids.mapped("sentence")))
                self.assertTrue(all(step.requirement_ids.mapped("sentence")))

    def test_two_programs_count_for_themselves(self):
        """GEN-04: the same student is a truant of one and none of the other yet."""
        other = self.env.ref("pact_truancy.program_r21")
        other.office_ids = self.office
        student = self.make_student()
        self.make_events(student, self.before(4))
        self.screen()
        other._screen(self.today)
        flags = self.env["pact.flag"].search([("student_id", "=", student.id)])
        self.assertEqual(flags.program_id, self.program)
        self.assertIn("previous 180 school days", flags.sentence)

    def test_dismissed_comes_again_when_it_is_worse(self):
        """GEN-02: not with the same facts, but with one absence more."""
        student = self.make_student()
        self.make_events(student, self.before(2))
        self.assertEqual(self.flags(student), {"identified"})
        flag = self.env["pact.flag"].search([("student_id", "=", student.id)])
        flag.with_user(self.manager).action_dismiss("The school knows why")
        self.assertFalse(self.flags(student))
        self.miss(student)
        self.assertEqual(self.flags(student), {"identified"})

    def test_every_number_is_a_setting(self):
        """GEN-01: thresholds, interventions and waiting days, without a restart."""
        student = self.make_student()
        self.make_events(student, self.before(2))
        first = self.program._rungs()[0]
        first.criterion_ids.threshold = 5
        self.assertFalse(self.flags(student))
        first.criterion_ids.threshold = 1
        case = self.confirm(student)
        self.miss(student)
        self.pass_days()
        self.intervene(student, "phone")
        self.cannot_refer(student, "referral1", "3 interventions asked for, 1 logged")
        referral1 = self.program._rungs()[1]
        referral1.requirement_ids.filtered(
            lambda one: one.kind == "interventions"
        ).count = 1
        self.refer(student, "referral1")
        self.assertEqual(case.step_id, referral1)

    def test_a_copy_is_whole_and_its_own(self):
        """GEN-03: steps, rules, demands and letters are copied, and change without the
        original."""
        copied = self.program.copy()
        self.assertEqual(
            copied.step_ids.mapped("code"), self.program.step_ids.mapped("code")
        )
        for old, new in zip(self.program.step_ids, copied.step_ids, strict=True):
            self.assertEqual(
                old.criterion_ids.mapped("sentence"),
                new.criterion_ids.mapped("sentence"),
            )
            self.assertEqual(
                old.requirement_ids.mapped("sentence"),
                new.requirement_ids.mapped("sentence"),
            )
            self.assertEqual(
                old.letter_kind_ids.text_ids.mapped("subject"),
                new.letter_kind_ids.text_ids.mapped("subject"),
            )
            self.assertFalse(old.letter_kind_ids & new.letter_kind_ids)
        copied._rungs()[0].criterion_ids.threshold = 5
        self.assertEqual(self.program._rungs()[0].criterion_ids.threshold, 1)
        self.assertEqual(
            copied.progress_ids.mapped("sentence"),
            self.program.progress_ids.mapped("sentence"),
        )
