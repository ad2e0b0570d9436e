import tempfile
from datetime import datetime
from pathlib import Path

from odoo.tools import config

from odoo.addons.pact_truancy.models.intake.pact_import_folder import OPTION

from .intake_common import IntakeCommon

HEAD = "student_id,school,date,code\n"
DAY = HEAD + "004821,0012,2026-03-02,UNX\n004822,0012,2026-03-02,EXC\n"


class UnattendedCommon(IntakeCommon):
    """A profile of Lincoln Middle, made by a first file, and a real folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first = cls.bring_in(
            HEAD + "004821,0012,2026-02-27,UNX\n", user=cls.coordinator
        )
        cls.profile = first.profile_id.with_env(cls.env)
        # a person who runs the app and sees no child
        cls.admin = cls.make_user("runs-the-app")
        cls.admin.group_ids += cls.env.ref("pact_truancy.group_pact_administrator")
        cls.make_unattended(cls.profile, cls.school)
        cls.env["ir.config_parameter"].set_param("pact_truancy.import_quiet_seconds", 0)

    def setUp(self):
        super().setUp()
        self.base = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.patch(
            config, "options", config.options.new_child({OPTION: str(self.base)})
        )
        self.folder = self.base / self.env.cr.dbname / "lincoln"
        self.folder.mkdir(parents=True)

    @classmethod
    def make_unattended(cls, profile, schools, **values):
        profile.with_user(cls.admin).write(
            {
                "is_unattended": True,
                "school_ids": [(6, 0, schools.ids)],
                "mode": "replace",
                "folder": "lincoln",
                "file_pattern": "absences*.csv",
                "reject_limit": 50,
                "user_id": cls.coordinator.id,
                "tz": "America/Chicago",
                **values,
            }
        )

    def drop(self, text, name="absences.csv"):
        path = self.folder / name
        path.write_text(text)
        return path

    def run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"pact_truancy.ir_cron_import_{name}").method_direct_trigger()

    def fetch(self):
        self.run_cron("fetch")

    def work(self):
        self.run_cron("run")

    def jobs(self):
        return self.env["pact.import.job"].search(
            [("unattended", "=", True)], order="id"
        )

    def left(self, *place):
        """The names of the files in a folder below the profile's."""
        path = self.folder.joinpath(*place)
        return sorted(p.name for p in path.iterdir() if p.is_file())

    def tasks(self):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "pact.import.profile"),
                ("res_id", "=", self.profile.id),
            ]
        )

    @staticmethod
    def at(text):
        return datetime.fromisoformat(text)
