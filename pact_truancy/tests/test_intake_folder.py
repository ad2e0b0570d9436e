import os
import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from odoo.addons.pact_truancy.models.intake.pact_import_folder import OPTION

from .unattended_common import DAY, HEAD, UnattendedCommon


@tagged("post_install", "-at_install")
class TestIntakeFolder(UnattendedCommon):
    """A watched folder, with real files and the real scheduled action."""

    def test_a_file_is_taken_in_applied_and_put_away(self):
        self.drop(DAY)
        self.fetch()
        job = self.jobs()
        self.assertEqual(job.run_state, "queued")
        self.assertEqual(self.left(), ["absences.csv"], "until it is decided")
        self.work()
        self.assertEqual((job.state, job.run_state), ("applied", "done"))
        self.assertEqual(len(self.events(self.maya | self.theo)), 3)
        self.fetch()
        self.assertEqual(self.left(), [])
        self.assertEqual(self.left("done"), [f"{job.id}-absences.csv"])
        self.fetch()
        self.assertEqual(len(self.jobs()), 1)
        self.assertFalse(self.tasks())

    def test_what_is_not_complete_waits(self):
        parameter = self.env["ir.config_parameter"]
        self.drop(DAY, "absences.csv.part")
        parameter.set_param("pact_truancy.import_quiet_seconds", 60)
        path = self.drop(DAY)
        os.utime(path, (1, 1))  # a transfer that keeps the time of the source
        self.fetch()
        self.assertFalse(self.jobs())
        now = time.time()
        with patch("time.time", lambda: now + 61):
            list(self.profile._fetch())
        self.assertEqual(len(self.jobs()), 1)

    def test_a_file_that_grows_while_it_is_read_waits(self):
        self.drop(DAY)
        path = "odoo.addons.pact_truancy.models.intake.pact_import_folder.identity"
        marks = iter(range(100))
        with patch(path, lambda status: str(next(marks))):
            list(self.profile._fetch())
        self.assertFalse(self.jobs())

    def test_a_worker_killed_after_the_commit_doubles_nothing(self):
        self.drop(DAY)
        self.fetch()
        self.work()
        # killed before the move: the file still lies there, and its job knows it
        self.assertEqual(self.left(), ["absences.csv"])
        self.jobs().folder_entry = False  # even if that were lost
        self.fetch()
        self.fetch()
        self.work()
        self.assertEqual(len(self.jobs()), 1)
        self.assertEqual(self.left(), [])
        self.assertEqual(len(self.left("done")), 1)

    def test_a_newer_file_of_the_same_name_is_another_one(self):
        self.drop(DAY)
        self.fetch()
        self.drop(DAY + "004821,0012,2026-03-03,UNX\n")
        self.work()
        self.fetch()
        self.assertEqual(len(self.jobs()), 2)
        self.work()
        self.fetch()
        self.assertEqual(self.left(), [])
        self.assertEqual(len(self.left("done")), 1, "the first was overwritten")

    def test_what_cannot_be_read_is_refused_and_may_come_again(self):
        self.drop("PK\x03\x04 not a table\n")
        self.fetch()
        self.work()
        self.fetch()
        self.assertEqual(self.jobs().run_state, "refused")
        self.assertEqual(len(self.left("refused")), 1)
        self.assertEqual(len(self.tasks()), 1)
        self.drop("PK\x03\x04 not a table\n")
        self.fetch()
        self.assertEqual(len(self.jobs()), 2)

    def test_links_folders_and_foreign_names_are_left_alone(self):
        secret = self.base / "secret.csv"
        secret.write_text(DAY)
        (self.folder / "absences1.csv").symlink_to(secret)
        os.link(secret, self.folder / "absences2.csv")
        (self.folder / "absences3.csv").mkdir()
        os.mkfifo(self.folder / "absences4.csv")
        self.drop(DAY, ".absences5.csv")
        self.drop(DAY, "other.csv")
        self.fetch()
        self.assertFalse(self.jobs())
        self.assertTrue(secret.exists())

    @mute_logger("odoo.addons.pact_truancy.models.intake.pact_import_folder")
    def test_no_link_leads_out_of_the_folder(self):
        outside = self.base / "outside"
        outside.mkdir()
        (outside / "absences.csv").write_text(DAY)
        self.folder.rmdir()
        self.folder.symlink_to(outside)
        self.fetch()
        self.assertFalse(self.jobs())
        self.folder.unlink()
        self.folder.mkdir()
        # 'done' led elsewhere: the file stays where it is
        (self.folder / "done").symlink_to(outside)
        self.drop(DAY)
        self.fetch()
        self.work()
        list(self.profile._fetch())
        self.assertEqual(self.left(), ["absences.csv"])
        self.assertEqual([p.name for p in outside.iterdir()], ["absences.csv"])

    def test_a_profile_names_a_plain_folder_only(self):
        for name in ("..", "../x", "/etc", "a/b", ".", ".hidden", "a b", "done", "ä"):
            with self.assertRaises(ValidationError, msg=name):
                self.profile.folder = name

    def test_only_the_administrator_says_how_files_come(self):
        for user in (self.secretary, self.coordinator):
            for values in (
                {"folder": "other"},
                {"is_unattended": False},
                {"school_ids": [(6, 0, self.other_school.ids)]},
                {"accepts_upload": True},
                {"active": False},
                {"kind": "student"},
            ):
                with self.assertRaises(AccessError):
                    self.profile.with_user(user).write(values)
            with self.assertRaises(AccessError):
                self.profile.with_user(user).action_new_key()
            with self.assertRaises(AccessError):
                self.env["pact.import.profile"].with_user(user).create(
                    {"name": "X", "source_id": self.source.id, "folder": "x"}
                )
        self.profile.with_user(self.admin).folder = "other"

    def test_who_serves_not_all_its_schools_does_not_change_the_profile(self):
        self.make_unattended(self.profile, self.school | self.other_school)
        profile = self.profile.with_user(self.coordinator)
        with self.assertRaises(AccessError):
            profile.mode = "add"
        with self.assertRaises(AccessError):
            profile.column_ids[:1].field_id = False
        with self.assertRaises(AccessError):
            profile.code_ids.create({"profile_id": profile.id, "value": "X"})
        self.make_unattended(self.profile, self.school)
        profile.mode = "add"
        profile.column_ids[:1].field_id = False

    def test_nothing_is_watched_without_the_servers_word(self):
        self.drop(DAY)
        config.options[OPTION] = None
        self.fetch()
        self.assertFalse(self.jobs())
        with self.assertRaisesRegex(UserError, OPTION):
            self.profile.with_user(self.admin).action_fetch()

    def test_look_now_says_what_it_found(self):
        profile = self.profile.with_user(self.admin)
        self.assertIn("no new file", profile.action_fetch()["params"]["message"])
        self.drop(DAY)
        self.assertIn("taken in: 1", profile.action_fetch()["params"]["message"])
        self.profile.folder = "elsewhere"
        with self.assertRaisesRegex(UserError, "no folder elsewhere"):
            profile.action_fetch()

    def test_too_large_is_refused_unread(self):
        with patch.object(type(self.profile), "_max_bytes", lambda self: 10):
            self.drop(DAY)
            self.fetch()
            self.fetch()
        self.assertEqual(self.jobs().run_state, "refused")
        self.assertFalse(self.jobs().file)
        self.assertEqual(len(self.left("refused")), 1)

    def test_outside_its_schools_is_rejected_like_unknown(self):
        """GEN-05: the run has the reach of its profile, not of the cron's user."""
        self.drop(
            HEAD + "009900,0099,2026-03-02,UNX\n"  # exists, another district's
            "777777,0012,2026-03-02,UNX\n"  # does not exist
            "004821,0012,2026-03-02,UNX\n"
            "004822,0012,2026-03-02,UNX\n"
        )
        self.fetch()
        self.work()
        job = self.jobs()
        self.assertEqual(job.state, "applied", job.run_problem)
        self.assertCounts(job, new=2, rejected=2)
        self.assertEqual(len(set(job.row_ids.filtered("problem").mapped("problem"))), 1)
        self.assertFalse(self.events(self.stranger))
        self.assertEqual(job.school_ids, self.school)
