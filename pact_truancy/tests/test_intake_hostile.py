import os
from datetime import date

from openpyxl import Workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.intake.workbook import text_cell

from .unattended_common import HEAD, UnattendedCommon

DAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
class TestIntakeHostile(UnattendedCommon):
    """Imports by somebody who wants more than the own schools."""

    # -- attendance of other schools ---------------------------------------------------

    def by_row_number(self, text, **values):
        job = self.read_file("id,student_id,school,date,code\n" + text, **values)
        meaning = self.env.ref("pact_truancy.import_field_attendance_row_id")
        job.column_ids.filtered(lambda c: c.header == "id").field_id = meaning
        job.action_preview()
        job.action_apply()
        return job

    def test_row_numbers_of_another_school(self):
        """GEN-05: a file takes back no row of a school that it does not cover, and
        names no child of it, whatever row numbers it gives."""
        there = self.make_user("there", "school_staff", self.sister_school)
        kid = self.make_student("Kim", "Sample", school=self.sister_school)
        self.name_student(kid, "004833")
        self.by_row_number(
            "7,004833,0013,2026-03-02,UNX\n8,004833,0013,2026-02-27,UNX\n",
            user=there,
            school_ids=[(6, 0, self.sister_school.ids)],
        )
        self.assertEqual(self.events(kid).mapped("source_key"), ["8", "7"])
        job = self.by_row_number(
            "7,004821,0012,2026-03-02,P\n8,004821,0012,2026-03-03,UNX\n"
        )
        self.assertNotIn("Kim", str(job.row_ids.mapped("label")))
        self.assertFalse(any(self.events(kid).mapped("is_withdrawn")))

    def test_more_than_a_day_names_no_other_school(self):
        """GEN-05: the reason says that there is more, not where and why."""
        self.make_events(self.maya, [DAY], "MED", school=self.other_school)
        job = self.bring_in(HEAD + f"004821,0012,{DAY},UNX\n")
        self.assertCounts(job, rejected=1)
        problem = job.row_ids.problem
        self.assertIn("UNX Lincoln Middle line 2", problem)
        self.assertIn("recorded at another school", problem)
        self.assertNotIn("River High", problem)
        self.assertNotIn("MED", problem)

    # -- files that came by themselves -------------------------------------------------

    def stopped_students(self):
        """A file of students that stopped; it names one of a school that its profile
        does not."""
        head = "student_id,first_name,last_name\n"
        job = self.bring_in(
            head + "004821,Maya,Rivera\n", "student", user=self.coordinator
        )
        profile = job.profile_id.with_env(self.env)
        self.profile.write({"folder": False, "accepts_upload": True})
        self.make_unattended(profile, self.school, mode=False, reject_limit=0)
        self.drop(head + "009900,Stolen,Name\n004821,May,Rivera\n")
        self.fetch()
        self.work()
        job = self.jobs()
        self.assertEqual(job.run_state, "stopped")
        return job.with_user(self.make_user("wide", "coordinator", self.county))

    def assertKeptToProfile(self, job):
        self.env.invalidate_all()
        self.assertEqual(job.state, "applied")
        self.assertEqual(self.maya.name, "May Rivera")
        self.assertEqual(self.stranger.name, "Sam Sample")

    def test_whoever_goes_on_keeps_to_the_profile(self):
        """GEN-05: what lies outside is unknown, to who serves more schools too."""
        job = self.stopped_students()
        job.action_preview()
        self.assertCounts(job, changed=1, rejected=1)
        job.action_apply()
        self.assertKeptToProfile(job)

    def test_whoever_overrides_keeps_to_the_profile(self):
        """The superuser, who took the file in, reaches everything."""
        job = self.stopped_students()
        self.patch(type(job), "_limit_reasons", lambda job: ["Too much."])
        job._override("It is right")
        self.assertEqual(job.override_by_id.login, "wide")
        self.assertKeptToProfile(job)

    def test_a_file_that_names_no_school_of_the_profile(self):
        """Who is responsible sees it while they serve the profile's schools."""
        self.drop(HEAD + "009900,0099,2026-03-02,UNX\n")
        self.fetch()
        self.work()
        job = self.jobs().with_user(self.coordinator)
        self.assertEqual(job.run_state, "stopped")
        self.assertTrue(job.file)
        rights = self.env["pact.assignment"]
        rights.search([("user_id", "=", self.coordinator.id)]).unlink()
        rights.create(
            {
                "user_id": self.coordinator.id,
                "role": "school_staff",
                "school_id": self.sister_school.id,
            }
        )
        with self.assertRaises(AccessError):
            job.read(["file"])

    def test_a_name_that_is_no_text_stops_nobody(self):
        """The folder of one partner must not stop those of others."""
        second = self.profile.copy({"name": "ZZ"})
        self.make_unattended(second, self.school, folder="second")
        place = self.folder.parent / "second"
        place.mkdir()
        (place / "absences.csv").write_text(HEAD + "004821,0012,2026-03-02,UNX\n")
        strange = os.fsencode(self.folder) + b"/absences\xff.csv"
        with open(strange, "w", encoding="utf-8") as stream:
            stream.write(HEAD)
        self.fetch()
        self.assertEqual(self.jobs().profile_id, second)

    def test_a_second_name_made_after_the_look(self):
        path = self.drop(HEAD + "004821,0012,2026-03-02,UNX\n")
        os.link(path, self.folder.parent / "of-somebody-else")
        with self.profile._opened_folder() as folder:
            self.assertFalse(self.profile._fetch_file(folder, "absences.csv"))

    def test_a_file_brought_for_one_school_still_comes_for_the_others(self):
        """A secretary applies the district's file by hand, for the own school."""
        other = self.make_student("Kim", "Sample", school=self.sister_school)
        self.name_student(other, "004833")
        self.make_unattended(self.profile, self.school | self.sister_school)
        text = HEAD + f"004821,0012,{DAY},UNX\n004833,0013,{DAY},UNX\n"
        mine = self.bring_in(text)
        self.assertEqual(mine.profile_id, self.profile)
        self.assertCounts(mine, new=1, rejected=1)
        self.drop(text)
        self.fetch()
        self.work()
        self.assertEqual(len(self.jobs()), 1)
        self.assertEqual(self.events(other).date, DAY)

    # -- other buttons -----------------------------------------------------------------

    def test_a_coordinator_enrolls_at_own_schools_alone(self):
        """GEN-05: one school of each of two districts is no right to all of them."""
        half = self.make_user("half", "coordinator", self.other_school)
        self.env["pact.assignment"].create(
            {
                "user_id": half.id,
                "role": "coordinator",
                "school_id": self.sister_school.id,
            }
        )
        head = "student_id,first_name,last_name,dob,school\n"
        self.bring_in(head + "001234,Sam,Sample,2012-10-10,0012\n", "student")
        transfer = self.env["pact.student.transfer"].search([]).with_user(half)
        transfer.entry_date = DAY
        with self.assertRaises(AccessError):
            transfer.action_confirm()
        transfer.to_school_id = self.sister_school
        transfer.action_confirm()

    def test_a_duplicate_shows_nothing_of_a_former_school(self):
        """GEN-05: codes are reasons; who may not decide sees who may."""
        double = self.make_student("Maya", "Rivera")
        for student in (self.maya, double):
            self.env["pact.enrollment"].create(
                {
                    "student_id": student.id,
                    "school_id": self.other_school.id,
                    "entry_date": "2024-09-01",
                    "exit_date": "2025-06-01",
                }
            )
            self.make_events(student, [DAY], "MED", school=self.other_school)
        self.env["pact.student.duplicate"]._find(double.ids)
        pair = self.env["pact.student.duplicate"].search(
            [("other_id", "=", double.id), ("student_id", "=", self.maya.id)]
        )
        wide = self.make_user("wide", "coordinator", self.county)
        self.assertIn("MED River High", pair.with_user(wide).preview)
        seen = pair.with_user(self.principal).preview
        self.assertNotIn("River High", seen)
        self.assertIn("coordinator of all schools", seen)

    def test_what_a_sheet_takes_for_a_formula(self):
        """Also behind a sign that no workbook can hold."""
        sheet = Workbook(write_only=True).create_sheet("A")
        cell = text_cell(sheet, "\x0b=1+1")
        self.assertEqual((cell.value, cell.data_type), ("'=1+1", "s"))

    def test_a_profile_of_another_system(self):
        """Neither are its limits the file's, nor does it learn the file's codes."""
        far = self.env["pact.source"].create({"name": "Far SIS", "code": "far"})
        lax = self.env["pact.import.profile"].create(
            {"name": "Lax", "source_id": far.id, "stop_percent": 100}
        )
        job = self.read_file(HEAD + f"004821,0012,{DAY},ZZZ\n")
        job.profile_id = lax
        self.assertFalse(job.profile_id)
        job.action_preview()
        job.action_apply()
        self.assertEqual(job.profile_id.source_id, self.source)
        self.assertFalse(lax.code_ids)

    def test_numbers_that_another_district_gives(self):
        """GEN-05: a former school does not learn that the child is there."""
        far = self.env["pact.source"].create(
            {"name": "Far", "code": "far", "district_id": self.other_district.id}
        )
        self.env["pact.student.identifier"].create(
            {"student_id": self.maya.id, "source_id": far.id, "value": "F-1"}
        )
        self.env["pact.attendance.event"].with_user(self.secretary).create(
            {
                "student_id": self.maya.id,
                "school_id": self.school.id,
                "date": DAY,
                "code_id": self.codes["MED"].id,
            }
        )
        lists = self.env["pact.correction.list"].with_user(self.secretary)
        self.assertFalse(list(lists.create({"source_id": far.id})._event_rows()))
        self.assertEqual(
            [
                row[0]
                for row in lists.create({"source_id": self.source.id})._event_rows()
            ],
            ["004821"],
        )

    def test_explain_of_what_is_no_question(self):
        """A refusal in words, whatever a client sends."""
        maya = self.maya.with_user(self.secretary)
        for question in (
            (["absent"], "year"),
            ("absent", ["year"]),
            ("absent", "previous", 10**12),
            ("absent", "previous", "30"),
            ("absent", "year", 0, {}),
            ("absent", "year", 0, "plain", ["days"]),
            ("absent", "year", 0, "program", "days", 10**9),
            ("absent", "year", 0, "program", "days", "1 OR 1"),
            ("absent", "year", 0, "program", "days", [1, 2]),
        ):
            with self.subTest(question=question), self.assertRaises(UserError):
                maya.explain(*question)
        with self.assertRaises(AccessError):
            self.stranger.with_user(self.secretary).explain("absent", "year")

    def test_what_the_app_keeps_of_a_student(self):
        """A read-only field keeps no client from writing: a child emptied of its
        school, homeroom or numbers would be missed."""
        maya = self.maya.with_user(self.secretary)
        for values in (
            {"school_id": False},
            {"homeroom_id": False},
            {"grade": False},
            {"match_key": False},
            {"summary_id": False},
            {"merged_into_id": self.theo.id},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                maya.write(values)
        maya.write({"preferred_name": "May"})
        self.assertEqual(maya.name, "Maya Rivera")

    def test_a_reference_that_no_text_can_hold(self):
        profiles = self.env["pact.import.profile"]
        self.assertFalse(profiles._by_key("a\0b", "key"))
