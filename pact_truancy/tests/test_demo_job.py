import base64
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from odoo.addons.pact_truancy.models.demo.staff import LOGINS
from odoo.addons.pact_truancy.models.facts.units import DAY


@tagged("post_install", "-at_install")
class TestDemoJob(TransactionCase):
    """What ./pact demo does after the data are there, at a small scale."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.demo = cls.env["pact.demo"]
        cls.demo._load(day=date(2026, 11, 23), scale=0.02)
        cls.result = cls.demo._run_main_job()

    def state(self):
        models = ("pact.flag", "pact.case", "pact.letter", "pact.import.job")
        models += ("pact.attendance.event", "pact.attendance.change")
        models += ("pact.attendance.note", "pact.student", "pact.student.transfer")
        return {model: self.env[model].search([]).ids for model in models}

    def test_main_job_finds_and_drafts(self):
        program = self.env.ref("pact_truancy.program_r21")
        self.assertGreater(self.result["students"], 20)
        self.assertGreaterEqual(self.result["flags"][program.name], 3)
        self.assertGreater(self.result["letters"], 0)
        jobs = self.env["pact.import.job"].search([])
        self.assertEqual(set(jobs.mapped("state")), {"applied"})
        # the one of the file of students waits for the office: a proposed transfer
        attendance = jobs.filtered(lambda job: job.kind == "attendance")
        self.assertEqual(sum(attendance.mapped("rejected_count")), 0)
        self.assertGreater(sum(jobs.mapped("new_count")), 0)
        managers = self.env["pact.case"].search([]).manager_id
        self.assertTrue(managers)

    def test_what_lies_on_the_desks(self):
        self.assertTrue(self.env["pact.attendance.note"].search([]))
        self.assertEqual(self.env["pact.student.duplicate"].search([]).state, "open")
        self.assertEqual(self.env["pact.student.transfer"].search([]).kind, "name")
        profile = self.env["pact.import.profile"].search([("is_unattended", "=", True)])
        self.assertEqual(profile.run_status, "late")
        self.assertTrue(profile.activity_ids)

    def test_lists_show_what_the_files_brought(self):
        """In the demo no scheduled job follows: list and page must agree already."""
        day = self.env["pact.clock"]._today()
        self.assertFalse(self.env["pact.student.summary"]._differences(day))

    def test_second_call_changes_nothing(self):
        before = self.state()
        again = self.demo._run_main_job()
        self.assertEqual(self.state(), before)
        for key in ("students", "flags", "letters"):
            self.assertEqual(again[key], self.result[key])

    def test_sample_file_brings_one_more_flag(self):
        """A newcomer uploads the day that is missing, as the school's secretary."""
        plan = self.demo._plan()
        key = plan.attendance.aimed["sample"][0]
        student = (
            self.env["pact.student.identifier"]
            .search([("value", "=", plan.attendance.student[key].state_id)])
            .student_id
        )
        flags = self.env["pact.flag"]
        self.assertFalse(flags.search([("student_id", "=", student.id)]))
        secretary = self.env.ref("pact_truancy.demo_user_linda_kowalczyk")
        with TemporaryDirectory() as folder:
            path = Path(self.demo._write_sample_file(folder))
            self.assertEqual(path.name, f"attendance_{plan.today}.csv")
            content = path.read_bytes()
        job = (
            self.env["pact.import.job"]
            .with_user(secretary)
            .create(
                {
                    "source_id": self.env.ref("pact_truancy.demo_source_101").id,
                    "file": base64.b64encode(content),
                    "file_name": path.name,
                }
            )
        )
        job.action_next()
        self.assertEqual(job.state, "preview", "the mapping is remembered")
        job.action_apply()
        self.env.ref("pact_truancy.program_r21")._screen(plan.today)
        flag = flags.search([("student_id", "=", student.id)])
        self.assertEqual((flag.state, flag.value), ("open", 9 * DAY))

    def test_log_ins(self):
        logins = self.demo._set_passwords()
        self.assertEqual(len(logins), sum(map(len, LOGINS.values())) + 1)
        self.assertEqual(logins[-1]["login"], self.env.ref("base.user_admin").login)
        self.assertEqual(len({login["password"] for login in logins}), len(logins))
        for login in logins:
            self.assertGreaterEqual(len(login["password"]), 12)
            self.assertTrue(login["name"] and login["role"])

    def test_refused_without_demo_data(self):
        self.env["ir.config_parameter"].set_param("pact_truancy.demo_plan", False)
        with self.assertRaisesRegex(UserError, "no demo data"):
            self.demo._run_main_job()
