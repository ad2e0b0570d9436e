import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .intake_common import IntakeCommon

HEAD = "student_id,school,date,code\n"


@tagged("post_install", "-at_install")
class TestIntakeRights(IntakeCommon):
    def test_out_of_reach_and_unknown_are_told_alike(self):
        """GEN-05: a row of another school is answered like one that does not exist."""
        job = self.bring_in(
            HEAD + "009900,0099,2026-03-02,UNX\n"  # exists, not served
            "009900,0012,2026-03-02,UNX\n"
            "004821,0099,2026-03-02,UNX\n"
            "777777,0012,2026-03-02,UNX\n"  # does not exist
            "004821,8888,2026-03-02,UNX\n"
            "004821,0012,2026-03-02,UNX\n"
        )
        self.assertCounts(job, new=1, rejected=5)
        problems = set(job.row_ids.filtered("problem").mapped("problem"))
        self.assertEqual(len(problems), 1, problems)
        self.assertFalse(self.events(self.stranger))

    def test_people_out_of_reach_are_not_touched(self):
        self.make_guardian(self.stranger, "Rae", "Sample")
        guardian = self.stranger.guardian_link_ids.guardian_id
        self.env["pact.guardian.identifier"].create(
            {"guardian_id": guardian.id, "source_id": self.source.id, "value": "G9"}
        )
        unknown = self.env["pact.import.loader"]._unknown()
        for kind, text in (
            (
                "guardian",
                "contact_id,student_id,first_name,last_name\nG9,004821,Rae,Stolen\n",
            ),
            (
                "guardian",
                "contact_id,student_id,first_name,last_name\nG8,009900,New,Link\n",
            ),
            ("enrollment", "student_id,school,entry_date\n009900,0012,2026-03-02\n"),
            ("enrollment", "student_id,school,entry_date\n777777,0012,2026-03-02\n"),
            ("enrollment", "student_id,school,entry_date\n004821,0099,2026-03-02\n"),
        ):
            job = self.bring_in(text, kind)
            self.assertCounts(job, rejected=1)
            self.assertEqual(job.row_ids.problem, unknown)
        text = "student_id,first_name,last_name\n009900,Stolen,Name\n"
        self.assertCounts(self.bring_in(text, "student"), rejected=1)
        self.assertEqual(self.stranger.name, "Sam Sample")
        self.assertEqual(guardian.name, "Rae Sample")
        self.assertFalse(self.maya.guardian_link_ids)

    def test_covered_schools_are_the_persons_own(self):
        job = self.read_file(HEAD + "004821,0012,2026-03-02,UNX\n")
        self.assertEqual(job.allowed_school_ids, self.school)
        with self.assertRaises(AccessError):
            job.school_ids = self.school | self.other_school

    def test_system_of_another_district(self):
        source = self.env["pact.source"].create(
            {"name": "Far SIS", "code": "far", "district_id": self.other_district.id}
        )
        job = (
            self.env["pact.import.job"]
            .with_user(self.secretary)
            .create(
                {
                    "kind": "attendance",
                    "source_id": source.id,
                    "file": base64.b64encode(b"student_id,date,code\n1,2026-03-02,A\n"),
                }
            )
        )
        with self.assertRaises(UserError):
            job.action_read()

    def test_who_sees_an_import(self):
        """GEN-05: the maker, and coordinators of all its schools; nobody else."""
        job = self.bring_in(
            HEAD + "004821,0012,2026-03-02,UNX\n777,0012,2026-03-02,UNX\n"
        )
        other = self.make_user("other", "school_staff", self.other_school)
        employee = self.make_user("employee")
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", "pact.import.job"), ("res_field", "=", "file")])
            .filtered(lambda a: a.res_id == job.id)
        )
        self.assertTrue(attachment)
        for user in (self.secretary, self.coordinator):
            mine = job.with_user(user)
            self.assertTrue(mine.file)
            self.assertTrue(mine.row_ids.mapped("label"))
            self.assertTrue(mine._rejected_csv())
            self.assertTrue(attachment.with_user(user).read(["name"]))
        for user in (self.principal, other, employee):
            with self.assertRaises(AccessError):
                job.with_user(user).read(["file"])
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(["datas"])
            with self.assertRaises(AccessError):
                job.row_ids.with_user(user).read(["label"])
        with self.assertRaises(AccessError):
            job.with_user(self.coordinator).action_apply()
        # a coordinator of one of two schools does not see it
        wide = self.env["pact.import.job"].create(
            {
                "kind": "attendance",
                "source_id": self.source.id,
                "school_ids": [(6, 0, (self.school | self.other_school).ids)],
            }
        )
        with self.assertRaises(AccessError):
            wide.with_user(self.coordinator).read(["name"])

    def test_a_right_that_ended_ends_here_too(self):
        job = self.bring_in(HEAD + "004821,0012,2026-03-02,UNX\n")
        self.make_user("x", "school_staff", self.sister_school)
        assignment = self.env["pact.assignment"].search(
            [("user_id", "=", self.secretary.id)]
        )
        self.env["pact.assignment"].create(
            {
                "user_id": self.secretary.id,
                "role": "school_staff",
                "school_id": self.sister_school.id,
            }
        )
        assignment.unlink()
        with self.assertRaises(AccessError):
            job.with_user(self.secretary).read(["name"])

    def test_only_the_import_sets_its_state(self):
        job = self.read_file(HEAD + "004821,0012,2026-03-02,UNX\n")
        for values in ({"state": "applied"}, {"fingerprint": "x"}, {"new_count": 1}):
            with self.assertRaises(AccessError):
                job.write(values)
        with self.assertRaises(AccessError):
            job.with_user(self.secretary).create(
                {"kind": "attendance", "state": "applied"}
            )
        with self.assertRaises(UserError):
            job.action_apply()
        job.action_preview()
        job.action_apply()
        with self.assertRaises(UserError):
            job.file_name = "other.csv"
        with self.assertRaises(UserError):
            job.unlink()

    def test_mapping_after_the_preview_asks_for_a_new_one(self):
        job = self.read_file(HEAD + "004821,0012,2026-03-02,Q7\n")
        job.action_preview()
        job.write(
            {"code_ids": [(1, job.code_ids.id, {"code_id": self.codes["UNX"].id})]}
        )
        self.assertEqual(job.state, "file")
        with self.assertRaises(UserError):
            job.action_apply()

    def test_profiles_are_kept_by_coordinators(self):
        job = self.bring_in(HEAD + "004821,0012,2026-03-02,Q7\n")
        profile = job.profile_id
        with self.assertRaises(AccessError):
            profile.with_user(self.secretary).name = "Mine"
        with self.assertRaises(AccessError):
            profile.code_ids.with_user(self.secretary).code_id = self.codes["UNX"]
        profile.with_user(self.coordinator).name = "Ours"
        self.assertEqual(profile.name, "Ours")

    def test_secretary_cannot_import_calendars(self):
        job = self.read_file(
            "school,date,calendarEvent\n0012,2026-03-02,Holiday\n", "calendar"
        )
        with self.assertRaises(AccessError):
            job.action_preview()

    def test_history_knows_file_person_and_counts(self):
        job = self.bring_in(HEAD + "004821,0012,2026-03-02,UNX\n")
        self.assertEqual(job.applied_by_id, self.secretary)
        self.assertEqual(len(job.sha256), 64)
        self.assertIn("1 new", job.result)
        self.assertEqual(self.events(self.maya).change_ids.create_uid, self.secretary)


@tagged("post_install", "-at_install")
class TestIntakeDownload(IntakeCommon, HttpCase):
    def test_rejected_rows_as_csv(self):
        """Original cells, line and reason; nothing that a spreadsheet would run."""
        job = self.bring_in(
            'student_id,school,date,code,comment\n=1+1,0012,2026-03-02,UNX,"@a, -b"\n'
            "004821,0012,2026-03-02,UNX,+ok\n"
        )
        url = f"/pact/import/{job.id}/rejected.csv"
        self.authenticate("secretary", "secretary")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("text/csv", answer.headers["Content-Type"])
        lines = answer.content.decode("utf-8-sig").splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[0], "Line,Reason,student_id,school,date,code,comment")
        self.assertTrue(lines[1].startswith("2,"))
        self.assertTrue(lines[1].endswith(",'=1+1,0012,2026-03-02,UNX,\"'@a, -b\""))
        self.authenticate("principal", "principal")
        self.assertEqual(self.url_open(url).status_code, 404)
