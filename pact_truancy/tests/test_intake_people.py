from datetime import date

from odoo.tests import tagged

from odoo.addons.pact_truancy.models.intake.wide import split_name

from .intake_common import IntakeCommon


@tagged("post_install", "-at_install")
class TestIntakePeople(IntakeCommon):
    def student(self, value):
        return (
            self.env["pact.student.identifier"]
            .search([("source_id", "=", self.source.id), ("value", "=", value)])
            .student_id
        )

    def test_students_by_number_never_by_name(self):
        head = "Student ID,First Name,Last Name,DOB,Home Language\n"
        text = head + "000001,Maya,Rivera,10/10/2012,Spanish\n004822,Theo,Changed,,\n"
        job = self.bring_in(text, "student", date_format="us")
        self.assertCounts(job, new=1, changed=1)
        new = self.student("000001")
        self.assertNotEqual(new, self.maya)
        self.assertEqual(new.birth_date, date(2012, 10, 10))
        self.assertEqual(new.lang_id.code[:2], "es")
        self.assertEqual(self.theo.name, "Theo Changed")
        # the empty cell left what was there
        self.assertEqual(self.theo.birth_date, date(2012, 10, 10))
        row = job.row_ids.filtered(lambda row: row.operation == "changed")
        self.assertEqual(row.before, "Last Name: Example")
        again = self.bring_in(text, "student")
        self.assertCounts(again, unchanged=2)

    def test_students_rejected(self):
        text = (
            "Student ID,First Name,Last Name,DOB\n"
            "000001,,Nameless,\n,No,Number,\n000002,Two,Ways,\n000002,Too,Ways,\n"
            "000003,Born,Late,2099-01-01\n000004,Born,Never,soon\n"
        )
        job = self.bring_in(text, "student", date_format="iso")
        self.assertCounts(job, new=1, rejected=5)

    def test_enrollments(self):
        head = "student_id,school,grade,entry_date,exit_date,homeroom\n"
        self.bring_in("student_id,first_name,last_name\n000001,New,Comer\n", "student")
        text = head + "000001,0012,7,2026-01-12,,7B\n004822,0012,8,2024-08-26,,\n"
        job = self.bring_in(text, "enrollment")
        self.assertCounts(job, new=1, unchanged=1)
        new = self.student("000001")
        self.assertEqual((new.school_id, new.grade), (self.school, "07"))
        self.assertEqual(new.homeroom_id.name, "7B")
        self.assertCounts(self.bring_in(text, "enrollment"), unchanged=2)
        # the entry day is corrected, the exit day comes and goes
        moved = head + "000001,0012,7,2026-01-13,2026-02-27,7B\n"
        self.assertCounts(self.bring_in(moved, "enrollment"), changed=1)
        self.assertEqual(len(new.enrollment_ids), 1)
        self.assertEqual(new.enrollment_ids.exit_date, date(2026, 2, 27))
        back = head + "000001,0012,7,2026-01-13,,7B\n"
        self.assertCounts(self.bring_in(back, "enrollment"), changed=1)
        self.assertFalse(new.enrollment_ids.exit_date)

    def test_an_exit_takes_events_out_of_the_count(self):
        self.make_events(self.maya, [date(2026, 3, 2)])
        event = self.maya.event_ids
        self.assertTrue(event.is_counted)
        job = self.bring_in(
            "student_id,school,entry_date,exit_date\n"
            "004821,0012,2024-08-26,2026-02-27\n",
            "enrollment",
        )
        self.assertCounts(job, changed=1)
        self.assertFalse(event.is_counted)

    def test_enrollments_rejected(self):
        text = (
            "student_id,school,grade,entry_date,exit_date\n"
            "004821,0012,8,2026-01-12,2026-01-11\n004822,0012,ninety,2026-01-12,\n"
            "004822,0012,8,,\n"
        )
        job = self.bring_in(text, "enrollment", date_format="iso")
        self.assertCounts(job, rejected=3)

    def test_guardians_without_number_use_the_place(self):
        """The same name twice stays two people; '004821/1' names the first."""
        text = (
            "student_id,first_name,last_name,relationship,phone,lives_with\n"
            "004821,Ana,Rivera,Mother,555-0100,Y\n"
            "004821,Ana,Rivera,Grandmother,555-0101,N\n"
            "004822,Ana,Rivera,Guardian,555-0100,Y\n"
        )
        partners = self.env["res.partner"].search_count([])
        job = self.bring_in(text, "guardian")
        self.assertCounts(job, new=3)
        links = self.maya.guardian_link_ids
        self.assertEqual(len(links.guardian_id), 2)
        self.assertEqual(
            sorted(links.guardian_id.identifier_ids.mapped("value")),
            ["004821/1", "004821/2"],
        )
        self.assertEqual(set(links.mapped("relationship")), {"mother", "grandparent"})
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertCounts(self.bring_in(text, "guardian"), unchanged=3)

    def test_guardian_of_two_children(self):
        text = (
            "contact_id,student_id,first_name,last_name,relationship,email\n"
            "G1,004821,Ana,Rivera,Mother,ana@example.com\n"
            "G1,004822,Ana,Rivera,Aunt,ana@example.com\n"
        )
        job = self.bring_in(text, "guardian")
        self.assertCounts(job, new=2)
        self.assertEqual(
            self.maya.guardian_link_ids.guardian_id,
            self.theo.guardian_link_ids.guardian_id,
        )
        changed = text.replace("ana@", "ana.r@")
        job = self.bring_in(changed, "guardian")
        self.assertCounts(job, changed=1, unchanged=1)
        differing = text.replace("Aunt,ana@", "Aunt,other@")
        self.assertCounts(self.bring_in(differing, "guardian"), changed=1, rejected=1)

    def test_one_wide_row_a_student(self):
        """Several contacts in one row; who is not family gets no letters unasked."""
        text = (
            "Student ID,Contact 1 Name,Contact 1 Phone,Contact 1 Relationship,"
            "Contact 2 First Name,Contact 2 Last Name,Contact 2 Relationship,"
            "Contact 2 Email,Contact 3 Name,Contact 3 Relationship,Contact 3 Phone\n"
            '004821,"Rivera, Ana Maria",555-0100,Mother,Luis,Rivera,Father,'
            "luis@example.com,Nell Next,Neighbor,555-0102\n"
            "004822,Bo Example,555-0103,Father,,,,,,,\n"
        )
        job = self.bring_in(text, "guardian")
        self.assertCounts(job, new=4)
        links = self.maya.guardian_link_ids.sorted("id")
        self.assertEqual(
            links.guardian_id.mapped("name"),
            ["Ana Maria Rivera", "Luis Rivera", "Nell Next"],
        )
        self.assertEqual(links[0].guardian_id.last_name, "Rivera")
        self.assertEqual(links[1].email, "luis@example.com")
        self.assertEqual(links.mapped("receives_mail"), [True, True, False])
        self.assertEqual(links[2].has_education_rights, False)
        self.assertEqual(
            links.guardian_id.identifier_ids.mapped("value"),
            ["004821/1", "004821/2", "004821/3"],
        )
        self.assertCounts(self.bring_in(text, "guardian"), unchanged=4)
        changed = text.replace("luis@", "l.rivera@")
        self.assertCounts(self.bring_in(changed, "guardian"), changed=1, unchanged=3)

    def test_an_empty_flag_gets_the_default(self):
        """Beside a row that says 'no', an empty cell is no 'no'."""
        text = (
            "contact_id,student_id,first_name,last_name,receives_mail\n"
            "G1,004821,Ana,Rivera,N\nG2,004821,Luis,Rivera,\n"
        )
        self.bring_in(text, "guardian")
        links = self.maya.guardian_link_ids.sorted("id")
        self.assertEqual(links.mapped("receives_mail"), [False, True])
        self.assertEqual(links.mapped("lives_with"), [True, True])

    def test_split_name(self):
        self.assertEqual(split_name("Ana Maria Rivera"), ("Ana Maria", "Rivera"))
        self.assertEqual(split_name("Rivera, Ana"), ("Ana", "Rivera"))
        self.assertEqual(split_name("Cher"), ("", "Cher"))

    def test_contacts_and_links_in_two_files(self):
        contacts = "contactUniqueId,firstName,lastSurname\nG1,Ana,Rivera\n"
        self.assertCounts(self.bring_in(contacts, "guardian"), new=1)
        links = "studentUniqueId,contactRef,relation\n004821,G1,Mother\n"
        self.assertCounts(self.bring_in(links, "guardian"), new=1)
        self.assertEqual(self.maya.guardian_link_ids.guardian_id.name, "Ana Rivera")
        self.assertCounts(self.bring_in(links, "guardian"), unchanged=1)

    def test_protected_address_stays_protected(self):
        """GEN-02: an address that is protected never enters the open fields."""
        head = "contact_id,student_id,first_name,last_name,street,city,zip\n"
        text = head + "G1,004821,Ana,Rivera,1 Old Street,Sampleton,60000\n"
        self.bring_in(text, "guardian")
        guardian = self.maya.guardian_link_ids.guardian_id
        self.assertEqual(guardian.street, "1 Old Street")
        guardian.address_protected = True
        new = text.replace("1 Old Street", "9 Hidden Road")
        job = self.bring_in(new, "guardian")
        self.assertCounts(job, changed=1)
        self.assertFalse(guardian.street)
        self.assertFalse(guardian.address_key)
        kept = self.env["pact.guardian.address"]._texts(guardian.ids)
        self.assertIn("9 Hidden Road", kept[guardian.id])
        row = job.row_ids
        self.assertNotIn("Hidden", f"{row.before}{row.after}{row.label}")
        self.assertCounts(self.bring_in(new, "guardian"), unchanged=1)

    def test_restriction_in_words_holds_information_back(self):
        text = (
            "contact_id,student_id,first_name,last_name,contactRestrictions\n"
            "G1,004821,Ana,Rivera,Court order: no contact\n"
        )
        self.bring_in(text, "guardian")
        link = self.maya.guardian_link_ids
        self.assertEqual(link.custody_restriction, "no_information")
        # a person read it and decided otherwise: the next file leaves that
        link.custody_restriction = "none"
        self.assertCounts(self.bring_in(text, "guardian"), unchanged=1)

    def test_calendar(self):
        school = self.make_school(
            "Pine High", self.district, code="0014", calendar_id=False
        )
        self.make_user("pine", "school_admin", school)
        user = self.env["res.users"].search([("login", "=", "pine")])
        head = "school,date,calendarEvent\n"
        text = head + (
            "0014,2026-03-02,Instructional day\n0014,2026-03-03,Holiday\n"
            "0014,2026-03-04,Make-up day\n0014,2026-03-05,Teacher only day\n"
            "0014,2026-03-05,Instructional day\n"
        )
        job = self.bring_in(text, "calendar", user=user)
        self.assertCounts(job, new=4)
        days = school.calendar_id.day_ids.sorted("date")
        self.assertEqual(
            days.mapped("kind"), ["instruction", "holiday", "make_up", "instruction"]
        )
        self.assertEqual(days.mapped("day_index"), [1, 0, 2, 3])
        closed = text.replace("2026-03-02,Instructional day", "2026-03-02,Weather day")
        job = self.bring_in(closed, "calendar", user=user)
        self.assertCounts(job, changed=1, unchanged=3)
        self.assertEqual(days.mapped("day_index"), [0, 0, 1, 2])
        self.assertCounts(self.bring_in(closed, "calendar", user=user), unchanged=4)
        wrong = head + "0014,2019-03-02,Holiday\n0014,2026-03-09,Whatever\n"
        self.assertCounts(self.bring_in(wrong, "calendar", user=user), rejected=2)

    def test_shared_calendar_is_not_changed_by_one_school(self):
        job = self.bring_in(
            "school,date,calendarEvent\n0012,2026-03-02,Holiday\n",
            "calendar",
            user=self.principal,
        )
        self.assertCounts(job, rejected=1)
        self.assertIn("shared", job.row_ids.problem)
