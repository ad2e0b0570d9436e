import base64
import os
from datetime import date
from pathlib import Path
from unittest import skipUnless

from odoo.tests import TransactionCase, tagged

from odoo.addons.pact_truancy.models.facts.units import DAY

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("PACT_SHARED") or REPOSITORY.parent / "shared")
FOLDER = SHARED / "data" / "grandbend"
SCHOOLS = {
    "255901001": "Grand Bend High School",
    "255901044": "Grand Bend Middle School",
    "255901107": "Grand Bend Elementary School",
}


@tagged("post_install", "-at_install")
@skipUnless(FOLDER.is_dir(), "the Grand Bend sample is not there (PACT_SHARED)")
class TestIntakeGrandBend(TransactionCase):
    """The Ed-Fi Alliance's sample district, imported file by file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(
            "pact_truancy.pinned_day", "2022-05-27"
        )
        county = cls.env["pact.county"].create(
            {
                "name": "Grand Bend County",
                "state_id": cls.env.ref("base.state_us_44").id,
            }
        )
        cls.district = cls.env["pact.district"].create(
            {"name": "Grand Bend", "county_id": county.id}
        )
        cls.env["pact.school"].create(
            [
                {"name": name, "code": code, "district_id": cls.district.id}
                for code, name in SCHOOLS.items()
            ]
        )
        cls.env["pact.school.year"].create(
            {
                "name": "2021-2022",
                "date_start": "2021-07-01",
                "date_end": "2022-06-30",
            }
        )
        cls.source = cls.env["pact.source"].create(
            {"name": "Grand Bend SIS", "code": "gb", "district_id": cls.district.id}
        )
        cls.jobs = {}
        for kind, name in (
            ("calendar", "calendar_dates"),
            ("student", "students"),
            ("enrollment", "enrolments"),
            ("guardian", "contacts"),
            ("guardian", "student_contacts"),
            ("attendance", "attendance_events"),
        ):
            cls.jobs[name] = cls.bring_in(kind, name)

    @classmethod
    def bring_in(cls, kind, name, apply=True):
        content = (FOLDER / f"{name}.csv").read_bytes()
        job = cls.env["pact.import.job"].create(
            {
                "kind": kind,
                "source_id": cls.source.id,
                "file": base64.b64encode(content),
                "file_name": f"{name}.csv",
            }
        )
        job.action_read()
        if kind == "attendance":
            job.write(
                {
                    "mode": "replace",
                    "date_from": "2021-08-23",
                    "date_to": "2022-05-27",
                }
            )
        job.action_next()
        if apply:
            job.action_apply()
        return job

    def counts(self, name):
        job = self.jobs[name]
        self.assertEqual(job.state, "applied", job.question)
        return (job.new_count, job.changed_count, job.rejected_count)

    def test_every_file_is_taken_whole(self):
        """GEN-02: a real sample district comes in with no row lost."""
        self.assertEqual(self.counts("calendar_dates"), (834, 0, 0))
        self.assertEqual(self.counts("students"), (960, 0, 0))
        self.assertEqual(self.counts("enrolments"), (960, 0, 0))
        self.assertEqual(self.counts("contacts"), (1873, 0, 0))
        self.assertEqual(self.counts("student_contacts"), (1872, 0, 0))
        self.assertEqual(self.counts("attendance_events"), (1917, 0, 0))
        for calendar in self.district.school_ids.calendar_id:
            days = calendar.day_ids.filtered("is_school_day")
            self.assertEqual(len(days), 177)
            self.assertEqual(max(days.mapped("day_index")), 177)

    def test_second_time_changes_nothing(self):
        """The same files again: nothing new, nothing changed, no row written."""
        for name, job in self.jobs.items():
            again = self.bring_in(job.kind, name, apply=False)
            self.assertEqual(
                (
                    again.new_count,
                    again.changed_count,
                    again.withdrawn_count,
                    again.rejected_count,
                ),
                (0, 0, 0, 0),
                name,
            )
        before = self.env["pact.attendance.change"].search_count([])
        again.action_apply()
        self.assertEqual(self.env["pact.attendance.change"].search_count([]), before)

    def test_events_outside_the_calendar_are_kept_and_not_counted(self):
        events = self.env["pact.attendance.event"].search(
            [("source_id", "=", self.source.id)]
        )
        sunday = events.filtered(lambda event: event.date == date(2022, 5, 15))
        self.assertEqual(len(sunday), 3)
        self.assertEqual(sunday.mapped("is_counted"), [False] * 3)
        self.assertEqual(len(events.filtered("is_counted")), 1917 - 3)

    def test_two_events_on_one_day(self):
        student = (
            self.env["pact.student.identifier"]
            .search([("value", "=", "604822")])
            .student_id
        )
        events = student.event_ids.filtered(
            lambda event: event.date == date(2021, 12, 15)
        )
        self.assertEqual(len(events), 2)
        self.assertEqual(sum(events.mapped("portion")), DAY)

    def test_categories(self):
        rows = self.env["pact.attendance.event"]._read_group(
            [("source_id", "=", self.source.id)], ["code_id"], ["__count"]
        )
        self.assertEqual(
            {code.code: count for code, count in rows},
            {"EXE": 1077, "UNX": 773, "TAR": 66, "EDP": 1},
        )

    def test_import_writes_no_partner(self):
        """Guardians are no partners: an import adds none."""
        names = self.env["res.partner"].search([("name", "=", "Carmen Dyer")])
        self.assertFalse(names)
