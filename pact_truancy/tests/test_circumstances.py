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
        wanted.citation = "42 USC 11432 (homeless children)"
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
        self.assertNotIn("11432", kept, "a citation names the circumstance too")
        self.assertIn("A consultation was held", kept)
        self.assertNotIn("omeless", kept)

    def test_nobody_else_gets_at_it(self):
        """GEN-07: by RPC, groups, names, export, names of entries or a detour over
        the case: who has no role for circumstances at the student's school."""
        circumstance = self.homeless(note="Stays with an aunt")
        model = self.env["pact.student.circumstance"]
        # a role without the right: refused as a whole
        administrator = self.make_user("administrator")
        administrator.group_ids += self.env.ref("pact_truancy.group_pact_administrator")
        room = self.env["pact.homeroom"].create(
            {
                "name": "8A",
                "school_id": self.school.id,
                "year_id": self.years[1].id,
            }
        )
        self.student.enrollment_ids.homeroom_id = room
        users = [
            self.secretary,
            self.make_user("teacher", "teacher", room),
            self.make_user("auditor", "auditor", self.office),
            administrator,
            self.make_user("employee"),
        ]
        for user in users:
            user.group_ids += self.env.ref("base.group_allow_export")
            own = model.with_user(user)
            for road in (
                lambda own=own: own.search_read([], ["kind_id"]),
                lambda own=own: own.formatted_read_group([], ["kind_id"]),
                lambda own=own: own.name_search(""),
                lambda own=own: own.browse(circumstance.id).export_data(["note"]),
                lambda own=own: own.browse(circumstance.id).display_name,
                lambda own=own: own.browse(circumstance.id).web_read({"source": {}}),
            ):
                self.env.invalidate_all()
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    road()
        # the role, but at another school: nothing is found
        foreign = model.with_user(
            self.make_user("foreign", "school_admin", self.other_school)
        )
        self.assertFalse(foreign.search([]))
        self.assertFalse(foreign.name_search("Homeless"))
        self.assertFalse(foreign.formatted_read_group([], ["kind_id"]))
        with self.assertRaises(AccessError):
            foreign.browse(circumstance.id).read(["kind_id"])
        with self.assertRaises(AccessError):
            foreign.create(
                {
                    "student_id": self.student.id,
                    "kind_id": circumstance.kind_id.id,
                    "source": "I say so",
                }
            )

    def test_a_consultation_tells_nothing_in_passing(self):
        """Its entry, its file, the case's messages and the refusal of a drop."""
        self.homeless()
        step = self.env.ref("pact_truancy.program_r53_hearing")
        wanted = step.requirement_ids.filtered(lambda one: one.name == LIAISON)
        item = (
            self.env["pact.case.item"]
            .with_user(self.principal)
            .create(
                {
                    "case_id": self.case.id,
                    "requirement_id": wanted.id,
                    "text": "By phone with the liaison",
                    "file": "aG9tZWxlc3M=",
                }
            )
        )
        self.env.flush_all()
        attachment = self.env["ir.attachment"].search(
            [
                ("res_model", "=", item._name),
                ("res_id", "=", item.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertEqual(len(attachment), 1)
        for user in (self.secretary, self.make_user("auditor", "auditor", self.office)):
            case = self.case.with_user(user)
            self.env.invalidate_all()
            self.assertFalse(case.item_ids)
            for domain in (
                [("item_ids.name", "ilike", "homeless")],
                [("item_ids.requirement_id", "=", wanted.id)],
            ):
                self.assertFalse(case.search(domain))
            self.assertFalse(item.with_user(user).search([]))
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(["datas", "name"])
        self.env.flush_all()
        bodies = " ".join(map(str, self.case.message_ids.mapped("body")))
        self.assertNotIn("omeless", bodies)
        item.sudo().write({"is_void": True})
        local = self.make_user("local", "school_staff", self.school)
        self.env["pact.assignment"].create(
            {
                "user_id": local.id,
                "role": "school_admin",
                "school_id": self.sister_school.id,
            }
        )
        self.assertNotIn("omeless", self.texts(local))

    def test_it_goes_along_to_the_new_school(self):
        """A former school does not learn what the new one enters."""
        circumstance = self.homeless()
        there = self.make_user("there", "school_admin", self.sister_school)
        self.assertFalse(circumstance.with_user(there).search([]))
        enrollment = self.student.enrollment_ids
        enrollment.exit_date = self.before(1)[0]
        self.env["pact.enrollment"].create(
            {
                "student_id": self.student.id,
                "school_id": self.sister_school.id,
                "grade": enrollment.grade,
                "entry_date": self.today,
            }
        )
        self.env.invalidate_all()
        self.assertEqual(self.student.school_ids, self.sister_school)
        self.assertEqual(circumstance.with_user(there).search([]), circumstance)
        new = (
            self.env["pact.student.circumstance"]
            .with_user(there)
            .create(
                {
                    "student_id": self.student.id,
                    "kind_id": self.env.ref("pact_truancy.circumstance_kind_foster").id,
                    "source": "The agency",
                }
            )
        )
        self.assertNotIn(new, new.with_user(self.principal).search([]))

    def test_without_a_source_it_is_hearsay(self):
        with self.assertRaises(UserError):
            self.homeless(source="  ")
