from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .program_common import ProgramCommon

LIAISON = "The liaison for homeless students was consulted"
MISSING = "A consultation is missing"


@tagged("post_install", "-at_install")
class TestCircumstances(ProgramCommon):
    """Safeguards: a restricted circumstance asks for a consultation, and stays
    restricted."""

    PROGRAM = "r53"

    def setUp(self):
        super().setUp()
        self.student = self.make_student()
        step = self.env.ref("pact_truancy.program_r53_referral3")
        self.case = self.env["pact.case"]._open(
            self.student, self.program, step, self.today, {}
        )
        self.principal = self.make_user("principal", "school_admin", self.school)

    def homeless(self, **values):
        return (
            self.env["pact.student.circumstance"]
            .with_user(self.principal)
            .create(
                {
                    "student_id": self.student.id,
                    "kind_id": self.env.ref(
                        "pact_truancy.circumstance_kind_homeless"
                    ).id,
                    "source": "The liaison",
                    **values,
                }
            )
        )

    def texts(self, user):
        case = self.case.with_user(user)
        self.env.invalidate_all()
        lines = case.next_checklist
        return " ".join(f"{line['what']} {line['text']}" for line in lines)

    def test_only_cases_that_it_concerns(self):
        self.assertNotIn("onsult", self.texts(self.principal))
        self.homeless()
        self.assertIn(LIAISON, self.texts(self.principal))
        self.assertNotIn("IEP", self.texts(self.principal))
        self.assertIn(LIAISON, self.texts(self.manager))

    def test_its_days(self):
        self.homeless(date_from=self.after(1))
        self.assertNotIn(LIAISON, self.texts(self.principal))
        self.pass_days()
        self.assertIn(LIAISON, self.texts(self.principal))
        circumstance = self.env["pact.student.circumstance"].search([])
        circumstance.date_to = self.today
        self.assertIn(LIAISON, self.texts(self.principal))
        self.pass_days()
        self.assertNotIn(LIAISON, self.texts(self.principal))

    def test_others_learn_only_that_it_is_missing(self):
        """In checklist, card, refusal and recommendation."""
        circumstance = self.homeless()
        for user in (self.secretary, self.make_user("auditor", "auditor", self.office)):
            texts = self.texts(user)
            self.assertIn(MISSING, texts)
            self.assertNotIn("omeless", texts)
            with self.assertRaises(AccessError):
                circumstance.with_user(user).read(["kind_id"])
            self.assertFalse(
                self.env["pact.case"]
                .with_user(user)
                .search([("id", "=", self.case.id)])
                .filtered(lambda case: "omeless" in (case.waits_for or ""))
            )
        for model in ("pact.student.circumstance",):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.secretary).search_count([])
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.secretary).name_search("Homeless")

    def test_a_principal_elsewhere_is_nobody_here(self):
        """A role at one school is none at another."""
        self.homeless()
        user = self.make_user("both", "school_staff", self.school)
        self.env["pact.assignment"].create(
            {
                "user_id": user.id,
                "role": "school_admin",
                "school_id": self.sister_school.id,
            }
        )
        texts = self.texts(user)
        self.assertIn(MISSING, texts)
        self.assertNotIn("omeless", texts)

    def test_the_consultation_opens_the_step(self):
        """And history keeps no more than that it was held."""
        self.homeless()
        step = self.env.ref("pact_truancy.program_r53_hearing")
        wanted = step.requirement_ids.filtered(lambda one: one.name == LIAISON)
        (step.requirement_ids - wanted).unlink()
        step.criterion_ids.unlink()
        step.asks_progress = False
        self.cannot_advance(self.case.with_user(self.manager), LIAISON)
        values = {
            "case_id": self.case.id,
            "requirement_id": wanted.id,
            "text": "By phone with the liaison",
        }
        items = self.env["pact.case.item"]
        with self.assertRaises(AccessError):
            items.with_user(self.secretary).create(values)
        item = items.with_user(self.principal).create(values)
        with self.assertRaises(AccessError):
            item.with_user(self.secretary).read(["text"])
        self.assertEqual(self.advance(self.case), "hearing")
        kept = str(self.case.step_history_ids[0].met)
        self.assertIn("A consultation was held", kept)
        self.assertNotIn("omeless", kept)

    def test_without_a_source_it_is_hearsay(self):
        with self.assertRaises(UserError):
            self.homeless(source="  ")
