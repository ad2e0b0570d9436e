from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.facts.pact_clock import PINNED_DAY

from .common import TruancyCommon

NOON = datetime(2026, 3, 3, 18, 0, 0)  # noon in Chicago


@tagged("post_install", "-at_install")
class TestAccessRights(TruancyCommon):
    """From an assignment to what a person finds, and when it ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.student = cls.make_student(first="Own")
        cls.sister = cls.make_student(first="Sister", school=cls.sister_school)
        cls.foreign = cls.make_student(first="Foreign", school=cls.other_school)

    def found(self, user):
        """Return the first names of the students that `user` finds."""
        students = self.env["pact.student"].with_user(user)
        if not students.has_access("read"):
            return set()
        return set(students.search([]).mapped("first_name"))

    def unpin(self):
        self.env["ir.config_parameter"].set_param(PINNED_DAY, False)

    def test_staff_find_the_students_of_their_schools(self):
        """GEN-07: a school, a district, a county, an office; nothing beyond."""
        for name, scope, found in (
            ("school", self.school, {"Own"}),
            ("district", self.district, {"Own", "Sister"}),
            ("county", self.county, {"Own", "Sister", "Foreign"}),
            ("office", self.office, {"Own", "Sister", "Foreign"}),
            ("branch", self.branch, set()),
        ):
            with self.subTest(name):
                user = self.make_user(f"staff-{name}", "school_staff", scope)
                self.assertEqual(self.found(user), found)

    def test_a_teacher_finds_the_own_homeroom(self):
        """GEN-07: the homeroom, not the school."""
        room = self.env["pact.homeroom"].create(
            {
                "name": "8A",
                "school_id": self.school.id,
                "year_id": self.years[1].id,
            }
        )
        teacher = self.make_user("teacher", "teacher", room)
        self.assertEqual(self.found(teacher), set())
        self.student.enrollment_ids.homeroom_id = room
        self.make_student(first="Next door")
        self.assertEqual(self.found(teacher), {"Own"})

    def test_rights_end_and_begin_by_themselves(self):
        """An assignment that ended yesterday or begins tomorrow gives nothing today, in
        the office's time zone, though no write and no restart came in between: the
        cached rule is the same."""
        self.unpin()
        with freeze_time(NOON):
            user = self.make_user(
                "dated",
                "school_staff",
                self.school,
                date_from=date(2026, 3, 2),
                date_to=date(2026, 3, 4),
            )
        for moment, found in (
            (datetime(2026, 3, 2, 5, 59, 59), set()),  # March 1, 23:59:59 in Chicago
            (datetime(2026, 3, 2, 6, 0, 0), {"Own"}),
            (NOON, {"Own"}),
            (datetime(2026, 3, 5, 5, 59, 59), {"Own"}),  # March 4, 23:59:59
            (datetime(2026, 3, 5, 6, 0, 0), set()),
        ):
            with self.subTest(moment), freeze_time(moment):
                self.assertEqual(self.found(user), found)
                # the way of `check_access` on a record that is known already
                self.assertEqual(
                    self.student.with_user(user).has_access("read"), bool(found)
                )

    def test_daylight_saving(self):
        """The day is 23 hours long on March 8, 2026; the right ends with it."""
        self.unpin()
        with freeze_time(NOON):
            user = self.make_user(
                "dst", "school_staff", self.school, date_to=date(2026, 3, 8)
            )
        with freeze_time(datetime(2026, 3, 9, 4, 59, 59)):
            self.assertEqual(self.found(user), {"Own"})
        with freeze_time(datetime(2026, 3, 9, 5, 0, 0)):
            self.assertEqual(self.found(user), set())

    def test_pinned_day(self):
        """In a demo database the pinned day decides; real time does not pass there."""
        day = date(2026, 3, 3)
        for name, values, found in (
            ("ended", {"date_to": date(2026, 3, 2)}, set()),
            ("last-day", {"date_to": day}, {"Own"}),
            ("first-day", {"date_from": day}, {"Own"}),
            ("later", {"date_from": date(2026, 3, 4)}, set()),
        ):
            with self.subTest(name):
                user = self.make_user(name, "school_staff", self.school, **values)
                self.assertEqual(self.found(user), found)

    def test_roles_do_not_add_up_across_schools(self):
        """An auditor of one school who is staff of another writes at the other only."""
        user = self.make_user("both", "school_staff", self.school)
        for role in ("auditor", "case_manager", "hearing_officer"):
            self.env["pact.assignment"].create(
                {"user_id": user.id, "role": role, "school_id": self.other_school.id}
            )
        own = self.student.with_user(user)
        audited = self.foreign.with_user(user)
        self.assertEqual(self.found(user), {"Own", "Foreign"})
        own.preferred_name = "Ollie"
        with self.assertRaises(AccessError):
            audited.preferred_name = "Ollie"

    def test_administrator_of_one_school_is_staff_of_another(self):
        flag_write = self.env["pact.homeroom"]
        user = self.make_user("admin-a", "school_admin", self.school)
        self.env["pact.assignment"].create(
            {
                "user_id": user.id,
                "role": "school_staff",
                "school_id": self.other_school.id,
            }
        )
        values = {"name": "8B", "year_id": self.years[1].id}
        flag_write.with_user(user).create({**values, "school_id": self.school.id})
        with self.assertRaises(AccessError):
            flag_write.with_user(user).create(
                {**values, "school_id": self.other_school.id}
            )

    def test_deputy(self):
        """A deputy has the rights of the own assignment, as long as it lasts."""
        self.unpin()
        principal = self.make_user("principal", "school_admin", self.school)
        with freeze_time(NOON):
            deputy = self.make_user(
                "deputy",
                "school_admin",
                self.school,
                deputy_of_id=principal.id,
                date_from=date(2026, 3, 2),
                date_to=date(2026, 3, 6),
            )
            self.assertEqual(self.found(deputy), {"Own"})
        with freeze_time(datetime(2026, 3, 8, 18)):
            self.assertEqual(self.found(deputy), set())
            self.assertEqual(self.found(principal), {"Own"})

    def test_groups_follow_the_assignments(self):
        user = self.make_user("groups", "coordinator", self.district)
        self.assertTrue(user.has_group("pact_truancy.group_pact_coordinator"))
        user.sudo().pact_assignment_ids.unlink()
        for role in ("coordinator", "school_staff", "case_manager", "user"):
            self.assertFalse(user.has_group(f"pact_truancy.group_pact_{role}"))
        self.assertFalse(self.env["pact.access"].search([("user_id", "=", user.id)]))

    def test_groups_end_with_the_day(self):
        self.unpin()
        with freeze_time(NOON):
            user = self.make_user(
                "group-day", "school_staff", self.school, date_to=date(2026, 3, 3)
            )
            self.assertTrue(user.has_group("pact_truancy.group_pact_school_staff"))
        with freeze_time(datetime(2026, 3, 4, 18)):
            self.env["pact.assignment"]._cron_day_turn()
            self.assertFalse(user.has_group("pact_truancy.group_pact_school_staff"))
            self.assertEqual(self.found(user), set())

    def test_group_without_assignment_opens_nothing(self):
        """A role's group ticked by hand shows menus and finds no record."""
        for role in ("coordinator", "auditor", "teacher"):
            user = self.make_user(f"ticked-{role}")
            user.group_ids += self.env.ref(f"pact_truancy.group_pact_{role}")
            self.assertEqual(self.found(user), set())
            self.assertFalse(self.student.with_user(user).has_access("read"))
        self.env["pact.assignment"]._cron_day_turn()

    def test_system_administrator_without_assignment(self):
        user = self.make_user("system")
        user.group_ids += self.env.ref("base.group_system")
        with self.assertRaises(AccessError):
            self.env["pact.student"].with_user(user).search([])

    def test_administrator_of_the_app_finds_no_child(self):
        """Configuration gives no child's record."""
        user = self.make_user("app-admin")
        user.group_ids += self.env.ref("pact_truancy.group_pact_administrator")
        self.env["pact.school"].with_user(user).search([]).check_access("write")
        for model in ("pact.student", "pact.guardian", "pact.attendance.event"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(user).search([])

    def test_assignments_are_for_employees(self):
        portal = self.make_user("family")
        portal.group_ids = self.env.ref("base.group_portal")
        with self.assertRaises(ValidationError):
            self.env["pact.assignment"].create(
                {
                    "user_id": portal.id,
                    "role": "school_staff",
                    "school_id": self.school.id,
                }
            )

    def test_rights_follow_the_dated_links_of_offices(self):
        """R21-23: a branch serves a district from a day on; the rights of its people
        come with the day-turn."""
        user = self.make_user("branch-staff", "case_manager", self.branch)
        self.env["pact.office.service"].create(
            {
                "office_id": self.branch.id,
                "district_id": self.other_district.id,
                "date_from": date(2026, 3, 4),
            }
        )
        self.assertEqual(self.found(user), set())
        self.set_today(date(2026, 3, 4))
        self.env["pact.assignment"]._cron_day_turn()
        self.assertEqual(self.found(user), {"Foreign"})

    def test_rights_follow_the_house(self):
        """Schools, districts, counties and offices move; rights follow at once."""
        office_user = self.make_user("of", "case_manager", self.branch)
        district_user = self.make_user("di", "school_staff", self.other_district)
        self.sister_school.district_id = self.other_district
        self.assertEqual(self.found(district_user), {"Foreign", "Sister"})
        self.county.default_office_id = self.branch
        self.assertEqual(self.found(office_user), {"Own", "Foreign", "Sister"})
        top = self.env["pact.office"].create({"name": "Example Top Office"})
        top_user = self.make_user("top", "auditor", top)
        self.assertEqual(self.found(top_user), set())
        self.office.parent_id = top
        self.assertEqual(self.found(top_user), {"Own", "Foreign", "Sister"})

    def test_day_turn_without_change_writes_nothing(self):
        self.make_user("idle", "coordinator", self.office)
        rows = self.env["pact.access"].search([])
        self.env["pact.assignment"]._cron_day_turn()
        self.assertEqual(self.env["pact.access"].search([]), rows)

    def test_nobody_writes_the_table_of_rights(self):
        user = self.make_user("writer", "coordinator", self.school)
        user.group_ids += self.env.ref("pact_truancy.group_pact_administrator")
        user.group_ids += self.env.ref("base.group_system")
        access = self.env["pact.access"].with_user(user)
        row = access.search([("user_id", "=", user.id)])
        self.assertTrue(row)
        values = row.copy_data()[0]
        values["school_id"] = self.other_school.id
        for attempt in (
            lambda: access.create(values),
            lambda: row.write({"school_id": self.other_school.id}),
            row.unlink,
        ):
            with self.assertRaises(AccessError):
                attempt()
        result = access.load(
            ["user_id/.id", "school_id/.id", "role", "assignment_id/.id"],
            [[user.id, self.other_school.id, "coordinator", row.assignment_id.id]],
        )
        self.assertFalse(result["ids"])

    def test_nobody_gives_groups_to_themselves(self):
        user = self.make_user("climber", "school_staff", self.school)
        group = self.env.ref("pact_truancy.group_pact_coordinator")
        with self.assertRaises(AccessError):
            user.with_user(user).write({"group_ids": [(4, group.id)]})
        with self.assertRaises(AccessError):
            self.env["pact.assignment"].with_user(user).create(
                {
                    "user_id": user.id,
                    "role": "coordinator",
                    "school_id": self.school.id,
                }
            )


@tagged("post_install", "-at_install")
class TestSelfGrant(TruancyCommon):
    """Who owns the server can reach all; a self-granted right is announced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.make_user("app-admin")
        cls.admin.group_ids += cls.env.ref("pact_truancy.group_pact_administrator")
        cls.coordinators = cls.make_user("co-1", "coordinator", cls.district)
        cls.coordinators |= cls.make_user("co-2", "coordinator", cls.other_district)

    def notified(self, assignment):
        messages = self.env["mail.message"].search(
            [("model", "=", "pact.assignment"), ("res_id", "=", assignment.id)]
        )
        return messages.notified_partner_ids

    def grant(self, user, context=None, **values):
        assignments = self.env["pact.assignment"].with_user(self.admin)
        return assignments.with_context(**(context or {})).create(
            {
                "user_id": user.id,
                "role": "coordinator",
                "school_id": self.school.id,
                **values,
            }
        )

    def test_all_coordinators_are_told(self):
        assignment = self.grant(self.admin)
        self.assertEqual(self.notified(assignment), self.coordinators.partner_id)

    def test_a_client_cannot_hush_it_up(self):
        assignment = self.grant(
            self.admin,
            {
                "install_mode": True,
                "tracking_disable": True,
                "mail_notrack": True,
                "mail_create_nolog": True,
            },
        )
        self.assertEqual(self.notified(assignment), self.coordinators.partner_id)

    def test_other_grants_are_no_news(self):
        assignment = self.grant(self.make_user("colleague"))
        self.assertFalse(self.notified(assignment))

    def test_widening_is_told_and_ending_is_not(self):
        assignment = self.grant(self.admin, date_to=date(2026, 3, 10))
        messages = self.env["mail.message"].search([], order="id desc", limit=1)

        def told():
            return bool(
                self.env["mail.message"].search(
                    [
                        ("id", ">", messages.id),
                        ("model", "=", "pact.assignment"),
                        ("res_id", "=", assignment.id),
                        ("message_type", "=", "user_notification"),
                    ]
                )
            )

        assignment.date_to = date(2026, 3, 9)
        self.assertFalse(told())
        assignment.date_to = date(2026, 3, 10)
        self.assertTrue(told())

    def test_taking_over_is_told(self):
        """An assignment of somebody else rewritten to oneself is a grant too."""
        assignment = self.grant(self.make_user("colleague"))
        assignment.user_id = self.admin
        self.assertEqual(self.notified(assignment), self.coordinators.partner_id)
