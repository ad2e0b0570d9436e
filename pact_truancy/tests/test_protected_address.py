from contextlib import suppress

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TruancyCommon

SECRET = "7 Hidden Road"


@tagged("post_install", "-at_install")
class TestProtectedAddress(TruancyCommon):
    """GEN-02: a protected address is reached on one way alone, per school, and who
    went there is recorded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.child = cls.make_student("Cora", "Sample")
        cls.link = cls.make_guardian(
            cls.child, "Vera", street=SECRET, zip="60000", address_protected=True
        )
        cls.guardian = cls.link.guardian_id
        cls.users = {
            role: cls.make_user(role, role, cls.school)
            for role in (
                "teacher", "school_staff", "school_admin", "case_manager",
                "hearing_officer", "auditor",
            )
        }  # fmt: skip
        cls.here = cls.make_user("here", "coordinator", cls.school)
        cls.there = cls.make_user("there", "coordinator", cls.other_district)
        # staff here and coordinator there: roles never add up across schools
        cls.mixed = cls.make_user("mixed", "coordinator", cls.other_district)
        cls.env["pact.assignment"].create(
            {
                "user_id": cls.mixed.id,
                "role": "school_staff",
                "school_id": cls.school.id,
            }
        )
        cls.all = [*cls.users.values(), cls.here, cls.there, cls.mixed]
        export = cls.env.ref("base.group_allow_export")
        for user in cls.all:
            user.group_ids += export

    def test_a_coordinator_of_the_school_looks_and_that_is_recorded(self):
        shown = self.guardian.with_user(self.here).action_show_address()
        self.assertIn(SECRET, str(shown))
        looks = self.env["pact.guardian.look"].with_user(self.here).search([])
        self.assertEqual(looks.create_uid, self.here)
        self.assertEqual(looks.guardian_id, self.guardian)
        with self.assertRaises(UserError):
            looks.unlink()
        with self.assertRaises(UserError):
            looks.sudo().unlink()
        with self.assertRaises(UserError):
            looks.sudo().write({"guardian_id": False})

    def test_nobody_else_looks(self):
        for user in [*self.users.values(), self.there, self.mixed]:
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.guardian.with_user(user).action_show_address()
        self.assertFalse(self.env["pact.guardian.look"].search([]))

    def test_the_right_ends_with_the_child_at_the_school(self):
        self.child.enrollment_ids.exit_date = "2026-02-02"
        with self.assertRaises(AccessError):
            self.guardian.with_user(self.here).action_show_address()

    def test_no_other_way(self):
        """Read, export, search by street, paths, grouping, name search, messages."""
        addresses = self.env["pact.guardian.address"]
        kept = addresses.search([])
        self.assertIn(SECRET, kept.address)
        for user in self.all:
            with self.subTest(user.login):
                own = addresses.with_user(user)
                for attack in (
                    lambda m=own: m.search([]),
                    lambda m=own: m.search_count([("address", "ilike", "Hidden")]),
                    lambda m=own: m.name_search("Vera"),
                    lambda m=own: m._read_group([], ["address"], ["__count"]),
                    lambda m=own: m.browse(kept.ids).read(["address"]),
                    lambda m=own: m.browse(kept.ids).export_data(["address"]),
                    lambda m=own: m.browse(kept.ids).write({"address": "x"}),
                    lambda m=own: m.create({"guardian_id": 1, "address": "x"}),
                ):
                    with self.assertRaises(AccessError):
                        attack()
                guardians = self.env["pact.guardian"].with_user(user)
                for field in ("street", "street2", "city", "zip", "address_key"):
                    with suppress(AccessError):
                        found = guardians.search([(field, "ilike", "Hidden")])
                        self.assertFalse(found)
                        self.assertNotIn(
                            SECRET, str(guardians.search([]).read([field]))
                        )
                with suppress(AccessError):
                    self.assertFalse(guardians.name_search("Hidden"))
        for message in self.env["mail.message"].search([]):
            self.assertNotIn(SECRET, str(message.body))

    def test_no_field_leads_there(self):
        """No model has a field by which a domain could walk to the address."""
        for name in self.env.registry:
            for field in self.env[name]._fields.values():
                if field.comodel_name == "pact.guardian.address":
                    self.fail(f"{name}.{field.name}")
