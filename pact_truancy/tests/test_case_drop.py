from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestDrop(ProgramCommon):
    """SOP's drop from the rolls on the 10th day."""

    PROGRAM = "sop"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.principal = cls.make_user("principal", "school_admin", cls.school)

    def no_show(self, days=10, **values):
        """A student who is enrolled for so many school days, today included, and has
        not come on any of them."""
        entry = self.school_days(days, self.today)[0]
        student = self.make_student(entry=entry, **values)
        self.make_events(student, self.school_days(days, self.today))
        return student

    def propose(self, student, user=None):
        return (
            self.env["pact.case"]
            .with_user(user or self.principal)
            ._propose_drop(student, self.program, "Never registered, nobody reached")
        )

    def missing(self, case):
        lines = case._drop_gate(self.today)[case.id]
        return [line.answer.text for line in lines if not line.answer.met]

    def state_it(self, case, kind="statement"):
        """What the drop asks for in words is written down."""
        items = self.env["pact.case.item"].with_user(self.principal)
        for requirement in case.sudo()._asked_requirements():
            if requirement.step_id.is_drop and requirement.kind == kind:
                items.create(
                    {
                        "case_id": case.id,
                        "requirement_id": requirement.id,
                        "text": "As asked",
                    }
                )

    def test_not_before_the_tenth_day(self):
        """SOP-04: on the 10th day, not the 9th; only who never came."""
        nine = self.propose(self.no_show(9))
        self.state_it(nine)
        self.assertIn("9 school days enrolled", " ".join(self.missing(nine)))
        self._refused(nine.action_drop, ["9 school days enrolled"])
        ten = self.propose(self.no_show(10))
        self.state_it(ten)
        self.assertFalse(self.missing(ten))
        there = self.make_student(entry=self.school_days(11, self.today)[0])
        self.make_events(there, self.school_days(10, self.today))
        there = self.propose(there)
        self.state_it(there)
        self._refused(there.action_drop, ["1 day attended"])

    def test_what_must_be_done_first(self):
        """SOP-03, SOP-04: the family was contacted, and the school says why; each is
        named, and not even a coordinator goes on without it."""
        case = self.propose(self.no_show())
        for user in (self.principal, self.coordinator):
            self._refused(
                case.with_user(user).action_drop,
                ["contacted by message and by phone after the 6th", "plans to attend"],
            )
        self.assertFalse(case.student_id.enrollment_ids.exit_date)
        self.state_it(case)
        case.with_user(self.principal).action_drop()
        self.assertEqual(
            (case.student_id.enrollment_ids.exit_date, case.dropped_on),
            (self.today, self.today),
        )
        self.assertIn("Never registered", case.student_id.enrollment_ids.exit_reason)
        self.assertTrue(case.is_open, "the family is still reached")
        self._refused(case.action_drop, ["No drop is proposed"])

    def test_a_person_proposes_and_another_decides(self):
        """SOP-04: screening drops nobody; a case manager proposes, the administrator
        of the school decides."""
        student = self.no_show()
        self.screen()
        self.assertFalse(student.case_ids.filtered("drop_reason"))
        self.assertFalse(student.enrollment_ids.exit_date)
        case = self.propose(student, self.manager)
        self.assertEqual(case.drop_proposed_by_id, self.manager)
        self.assertFalse(case.sudo().letter_ids, "no letter speaks of a threshold")
        self.state_it(case)
        with self.assertRaises(AccessError):
            case.with_user(self.manager).action_drop()
        with self.assertRaises(AccessError):
            self.propose(self.no_show(), self.secretary)
        with self.assertRaises(AccessError):
            case.with_user(self.principal).drop_reason = "Mine"
        self._refused(lambda: self.propose(student), ["proposed already"])
        case.with_user(self.manager).action_withdraw_drop()
        self._refused(case.with_user(self.principal).action_drop, ["No drop is"])

    def test_circumstances_add_consultations(self):
        """SOP-04, safeguards: the liaison, the team, the agency worker; who may not
        read why learns only that a consultation is missing."""
        for code, what in (
            ("homeless", "The liaison for homeless students was consulted"),
            ("disability", "The IEP or 504 team met about the drop"),
            ("foster", "The agency worker was invited"),
            ("illness", "The nurse or social worker who knows the student"),
        ):
            student = self.no_show(first=code)
            self.env["pact.student.circumstance"].with_user(self.principal).create(
                {
                    "student_id": student.id,
                    "kind_id": self.env.ref(
                        f"pact_truancy.circumstance_kind_{code}"
                    ).id,
                    "source": "The school",
                }
            )
            case = self.propose(student)
            self.state_it(case)
            self._refused(case.action_drop, [what])
            hidden = case.with_user(self.secretary)
            self.assertEqual(self.missing(hidden), ["A consultation is missing"])
            self.assertNotIn(what, str(hidden.drop_checklist))
            self.state_it(case, "consultation")
            case.action_drop()
            self.assertTrue(case.dropped_on)
            self.assertNotIn(what, str(case.message_ids.mapped("body")))

    def test_consultations_cite_the_law(self):
        """Due process carries its citation, in every program that asks for one."""
        rows = self.env["pact.program.requirement"].search(
            [("kind", "=", "consultation")]
        )
        for code, law in (
            ("homeless", "42 U.S.C. 11432(g)(1)(I)"),
            ("disability", "34 CFR 300.324(b)"),
            ("foster", "20 U.S.C. 6311(g)(1)(E)"),
        ):
            kind = self.env.ref(f"pact_truancy.circumstance_kind_{code}")
            own = rows.filtered(
                lambda row, kind=kind: kind in row.circumstance_kind_ids
            )
            self.assertGreaterEqual(len(own), 4)
            for row in own:
                self.assertIn(law, row.citation)

    def test_in_a_running_case(self):
        """SOP-04: the drop is proposed in the case that there is."""
        student = self.no_show(40)
        case = self.confirm(student)
        self.assertEqual(self.propose(student).id, case.id)

    def test_only_where_the_program_knows_it(self):
        """GEN-01, GEN-03: a program without such a step drops nobody; a copy has it."""
        student = self.no_show()
        self.assertIn(self.program, student._drop_programs(self.today))
        self.assertTrue(self.program.copy().step_ids.filtered("is_drop"))
        step = self.env.ref("pact_truancy.program_sop_drop")
        with self.assertRaisesRegex(ValidationError, "beside the ladder"):
            step.entry = "decision"
        step.is_drop = False
        with self.assertRaisesRegex(UserError, "knows no drop"):
            self.propose(student)
