import io
from datetime import date

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .intake_common import IntakeCommon

MONDAY = "2026-03-02"


@tagged("post_install", "-at_install")
class TestCorrections(IntakeCommon, HttpCase):
    """'To change in the information system': what holds here and differs there."""

    def setUp(self):
        super().setUp()
        self.bring_in(
            "student_id,school,date,code\n"
            f"004821,0012,{MONDAY},UNX\n004822,0012,{MONDAY},UNX\n"
        )
        self.event = self.events(self.maya)
        self.event.with_user(self.secretary).write(
            {"code_id": self.codes["EXE"].id, "reason": "=1+1"}
        )
        self.bring_in(
            "student_id,contact_id,first_name,last_name,phone\n"
            "004821,G1,Ana,Rivera,555-0100\n",
            "guardian",
        )
        guardian = self.maya.guardian_link_ids.guardian_id
        guardian.with_user(self.secretary).phone = "+1 555 0199"

    def sheets(self, user=None, **values):
        wizard = (
            self.env["pact.correction.list"]
            .with_user(user or self.secretary)
            .create({"source_id": self.source.id, **values})
        )
        book = load_workbook(io.BytesIO(wizard._xlsx()))
        return [
            [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
            for sheet in book.worksheets
        ]

    def test_rows(self):
        attendance, people = self.sheets()
        self.assertEqual(len(attendance), 1)
        self.assertEqual(
            attendance[0][:8],
            [
                "004821", "Maya Rivera", "Lincoln Middle", attendance[0][3], "UNX",
                "1", "EXE", "1",
            ],
        )  # fmt: skip
        self.assertEqual(attendance[0][3].date(), date(2026, 3, 2))
        self.assertEqual(attendance[0][9], "Secretary")
        self.assertEqual(
            people[0][:8],
            [
                "004821", "Maya Rivera", "Lincoln Middle", "Ana Rivera", "Phone",
                "555-0100", "'+1 555 0199", "Secretary",
            ],
        )  # fmt: skip

    def test_whom_staff_took_off_is_on_the_list(self):
        self.maya.guardian_link_ids.with_user(self.secretary).unlink()
        _attendance, people = self.sheets()
        self.assertEqual(
            people[0][3:7], ["Ana Rivera", "Guardian of the student", "yes", "no"]
        )

    def test_cells_are_no_formulas(self):
        attendance, _people = self.sheets()
        self.assertEqual(attendance[0][8], "'=1+1")

    def test_a_row_goes_when_the_source_sends_the_same(self):
        self.bring_in(f"student_id,school,date,code\n004821,0012,{MONDAY},EXE\n")
        self.bring_in(
            "student_id,contact_id,first_name,last_name,phone\n"
            "004821,G1,Ana,Rivera,+1 555 0199\n",
            "guardian",
        )
        self.assertEqual(self.sheets(), [[], []])

    def test_recorded_here_is_on_the_list(self):
        self.env["pact.attendance.event"].with_user(self.secretary).create(
            {
                "student_id": self.theo.id,
                "school_id": self.school.id,
                "date": date(2026, 2, 27),
                "code_id": self.codes["MED"].id,
            }
        )
        attendance, _people = self.sheets()
        row = next(row for row in attendance if row[1] == "Theo Example")
        self.assertEqual((row[4], row[6]), ("-", "MED"))

    def test_recoded_by_a_note_is_on_the_list(self):
        note = (
            self.env["pact.attendance.note"]
            .with_user(self.secretary)
            .create(
                {
                    "student_id": self.theo.id,
                    "school_id": self.school.id,
                    "date_from": MONDAY,
                    "date_to": MONDAY,
                    "code_id": self.codes["MED"].id,
                }
            )
        )
        self.assertEqual(len(self.sheets()[0]), 1)  # not applied yet
        note.action_apply()
        for user in (self.secretary, self.coordinator):
            attendance, _people = self.sheets(user)
            row = next(row for row in attendance if row[1] == "Theo Example")
            self.assertEqual((row[4], row[6], row[9]), ("UNX", "MED", "Secretary"))
        self.assertEqual(self.sheets(date_to="2001-01-01"), [[], []])
        self.assertEqual(
            self.sheets(self.coordinator, school_ids=self.sister_school.ids), [[], []]
        )
        note.action_void("Another child's note")
        self.assertEqual(len(self.sheets()[0]), 1)

    def test_dates_and_schools(self):
        # `decided_on` is real time, not the program's day
        self.assertEqual(self.sheets(date_to="2001-01-01"), [[], []])
        self.assertEqual(
            self.sheets(self.coordinator, school_ids=self.sister_school.ids), [[], []]
        )
        self.assertEqual(len(self.sheets(self.coordinator)[0]), 1)

    def test_who_may(self):
        """GEN-05: only what its maker may read; nobody else's list."""
        far = self.make_user("far", "school_staff", self.other_school)
        self.assertEqual(self.sheets(far), [[], []])
        self.assertEqual(self.sheets(far, school_ids=self.school.ids), [[], []])
        wizard = (
            self.env["pact.correction.list"]
            .with_user(self.secretary)
            .create({"source_id": self.source.id})
        )
        with self.assertRaises(AccessError):
            wizard.with_user(far)._xlsx()
        with self.assertRaises(AccessError):
            wizard.with_user(self.make_user("nobody"))._xlsx()
        self.env.flush_all()
        url = wizard.action_download()["url"]
        self.authenticate("far", "far" * 3)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate("secretary", "secretary")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertTrue(load_workbook(io.BytesIO(response.content)))
