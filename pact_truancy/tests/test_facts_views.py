from lxml import etree

from odoo.tests import tagged

from .common import TODAY, TruancyCommon

MODELS = (
    "pact.access",
    "pact.assignment",
    "pact.attendance.change",
    "pact.attendance.code",
    "pact.attendance.event",
    "pact.attendance.received",
    "pact.county",
    "pact.district",
    "pact.enrollment",
    "pact.guardian",
    "pact.homeroom",
    "pact.office",
    "pact.school",
    "pact.school.calendar",
    "pact.school.day",
    "pact.school.year",
    "pact.source",
    "pact.student",
)


@tagged("post_install", "-at_install")
class TestFactsViews(TruancyCommon):
    """Every list and form of facts and access opens for every role that may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        student = cls.make_student(
            identifier_ids=[(0, 0, {"source_id": cls.source.id, "value": "1"})]
        )
        cls.make_guardian(student, custody_restriction="no_information")
        cls.make_events(student, [TODAY], "EXE")
        homeroom = cls.env["pact.homeroom"].create(
            {"name": "12", "school_id": cls.school.id, "year_id": cls.years[1].id}
        )
        student.enrollment_ids.homeroom_id = homeroom
        cls.people = [
            cls.make_user("teacher", "teacher", homeroom),
            cls.make_user("secretary", "school_staff", cls.school),
            cls.make_user("principal", "school_admin", cls.school),
            cls.make_user("manager", "case_manager", cls.office),
            cls.make_user("officer", "hearing_officer", cls.office),
            cls.make_user("coordinator", "coordinator", cls.office),
            cls.make_user("auditor", "auditor", cls.office),
            cls.env.ref("base.user_admin"),
        ]

    def open(self, model, kind):
        """Read what the view of `kind` shows of all records; return how many."""
        arch = model.get_view(view_type=kind)["arch"]
        names = {
            node.get("name")
            for node in etree.fromstring(arch).iter("field")
            if node.get("name") in model._fields
            and not any(parent.tag == "field" for parent in node.iterancestors())
        }
        records = model.search([])
        records.web_read({name: {} for name in names})
        return len(records)

    def test_lists_and_forms_open(self):
        for user in self.people:
            env = self.env(user=user)
            seen = set()
            for name in MODELS:
                model = env[name]
                if not model.has_access("read"):
                    continue
                for kind in ("list", "form"):
                    with self.subTest(user=user.login, model=name, kind=kind):
                        if self.open(model, kind):
                            seen.add(name)
                model.get_view(view_type="search")
            self.assertIn("pact.school.calendar", seen, user.login)
            if user != self.env.ref("base.user_admin"):
                self.assertIn("pact.student", seen, user.login)

    def test_cards_open(self):
        env = self.env(user=self.people[1])
        for name in ("pact.student", "pact.guardian", "pact.student.guardian"):
            self.assertTrue(self.open(env[name], "kanban"), name)

    def test_every_action_of_the_room_has_help_and_a_path(self):
        for name in MODELS:
            xmlid = f"pact_truancy.{name.replace('.', '_')}_action"
            action = self.env.ref(xmlid)
            self.assertTrue(action.help and action.path, xmlid)

    def test_calendar_in_words(self):
        self.assertEqual(
            self.calendar.summary.splitlines()[0],
            "2025-2026: Aug 25, 2025 to May 29, 2026, 200 school days, 0 days off",
        )
        self.assertEqual(
            self.calendar.action_open_days()["context"]["initial_date"],
            f"{TODAY} 12:00:00",
        )

    def test_buttons_that_a_role_cannot_use_are_not_shown(self):
        def buttons(user, model):
            arch = self.env(user=user)[model].get_view(view_type="form")["arch"]
            return {
                node.get("string") for node in etree.fromstring(arch).iter("button")
            }

        secretary, manager = self.people[1], self.people[3]
        self.assertIn("Add an Absence", buttons(secretary, "pact.student"))
        self.assertNotIn("Add an Absence", buttons(manager, "pact.student"))
        self.assertNotIn("Close Days", buttons(secretary, "pact.school"))
        self.assertIn("Close Days", buttons(self.people[2], "pact.school"))
