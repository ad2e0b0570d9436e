import io
import re

from pypdf import PdfReader

from odoo.tests import HttpCase, tagged

from .common import TruancyCommon


@tagged("post_install", "-at_install")
class TestSliceInTheBrowser(TruancyCommon, HttpCase):
    """The first slice of the way, by hand in a real Chromium: upload an attendance
    file, screen, open the flag, confirm, see the card on the board, print the letter.
    """

    def test_from_file_to_letter(self):
        """R21-01, R21-08, GEN-02, GEN-05: raw attendance to a printed letter."""
        self.env.ref("pact_truancy.program_r21").office_ids = self.office
        self.office.write({"street": "1 Example Square", "city": "Sampleton"})
        self.school.code = "0042"
        student = self.make_student(birth_date="2012-10-10")
        self.env["pact.student.identifier"].create(
            {
                "student_id": student.id,
                "source_id": self.source.id,
                "value": "007001",
            }
        )
        self.make_guardian(student)
        coordinator = self.make_user("coordinator", "coordinator", self.office)
        days = self.school_days(9)
        lines = ["Student ID,School,Date,Code,Days"]
        lines += [f"007001,0042,{day:%m/%d/%Y},UNX,1" for day in days]
        self.env["ir.attachment"].create(
            {
                "name": "slice.csv",
                "url": "/pact_slice.csv",
                "raw": "\r\n".join(lines).encode(),
                "public": True,
            }
        )
        login = coordinator.login
        self.start_tour(
            "/odoo/truancy-import-attendance/new", "pact_slice_import", login=login
        )
        self.assertEqual(len(student.event_ids.filtered("is_counted")), 9)
        self.start_tour("/odoo/truancy-flags", "pact_slice_flag", login=login)
        case = self.env["pact.case"].search([("student_id", "=", student.id)])
        self.assertEqual(case.step_id.code, "identified")
        self.start_tour("/odoo/truancy-cases", "pact_slice_board", login=login)
        letter = case.letter_ids
        self.assertEqual(len(letter.delivery_ids), 2, "the family's and the school's")
        for delivery in letter.delivery_ids:
            pages = PdfReader(io.BytesIO(self.pdf(delivery))).pages
            self.assertEqual(len(pages), 1)
            text = re.sub(r"\s+", " ", pages[0].extract_text())
            self.assertIn("Example Regional Office", text)
            self.assertIn("Maya Rivera", text)
            self.assertIn("DRAFT", text)
            for day in days:
                self.assertIn(str(day.day), text)

    def pdf(self, delivery):
        delivery.invalidate_recordset()
        return (
            self.env["ir.attachment"]
            .search(
                [
                    ("res_model", "=", delivery._name),
                    ("res_id", "=", delivery.id),
                    ("res_field", "=", "pdf"),
                ]
            )
            .raw
        )
