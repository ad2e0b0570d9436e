from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .common import TODAY, TruancyCommon
from .intake_common import IntakeCommon

NAME = {"display_name": {}}


@tagged("post_install", "-at_install")
class TestAccessHoles(TruancyCommon):
    """Nobody opens a record by naming it; and what a school needs to do works."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)
        cls.own = cls.make_student(first="Own")
        cls.own_link = cls.make_guardian(cls.own, first="Olga")
        cls.foreign = cls.make_student(first="Foreign", school=cls.other_school)
        cls.foreign_link = cls.make_guardian(cls.foreign, first="Frida")
        cls.secretary.group_ids += cls.env.ref("base.group_allow_export")
        cls.user_env = cls.env(user=cls.secretary, context={})

    def as_user(self, records):
        return records.with_env(self.user_env)

    def model(self, name):
        return self.user_env[name]

    def finds(self, records):
        found = self.model(records._name).search([("id", "in", records.ids)])
        return bool(found) or records.with_env(self.user_env).has_access("read")

    # -- what a school does every day ------------------------------------------------

    def test_new_student_with_family_in_one_form(self):
        """Student, enrollment, identifier, guardian and link in one save, then read
        back as the web client does."""
        guardian = self.model("pact.guardian").create(
            {"first_name": "Gina", "last_name": "Fox", "phone": "555-0101"}
        )
        self.assertEqual(
            guardian.web_read({"name": {}, "student_link_ids": {}})[0]["name"],
            "Gina Fox",
        )
        saved = self.model("pact.student").web_save(
            {
                "first_name": "Nova",
                "last_name": "Fox",
                "identifier_ids": [
                    Command.create({"source_id": self.source.id, "value": "N-1"})
                ],
                "guardian_link_ids": [
                    Command.create({"guardian_id": guardian.id}),
                ],
                "enrollment_ids": [
                    Command.create({"school_id": self.school.id, "entry_date": TODAY})
                ],
            },
            {
                "name": {},
                "school_id": {"fields": NAME},
                "guardian_link_ids": {"fields": {"guardian_id": {"fields": NAME}}},
                "identifier_ids": {"fields": {"value": {}}},
            },
        )[0]
        self.assertEqual(saved["school_id"]["display_name"], "Lincoln Middle")
        self.assertEqual(saved["identifier_ids"][0]["value"], "N-1")
        link = saved["guardian_link_ids"][0]
        self.assertEqual(link["guardian_id"]["display_name"], "Gina Fox")
        # the guardian of a student that another school enrolls is not kept by 'made it'
        self.assertFalse(guardian.sudo().unlinked_by_id)

    def test_student_without_school_is_refused_in_plain_words(self):
        with self.assertRaisesRegex(UserError, "Add the school.*Nova Fox"):
            self.model("pact.student").create(
                {"first_name": "Nova", "last_name": "Fox"}
            )

    def test_student_at_another_school_is_refused(self):
        with self.assertRaises(AccessError):
            self.model("pact.student").create(
                {
                    "first_name": "Nova",
                    "last_name": "Fox",
                    "enrollment_ids": [
                        Command.create(
                            {"school_id": self.other_school.id, "entry_date": TODAY}
                        )
                    ],
                }
            )

    def test_guardian_then_link(self):
        """A guardian entered first, linked later, is found all the way; and only by
        who entered it, until then."""
        colleague = self.make_user("colleague", "school_staff", self.school)
        guardian = self.model("pact.guardian").create(
            {"first_name": "Gina", "last_name": "Fox"}
        )
        self.assertTrue(self.finds(guardian))
        self.assertFalse(guardian.with_user(colleague).has_access("read"))
        self.model("pact.guardian.identifier").create(
            {
                "guardian_id": guardian.id,
                "source_id": self.source.id,
                "value": "G-1",
            }
        )
        link = self.model("pact.student.guardian").create(
            {"student_id": self.own.id, "guardian_id": guardian.id}
        )
        self.assertTrue(guardian.with_user(colleague).has_access("read"))
        link.unlink()
        self.assertTrue(self.finds(guardian), "removed by mistake, can be linked again")

    def test_protected_address_can_be_entered_by_staff(self):
        """Staff enter a protected address and cannot read it afterwards."""
        guardian = self.model("pact.guardian").create(
            {
                "first_name": "Gina",
                "last_name": "Fox",
                "street": "1 Hidden Lane",
                "zip": "60000",
                "address_protected": True,
            }
        )
        self.assertFalse(guardian.street)
        self.assertFalse(guardian.address_key)
        self.assertIn("1 Hidden Lane", self.kept_address(guardian))
        open_guardian = self.as_user(self.own_link.guardian_id)
        open_guardian.address_protected = True
        self.assertFalse(open_guardian.street)
        self.assertFalse(open_guardian.address_key)
        self.assertIn("12 Example", self.kept_address(open_guardian))
        open_guardian.write({"street": "2 Hidden Lane", "zip": "60001"})
        self.assertFalse(open_guardian.street)
        self.assertIn("2 Hidden", self.kept_address(open_guardian))
        with self.assertRaises(AccessError):
            open_guardian.action_show_address()

    def kept_address(self, guardian):
        return self.env["pact.guardian.address"]._texts(guardian.ids)[guardian.id]

    def test_attendance_and_corrections(self):
        event = self.model("pact.attendance.event").create(
            {
                "student_id": self.own.id,
                "school_id": self.school.id,
                "date": TODAY,
                "code_id": self.codes["UNX"].id,
            }
        )
        event.code_id = self.codes["EXE"]
        self.assertEqual(len(event.change_ids), 2)

    def test_move_between_own_schools(self):
        self.env["pact.assignment"].create(
            {
                "user_id": self.secretary.id,
                "role": "school_staff",
                "school_id": self.sister_school.id,
            }
        )
        self.as_user(self.own).enrollment_ids.exit_date = TODAY
        self.model("pact.enrollment").create(
            {
                "student_id": self.own.id,
                "school_id": self.sister_school.id,
                "entry_date": TODAY + timedelta(days=1),
            }
        )
        self.assertTrue(self.finds(self.own))

    # -- nobody opens a record by naming it ------------------------------------------

    def test_a_link_opens_nobody(self):
        """A link to somebody else's student or guardian is refused: new or moved."""
        links = self.model("pact.student.guardian")
        foreign_guardian = self.foreign_link.guardian_id
        own_link = self.as_user(self.own_link)
        for attempt in (
            lambda: links.create(
                {"student_id": self.own.id, "guardian_id": foreign_guardian.id}
            ),
            lambda: links.create(
                {
                    "student_id": self.foreign.id,
                    "guardian_id": self.own_link.guardian_id.id,
                }
            ),
            lambda: own_link.write({"guardian_id": foreign_guardian.id}),
            lambda: own_link.write({"student_id": self.foreign.id}),
            lambda: self.as_user(self.own).write(
                {
                    "guardian_link_ids": [
                        Command.create({"guardian_id": foreign_guardian.id})
                    ]
                }
            ),
            lambda: self.as_user(self.own).write(
                {"guardian_link_ids": [Command.link(self.foreign_link.id)]}
            ),
            lambda: links.with_context(default_guardian_id=foreign_guardian.id).create(
                {"student_id": self.own.id}
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertFalse(self.finds(foreign_guardian))
        self.assertFalse(self.finds(self.foreign))

    def test_an_enrollment_grabs_nobody(self):
        """An enrollment of somebody else's student at the own school is refused."""
        enrollments = self.model("pact.enrollment")
        values = {"school_id": self.school.id, "entry_date": TODAY}
        own_enrollment = self.as_user(self.own.enrollment_ids)
        for attempt in (
            lambda: enrollments.create({**values, "student_id": self.foreign.id}),
            lambda: own_enrollment.write({"student_id": self.foreign.id}),
            lambda: own_enrollment.write({"school_id": self.other_school.id}),
            lambda: self.as_user(self.foreign.enrollment_ids).write(
                {"school_id": self.school.id}
            ),
            lambda: enrollments.create(
                {**values, "school_id": self.other_school.id, "student_id": self.own.id}
            ),
            lambda: self.as_user(self.own).write(
                {"enrollment_ids": [Command.link(self.foreign.enrollment_ids.id)]}
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertFalse(self.finds(self.foreign))
        result = enrollments.load(
            ["student_id/.id", "school_id/.id", "entry_date"],
            [[self.foreign.id, self.school.id, "2026-03-03"]],
        )
        self.assertFalse(result["ids"])
        self.assertFalse(self.finds(self.foreign))

    def test_the_schools_of_a_student_cannot_be_written(self):
        """Read-only fields stop a form, not the API; these say who sees the child."""
        student = self.as_user(self.own)
        for name, value in (
            ("school_ids", [Command.link(self.other_school.id)]),
            ("reach_school_ids", [Command.link(self.other_school.id)]),
            ("school_id", self.other_school.id),
        ):
            with self.assertRaises(UserError):
                student.write({name: value})
            with self.assertRaises(UserError):
                student.create(
                    {
                        "first_name": "Nova",
                        "last_name": "Fox",
                        name: value,
                        "enrollment_ids": [
                            Command.create(
                                {"school_id": self.school.id, "entry_date": TODAY}
                            )
                        ],
                    }
                )

    def test_who_entered_a_guardian_cannot_be_written(self):
        guardian = self.as_user(self.own_link.guardian_id)
        with self.assertRaises(AccessError):
            guardian.write({"unlinked_by_id": self.secretary.id})
        with self.assertRaises(AccessError):
            guardian.with_context(default_unlinked_by_id=self.secretary.id).create(
                {"first_name": "Gina", "last_name": "Fox"}
            )

    def test_an_identifier_opens_nobody(self):
        identifiers = self.model("pact.student.identifier")
        values = {"source_id": self.source.id, "value": "X-1"}
        own = identifiers.create({**values, "student_id": self.own.id})
        with self.assertRaises(AccessError):
            identifiers.create(
                {**values, "value": "X-2", "student_id": self.foreign.id}
            )
        with self.assertRaises(AccessError):
            own.student_id = self.foreign
        with self.assertRaises(AccessError):
            self.model("pact.guardian.identifier").create(
                {**values, "guardian_id": self.foreign_link.guardian_id.id}
            )

    def test_attendance_of_others_is_refused(self):
        """Neither at another school nor about a student whom the user cannot reach."""
        events = self.model("pact.attendance.event")
        values = {"date": TODAY, "code_id": self.codes["UNX"].id}
        for student, school in (
            (self.foreign, self.other_school),
            (self.foreign, self.school),
            (self.own, self.other_school),
        ):
            with self.assertRaises(AccessError):
                events.create(
                    {**values, "student_id": student.id, "school_id": school.id}
                )

    def test_forms_name_nobody(self):
        """A form asked about somebody else's record does not say its name."""
        cases = (
            ("pact.enrollment", "student_id", self.foreign),
            ("pact.student.guardian", "student_id", self.foreign),
            ("pact.student.guardian", "guardian_id", self.foreign_link.guardian_id),
            ("pact.student.identifier", "student_id", self.foreign),
            ("pact.attendance.event", "student_id", self.foreign),
        )
        for model, field, record in cases:
            records = self.model(model)
            spec = {field: {"fields": NAME}}
            for attempt in (
                lambda r=records, f=field, s=spec, i=record.id: r.with_context(
                    **{f"default_{f}": i}
                ).onchange({}, [], s),
                lambda r=records, f=field, s=spec, i=record.id: r.onchange(
                    {f: i}, [f], s
                ),
            ):
                with self.subTest(model=model, field=field):
                    with self.assertRaises(AccessError):
                        attempt()
        with self.assertRaises(AccessError):
            self.model("pact.student").onchange(
                {
                    "guardian_link_ids": [
                        [
                            0,
                            "virtual_1",
                            {"guardian_id": self.foreign_link.guardian_id.id},
                        ]
                    ]
                },
                ["guardian_link_ids"],
                {"guardian_link_ids": {"fields": {"guardian_id": {"fields": NAME}}}},
            )

    def test_form_of_a_new_student(self):
        """The stock form works with the guards on: what it names is the user's own."""
        form = Form(self.model("pact.enrollment"))
        form.student_id = self.as_user(self.own)
        form.school_id = self.as_user(self.school)
        form.entry_date = date(2026, 3, 4)
        self.assertTrue(form.save())

    # -- former schools --------------------------------------------------------------

    def leave(self, student, days_ago, to=None):
        student.enrollment_ids.exit_date = TODAY - timedelta(days=days_ago)
        if to:
            self.env["pact.enrollment"].create(
                {
                    "student_id": student.id,
                    "school_id": to.id,
                    "entry_date": TODAY - timedelta(days=days_ago - 1),
                }
            )

    def test_a_former_school_keeps_its_own_span_for_a_set_time(self):
        """30 days by default, exactly; only its own attendance, no contacts, and it
        writes nothing on the student."""
        event = self.make_events(self.own, self.school_days(40)[:1])
        self.leave(self.own, 30, to=self.other_school)
        later = self.make_events(
            self.own, self.school_days(1), school=self.other_school
        )
        self.assertTrue(self.finds(self.own))
        self.assertTrue(self.finds(event))
        self.assertFalse(self.finds(later))
        self.assertFalse(self.finds(self.own_link))
        self.assertFalse(self.finds(self.own_link.guardian_id))
        with self.assertRaises(AccessError):
            self.as_user(self.own).preferred_name = "Ollie"
        self.set_today(TODAY + timedelta(days=1))
        self.env["pact.student"]._cron_day_turn()
        self.assertFalse(self.finds(self.own))
        self.assertFalse(self.finds(event))
        with self.assertRaises(AccessError):
            self.as_user(event).code_id = self.codes["EXE"]
        with self.assertRaises(AccessError):
            self.as_user(self.own.enrollment_ids).exit_date = False

    def test_one_enrollment_costs_one_student(self):
        """Each part of what gives the right is narrowed to the students asked for: at
        100,000 students a write must not read all of them."""
        self.leave(self.own, 3, to=self.other_school)
        reach = self.env["pact.student"]._reach_query(TODAY, SQL("false"))
        self.assertFalse(self.env.execute_query(reach))
        own = SQL("student_id = %s", self.own.id)
        reach = self.env["pact.student"]._reach_query(TODAY, own)
        self.assertEqual(
            set(self.env.execute_query(reach)),
            {(self.own.id, self.school.id), (self.own.id, self.other_school.id)},
        )

    def test_the_set_time_is_a_setting(self):
        self.env["ir.config_parameter"].set_param(
            "pact_truancy.former_school_days", "5"
        )
        self.leave(self.own, 6, to=self.other_school)
        self.assertFalse(self.finds(self.own))

    def test_who_left_is_found_by_coordinator_and_auditor_of_the_scope(self):
        event = self.make_events(self.own, self.school_days(140)[:1])
        self.leave(self.own, 100)
        self.assertFalse(self.own.school_id)
        link = self.own_link
        for role, scope, finds in (
            ("coordinator", self.district, True),
            ("auditor", self.school, True),
            ("coordinator", self.other_district, False),
            ("auditor", self.other_school, False),
            ("school_admin", self.school, False),
            ("case_manager", self.office, False),
            ("hearing_officer", self.office, False),
        ):
            with self.subTest(role=role, scope=scope.name):
                user = self.make_user(f"{role}-{scope._name}-{finds}", role, scope)
                for record in (
                    self.own,
                    event,
                    link,
                    link.guardian_id,
                    self.own.enrollment_ids,
                ):
                    as_user = record.with_user(user)
                    self.assertEqual(as_user.has_access("read"), finds)
                    self.assertEqual(
                        bool(as_user.search([("id", "=", record.id)])), finds
                    )
                self.assertFalse(
                    self.own.with_user(user).has_access("write"), "read only"
                )


@tagged("post_install", "-at_install")
class TestAccessImport(IntakeCommon):
    """A file is no way around the rights: not for a school that the student left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.link = cls.make_guardian(cls.maya, phone="555-0100")
        cls.env["pact.guardian.identifier"].create(
            {
                "guardian_id": cls.link.guardian_id.id,
                "source_id": cls.source.id,
                "value": "G1",
            }
        )

    def leave(self, days_ago):
        self.maya.enrollment_ids.exit_date = TODAY - timedelta(days=days_ago)
        self.env["pact.enrollment"].create(
            {
                "student_id": self.maya.id,
                "school_id": self.other_school.id,
                "entry_date": TODAY - timedelta(days=days_ago - 1),
            }
        )

    def outcome(self, text, kind, user=None):
        job = self.bring_in(text, kind, user)
        shown = repr(job.row_ids.read(["before", "after", "problem"]))
        self.assertNotIn("555-0100", shown if job.rejected_count else "")
        return {
            name: job[f"{name}_count"]
            for name in ("new", "changed", "unchanged", "rejected")
            if job[f"{name}_count"]
        }

    def test_contacts_are_for_the_schools_of_today(self):
        text = (
            "contact_id,student_id,first_name,last_name,phone\n"
            "G1,004821,Ana,Rivera,555-0177\n"
        )
        self.leave(1)
        self.assertEqual(self.outcome(text, "guardian"), {"rejected": 1})
        self.assertEqual(self.link.guardian_id.phone, "555-0100")
        found = self.outcome(text, "guardian", self.coordinator)
        self.assertEqual(found, {"changed": 1}, "the coordinator of the scope may")

    def test_names_for_the_set_time(self):
        text = "student_id,first_name,last_name\n004821,Maja,Rivera\n"
        self.leave(30)
        self.assertEqual(self.outcome(text, "student"), {"changed": 1})
        self.set_today(TODAY + timedelta(days=1))
        self.env["pact.student"]._cron_day_turn()
        self.assertEqual(self.outcome(text, "student"), {"rejected": 1})

    def test_a_file_takes_nobody_back(self):
        """Neither by an enrollment that goes on nor by one that ended lately; the old
        one may be told again."""
        self.leave(31)
        self.assertFalse(self.maya.with_user(self.secretary).has_access("read"))
        head = "student_id,school,entry_date,exit_date\n"
        for row in (
            "004821,0012,2026-03-03,\n",
            "004821,0012,2024-08-26,\n",
            f"004821,0012,2024-08-26,{TODAY - timedelta(days=30)}\n",
        ):
            self.assertEqual(self.outcome(head + row, "enrollment"), {"rejected": 1})
        self.assertFalse(self.maya.with_user(self.secretary).has_access("read"))
        row = f"004821,0012,2024-08-26,{TODAY - timedelta(days=31)}\n"
        self.assertEqual(self.outcome(head + row, "enrollment"), {"unchanged": 1})
