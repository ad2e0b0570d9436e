from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import TODAY, TruancyCommon


@tagged("post_install", "-at_install")
class TestSecretary(TruancyCommon):
    """What a secretary of one school does every day, with her own rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls.make_user("secretary", "school_staff", cls.school)

    def setUp(self):
        super().setUp()
        self.own = self.env(user=self.secretary)
        self.student = self.make_student().with_env(self.own)

    def new_student(self, school):
        form = Form(self.own["pact.student"])
        form.first_name = "Noah"
        form.last_name = "Sample"
        with form.enrollment_ids.new() as line:
            line.school_id = school.with_env(self.own)
            line.entry_date = TODAY
            line.grade = "06"
        return form

    def test_makes_a_student_with_enrollment(self):
        student = self.new_student(self.school).save()
        self.assertEqual(student.school_id, self.school)
        self.assertIn(student, self.own["pact.student"].search([]))

    def test_adds_identifier_and_guardian_to_a_new_student(self):
        form = self.new_student(self.school)
        with form.identifier_ids.new() as line:
            line.source_id = self.source.with_env(self.own)
            line.value = "N-1"
        student = form.save()
        guardian = self.own["pact.student.guardian"].create(
            {
                "student_id": student.id,
                "guardian_id": self.own["pact.guardian"]
                .create({"first_name": "Rosa", "last_name": "Sample"})
                .id,
            }
        )
        self.assertEqual(student.guardian_link_ids, guardian)

    def test_not_at_another_school(self):
        with self.assertRaises(AccessError):
            self.new_student(self.other_school).save()

    def test_call_in_in_one_line(self):
        form = Form(self.student)
        with form.event_ids.new() as line:
            self.assertEqual(line.date, TODAY)
            line.code_id = self.codes["EXE"].with_env(self.own)
            line.reason = "Mother called: flu"
        form.save()
        event = self.student.event_ids
        self.assertEqual(event.school_id, self.school)
        self.assertEqual(event.days, 1)
        self.assertEqual(event.change_ids.operation, "create")

    def test_recode_keeps_what_the_source_said(self):
        """SOP-02: what holds changes, what was said first stays beside it."""
        event = self.make_events(
            self.student.sudo(), [TODAY - timedelta(days=1)], "UNV"
        )
        with Form(self.student) as form, form.event_ids.edit(0) as line:
            line.code_id = self.codes["EXE"].with_env(self.own)
            line.days = 0.5
        self.assertEqual(event.code_id, self.codes["EXE"])
        self.assertEqual(event.source_code_id, self.codes["UNV"])
        self.assertEqual(event.days, 0.5)
        change = event.change_ids[0]
        self.assertEqual(
            (change.before, change.after, change.create_uid),
            ("UNV", "EXE (0.5)", self.secretary),
        )

    def test_finds_by_guardian_name_phone_and_number(self):
        self.make_guardian(
            self.student.sudo(), first="Zelda", last="Quint", phone="(555) 010-1234"
        )
        self.student.sudo().identifier_ids = [
            (0, 0, {"source_id": self.source.id, "value": "998877"})
        ]
        other = self.make_student("Ada", "Else")
        self.make_guardian(other, first="Otto", last="Else", mobile="555-010-9999")
        for domain in (
            [("guardian_link_ids.guardian_id.name", "ilike", "quint")],
            [("guardian_phone", "ilike", "0101234")],
            [("guardian_phone", "ilike", "555.010.12")],
            [("identifier_ids.value", "ilike", "9988")],
        ):
            found = self.own["pact.student"].search(domain)
            self.assertEqual(found, self.student, domain)
        self.assertFalse(
            self.own["pact.student"].search([("guardian_phone", "ilike", "x")])
        )

    def test_custody_in_plain_words(self):
        self.make_guardian(
            self.student.sudo(),
            first="Luis",
            custody_restriction="no_contact",
            custody_note="Court order of Feb 2, 2026.",
        )
        self.make_guardian(self.student.sudo(), first="Ana")
        self.assertEqual(
            self.student.custody_notice,
            "Luis Rivera may have no contact with this student. "
            "Court order of Feb 2, 2026.",
        )

    def test_saves_a_guardian_with_a_child_at_another_school(self):
        """The other child is not named, neither in the list nor after a save."""
        link = self.make_guardian(self.student.sudo())
        other = self.make_student("Ada", "Else", school=self.other_school)
        link.copy({"student_id": other.id})
        self.env.invalidate_all()
        guardian = link.guardian_id.with_env(self.own)
        self.assertEqual(guardian.student_names, "Maya Rivera")
        self.env.invalidate_all()
        lines = {"fields": {"student_id": {"fields": {"display_name": {}}}}}
        [values] = guardian.web_save(
            {"needs_interpreter": True}, {"student_link_ids": lines}
        )
        names = [
            row["student_id"]["display_name"] for row in values["student_link_ids"]
        ]
        self.assertEqual(names, ["Maya Rivera"])

    def test_teacher_finds_by_number_and_sees_no_guardian(self):
        homeroom = self.env["pact.homeroom"].create(
            {"name": "12", "school_id": self.school.id, "year_id": self.years[1].id}
        )
        self.student.sudo().enrollment_ids.homeroom_id = homeroom
        self.student.sudo().identifier_ids = [
            (0, 0, {"source_id": self.source.id, "value": "998877"})
        ]
        teacher = self.make_user("teacher", "teacher", homeroom)
        students = self.env(user=teacher)["pact.student"]
        found = students.name_search("9988")
        self.assertEqual([row[0] for row in found], self.student.ids)
        with self.assertRaises(AccessError):
            students.browse(self.student.id).read(["custody_notice"])


@tagged("post_install", "-at_install")
class TestPeriodFilter(TruancyCommon):
    def test_period_follows_the_pinned_day(self):
        student = self.make_student()
        days = [TODAY - timedelta(days=n) for n in (0, 6, 7, 29, 30, 200)]
        events = self.make_events(student, days)
        for period, count in (("today", 1), ("week", 2), ("month", 4), ("year", 6)):
            found = events.search(
                [("period", "=", period), ("student_id", "=", student.id)]
            )
            self.assertEqual(len(found), count, period)

    def test_current_enrollment_and_assignment(self):
        student = self.make_student(exit_date=TODAY)
        enrollments = student.enrollment_ids
        self.assertTrue(enrollments.is_current)
        self.assertIn(enrollments, enrollments.search([("is_current", "=", True)]))
        enrollments.exit_date = TODAY - timedelta(days=1)
        self.assertFalse(enrollments.is_current)
        self.assertIn(enrollments, enrollments.search([("is_current", "=", False)]))
