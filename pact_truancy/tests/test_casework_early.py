from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestEarlyR21(ProgramCommon):
    """A case before any threshold, in a program that says so."""

    PROGRAM = "r21"

    def open_early(self, student, program=None, user=None, reason="Asked for help"):
        wizard = (
            self.env["pact.case.early"]
            .with_user(user or self.manager)
            .create(
                {
                    "student_id": student.id,
                    "program_id": (program or self.program).id,
                    "reason": reason,
                }
            )
        )
        action = wizard.action_open()
        return self.env["pact.case"].browse(action["res_id"]).with_user(self.manager)

    def test_any_enrolled_student(self):
        """R21-27: without an absence a case and services; no truancy letter."""
        student = self.make_student()
        offered = student.with_user(self.manager).early_program_ids
        self.assertEqual(offered, self.program.with_user(self.manager))
        case = self.open_early(student)
        self.assertTrue(case.is_early)
        self.assertEqual(case.step_id.code, "identified")
        self.assertEqual(case.manager_id, self.manager)
        self.assertFalse(case.sudo().letter_ids)
        row = case.step_history_ids
        self.assertEqual(row.met[0]["text"], "Asked for help")
        self.assertTrue(row.sudo().snapshot_id)
        self.serve(student)
        self.assertTrue(case.service_ids)
        self.assertFalse(student.with_user(self.manager).early_program_ids)

    def test_statutory_steps_keep_their_criteria(self):
        """R21-27: the referral still asks for nine days, one less is refused; then the
        letter is drafted as for everybody."""
        student = self.make_student()
        self.make_events(student, self.before(8))
        case = self.open_early(student)
        self.intervene(student, "home_visit", "conference")
        self.referral(student, "step1").write(
            {"credits": "4.5 of 6", "other_information": "A long ride"}
        )
        self.cannot_refer(student, "step1", "8 unexcused days")
        self.miss(student)
        self.refer(student, "step1")
        self.assertEqual(case.step_id.code, "step1")
        self.assertTrue(case.sudo().letter_ids)

    def test_refused_with_a_sentence(self):
        """R21-27: elsewhere only who was found; one case at a time; a reason."""
        student = self.make_student()
        with self.assertRaisesRegex(UserError, "Say in a few words"):
            self.open_early(student, reason=" ")
        self.program.is_early = False
        self.assertFalse(student.with_user(self.manager).early_program_ids)
        with self.assertRaisesRegex(UserError, "only when its rules have found"):
            self.open_early(student)
        self.program.is_early = True
        self.open_early(student)
        with self.assertRaisesRegex(UserError, "has an open case"):
            self.open_early(student)

    def test_only_the_office_and_the_principal(self):
        """GEN-07: not the secretary, not the manager of another school."""
        student = self.make_student()
        with self.assertRaises(AccessError):
            self.open_early(student, user=self.secretary)
        stranger = self.make_user("stranger", "case_manager", self.other_school)
        with self.assertRaises(AccessError):
            self.open_early(student, user=stranger)
        self.assertFalse(student.sudo().case_ids)


@tagged("post_install", "-at_install")
class TestEarlyWTB(ProgramCommon):
    PROGRAM = "wtb"

    def test_students_of_its_schools_and_nobody_else(self):
        """WTB-08: any youth enrolled in the district's schools; others are refused."""
        self.program.office_ids = False
        self.program.district_ids = self.district
        here = self.make_student(first="Here", birth_date="2020-06-01")
        elsewhere = self.make_student(first="Else", school=self.other_school)
        gone = self.make_student(first="Gone", exit_date=self.before(2)[0])
        Case = self.env["pact.case"].with_user(self.manager)
        program = self.program.with_user(self.manager)
        for student in (elsewhere, gone):
            with self.assertRaisesRegex(UserError, "not enrolled at a school that"):
                Case._open_early(student.with_user(self.manager), program, "Help")
        case = Case._open_early(here.with_user(self.manager), program, "Help")
        self.assertEqual(case.step_id.code, "identified")
