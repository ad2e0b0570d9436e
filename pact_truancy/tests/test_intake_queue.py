from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .unattended_common import DAY, HEAD, UnattendedCommon

QUEUE = "odoo.addons.pact_truancy.models.intake.pact_import_queue"


@tagged("post_install", "-at_install")
class TestIntakeQueue(UnattendedCommon):
    """Imports in the background: big ones, and those that came by themselves."""

    def big(self, text=DAY, user=None):
        """An uploaded file above the size."""
        parameter = self.env["ir.config_parameter"]
        job = self.read_file(text, user=user)
        parameter.set_param("pact_truancy.import_background_mb", 0)
        job.invalidate_recordset(["is_big"])
        return job

    def queued(self, text=DAY):
        job = self.profile._receive("absences.csv", text.encode(), "upload")
        self.env.flush_all()
        return job

    def test_a_small_file_is_done_at_once(self):
        job = self.read_file(DAY)
        job.action_next()
        self.assertEqual(job.state, "preview")
        job.action_start_apply()
        self.assertEqual(job.state, "applied")
        self.assertFalse(job.run_state)

    def test_a_big_file_in_the_background(self):
        job = self.big()
        job.action_next()
        self.assertEqual((job.state, job.run_state), ("file", "queued"))
        self.assertTrue(job.run_text)
        with self.assertRaisesRegex(UserError, "in the background"):
            job.action_preview()
        with self.assertRaisesRegex(UserError, "in the background"):
            job.write({"mode": "replace"})
        self.work()
        self.assertEqual((job.state, job.run_state), ("preview", "done"))
        # the person who uploaded is told, and what is left is their task
        self.assertEqual(job.activity_ids.user_id, self.secretary)
        self.assertEqual(job.activity_user_id, self.secretary)
        self.assertFalse(self.events(self.theo))
        job.action_start_apply()
        self.assertFalse(job.activity_ids)
        self.assertEqual(job.run_state, "queued")
        self.work()
        self.assertEqual((job.state, job.run_state), ("applied", "done"))
        self.assertEqual(job.applied_by_id, self.secretary)
        self.assertFalse(job.activity_ids)

    def test_it_runs_with_the_rights_of_who_started_it(self):
        """GEN-05"""
        job = self.big(
            HEAD + "009900,0099,2026-03-02,UNX\n004821,0012,2026-03-02,UNX\n"
        )
        job.action_next()
        self.work()
        job.action_start_apply()
        self.work()
        self.assertCounts(job, new=1, rejected=1)
        self.assertFalse(self.events(self.stranger))
        # and no longer than these rights last
        job = self.big()
        job.action_next()
        assignments = self.env["pact.assignment"]
        assignments.search([("user_id", "=", self.secretary.id)]).unlink()
        self.work()
        self.assertEqual(job.with_env(self.env).run_state, "stopped")

    def test_it_can_be_taken_out(self):
        job = self.big()
        job.action_next()
        job.action_leave_queue()
        self.assertFalse(job.run_state)
        self.work()
        self.assertEqual(job.state, "file")

    def test_nobody_writes_how_it_runs(self):
        job = self.read_file(DAY)
        for name, value in (
            ("run_state", "queued"),
            ("run_by_id", self.coordinator.id),
            ("unattended", True),
            ("responsible_id", self.secretary.id),
        ):
            with self.assertRaises(AccessError, msg=name):
                job.write({name: value})
            with self.assertRaises(AccessError, msg=name):
                job.create({"kind": "attendance", name: value})

    def test_the_context_widens_nothing(self):
        job = self.read_file(HEAD + "009900,0099,2026-03-02,UNX\n")
        job = job.with_context(
            pact_import_schools=self.other_school.ids, pact_import_run=True
        )
        job.action_preview()
        self.assertCounts(job, rejected=1)

    def test_steps_are_resumed_after_a_kill(self):
        job = self.queued()
        with patch.object(type(job), "_import_at_once", side_effect=SystemExit):
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                try:
                    self.env(cr=cr)["pact.import.job"]._cron_run()
                except SystemExit:
                    cr.rollback()
        self.assertEqual((job.state, job.run_state), ("file", "running"))
        self.assertEqual(job.run_step, "preview", "the file was read already")
        self.assertFalse(self.events(self.theo))
        self.work()
        self.assertEqual((job.state, job.run_state), ("applied", "done"))

    def test_what_kills_every_worker_is_given_to_a_person(self):
        job = self.queued()
        job.run_attempts = 5
        self.work()
        self.assertEqual(job.run_state, "stopped")
        self.assertEqual(len(self.tasks()), 1)

    def test_a_race_is_tried_again(self):
        job = self.queued()
        race = psycopg2.errors.SerializationFailure
        with patch.object(type(job), "_import_at_once", side_effect=race):
            self.work()
        self.assertEqual((job.state, job.run_state), ("file", "running"))
        self.assertEqual(job.run_attempts, 0)
        self.work()
        self.assertEqual(job.state, "applied")

    @mute_logger(QUEUE)
    def test_one_that_breaks_does_not_stop_the_others(self):
        job = self.queued()
        other = self.big()
        other.action_next()
        with patch.object(type(job), "_run_read", side_effect=ValueError):
            self.work()
        self.assertEqual(job.run_state, "stopped")
        self.assertNotIn("ValueError", job.run_problem)
        self.assertEqual(other.state, "preview")

    def test_facts_that_changed_since_the_preview_are_looked_at_again(self):
        job = self.big()
        job.action_next()
        self.work()
        job.action_start_apply()
        self.assertEqual(job.run_state, "queued")
        self.bring_in(DAY, user=self.coordinator)
        self.work()
        self.assertEqual((job.state, job.run_state), ("preview", "stopped"))
        self.assertTrue(job.run_problem)
        self.assertEqual(job.activity_ids.user_id, self.secretary)

    def test_what_stops_it_is_told_on_the_import_only(self):
        job = self.queued()
        problem = UserError("Maya")
        with patch.object(type(job), "_import_at_once", side_effect=problem):
            self.work()
        self.assertEqual(job.run_state, "stopped")
        self.assertEqual(job.run_problem, "Maya")
        task = self.tasks()
        told = f"{task.summary} {task.note} {self.profile.last_result}"
        self.assertNotIn("Maya", told + (self.profile.task_text or ""))

    def test_too_many_rejected_rows_wait_for_a_person(self):
        rows = "004821,0012,2026-03-02,UNX\n777777,0012,2026-03-02,UNX\n"
        self.profile.reject_limit = 49
        job = self.queued(HEAD + rows)
        self.work()
        self.assertEqual((job.state, job.run_state), ("preview", "stopped"))
        task = self.tasks()
        self.assertEqual(task.user_id, self.coordinator)
        self.assertIn("1 of 2", task.note)
        self.assertNotIn("Maya", f"{task.summary} {task.note}")
        # the coordinator of its schools looks and applies it
        own = job.with_user(self.coordinator)
        own.action_apply()
        self.assertEqual((job.state, job.run_state), ("applied", "done"))
        self.assertEqual(self.profile.day_ids.state, "rejected", "a row is open")
        job.row_ids.filtered("problem")._decide("dismissed", "Left")
        self.assertEqual(self.profile.day_ids.state, "ok")
        self.assertFalse(self.tasks())

    def test_exactly_the_limit_passes(self):
        rows = "004821,0012,2026-03-02,UNX\n777777,0012,2026-03-02,UNX\n"
        self.profile.reject_limit = 50
        job = self.queued(HEAD + rows)
        self.work()
        self.assertEqual(job.state, "applied")

    def test_who_sees_what_came_by_itself(self):
        """GEN-05: its coordinators and who is responsible, for schools of theirs."""
        job = self.queued()
        self.assertTrue(job.with_user(self.coordinator).has_access("write"))
        for user in (self.secretary, self.principal, self.admin):
            self.assertFalse(job.with_user(user).has_access("read"), user.login)
        other = self.make_user("other", "coordinator", self.other_district)
        self.assertFalse(job.with_user(other).has_access("read"))
        self.profile.user_id = self.principal
        job = self.queued(DAY + "004821,0012,2026-02-27,UNX\n")
        self.assertTrue(job.with_user(self.principal).has_access("write"))
        self.assertFalse(job.with_user(self.secretary).has_access("read"))
        with self.assertRaisesRegex(UserError, "stays as it came"):
            job.run_state = "stopped"
            job.with_user(self.principal).write({"file_name": "other.csv"})
        job.school_ids += self.other_school
        self.assertFalse(job.with_user(self.principal).has_access("read"))

    def test_files_of_a_profile_are_taken_in_order(self):
        first, second = (
            self.queued(),
            self.queued(HEAD + "004821,0012,2026-03-02,EXC\n"),
        )
        found = self.env["pact.import.job"]._next_job()
        self.assertEqual(found, first)
        self.assertFalse(found._next_job(tried=found.ids), "not before the first")
        self.work()
        self.assertEqual((first | second).mapped("state"), ["applied", "applied"])
        held = self.events(self.maya).filtered(lambda e: str(e.date) == "2026-03-02")
        self.assertEqual(held.code_id.code, "EXC")

    def test_an_unattended_run_teaches_the_profile_nothing(self):
        columns = self.profile.column_ids.mapped("header")
        text = "student_id,school,date,code,extra\n004821,0012,2026-03-02,UNX,1\n"
        job = self.queued(text)
        self.work()
        self.assertEqual(job.state, "applied", job.run_problem)
        self.assertEqual(self.profile.column_ids.mapped("header"), columns)

    def test_a_missing_column_waits_for_a_person(self):
        job = self.queued("student_id,school,day\n004821,0012,2026-03-02\n")
        self.work()
        self.assertEqual(job.run_state, "stopped")
        self.assertEqual(self.profile.day_ids.state, "stopped")
        self.assertIn("column", job.run_problem)
        self.assertNotIn("column", self.tasks().note)

    def test_schools_without_a_row_are_not_received(self):
        self.make_unattended(self.profile, self.school | self.sister_school)
        job = self.queued()
        self.work()
        self.assertEqual(job.state, "applied", job.run_problem)
        self.assertEqual(job.school_ids, self.school)
        self.assertEqual(job.missing_school_ids, self.sister_school)
        self.assertEqual(self.profile.day_ids.state, "partial")
        self.profile.covers_all = True
        job = self.queued(DAY + "004821,0012,2026-02-27,UNX\n")
        self.work()
        self.assertEqual(job.school_ids, self.school | self.sister_school)

    def test_old_content_is_dropped_and_the_result_stays(self):
        job = self.bring_in(
            HEAD + "004821,0012,2026-03-02,UNX\n777777,0012,2026-03-02,UNX\n"
        )
        waits = self.queued()
        waits.run_state = "stopped"
        jobs = (job | waits).with_env(self.env)
        self.env["pact.import.job"]._gc_files()
        self.assertTrue(job.file)
        self.env.flush_all()
        old = fields.Datetime.now() - timedelta(days=31)
        self.env.cr.execute(
            "UPDATE pact_import_job SET write_date = %s WHERE id = ANY(%s)",
            (old, jobs.ids),
        )
        jobs.invalidate_recordset()
        self.env["pact.import.job"]._gc_files()
        self.assertFalse(job.file)
        self.assertTrue(waits.file, "somebody has to look at it")
        self.assertEqual((job.state, job.new_count), ("applied", 1))
        self.assertTrue(job.result and job.sha256)
        self.assertEqual(job.row_ids.mapped("decision"), ["open"])
        self.assertFalse(any(job.column_ids.mapped("sample")))
        with self.assertRaisesRegex(UserError, "removed"):
            job._rejected_csv()
