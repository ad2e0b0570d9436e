import base64
import io

from pypdf import PdfReader

from odoo.tests import HttpCase, tagged

from .common_letters import LettersCommon

# a test renders HTML instead unless told otherwise
FORCE = 'context={"force_report_rendering": true}'


@tagged("post_install", "-at_install")
class TestLettersHttp(LettersCommon, HttpCase):
    """The letters as they come over the wire, with the server answering: its style
    sheets must not reach the PDF, and nobody else must."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.make_user("elsewhere", "school_admin", cls.other_school)
        cls.clerk = cls.make_user("clerk-staff", "school_staff", cls.school)
        cls.nobody = cls.make_user("nobody-here")

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("report.url", self.base_url())
        self.letter = self.make_letter(first="Nguyễn Thị", lang_id=self.spanish.id)
        self.copies = self.letter.delivery_ids
        self.letter.with_user(self.manager).action_print()
        self.attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "pact.letter.delivery"),
                ("res_field", "=", "pdf"),
                ("res_id", "in", self.copies.ids),
            ]
        )
        self.env.flush_all()

    def roads(self):
        """Every address under which a copy's PDF could be asked for."""
        copy = self.copies[0]
        return [
            f"/report/pdf/pact_truancy.report_letter/{copy.id}?{FORCE}",
            f"/report/html/pact_truancy.report_letter/{copy.id}",
            f"/web/content/pact.letter.delivery/{copy.id}/pdf",
            f"/web/content?model=pact.letter.delivery&id={copy.id}&field=pdf",
            f"/web/content/{self.attachments[0].id}",
            f"/web/content/pact.letter/{self.letter.id}/preview",
        ]

    def test_text_comes_out_with_the_server_answering(self):
        self.authenticate("case-manager", "case-manager")
        ids = ",".join(str(copy.id) for copy in self.copies)
        answer = self.url_open(f"/report/pdf/pact_truancy.report_letter/{ids}?{FORCE}")
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        pages = PdfReader(io.BytesIO(answer.content)).pages
        self.assertEqual(len(pages), len(self.copies))
        text = " ".join(pages[0].extract_text().split())
        for words in ("Nguyễn Thị", "todos los días", "Estimada familia"):
            self.assertIn(words, text)

    def test_staff_of_the_school_reads(self):
        for login in ("case-manager", "clerk-staff"):
            self.authenticate(login, login)
            for road in self.roads():
                answer = self.url_open(road)
                self.assertEqual(answer.status_code, 200, f"{login} {road}")
                if "html" not in road:
                    self.assertTrue(answer.content.startswith(b"%PDF"), road)

    def test_others_get_no_word(self):
        for login in ("elsewhere", "nobody-here", None):
            self.authenticate(login, login)
            for road in self.roads():
                answer = self.url_open(road)
                # a visitor is shown the log-in page
                self.assertNotEqual(
                    answer.headers.get("Content-Type"), "application/pdf"
                )
                for word in (b"%PDF", b"Maya", b"Rivera", "Nguyễn".encode()):
                    self.assertNotIn(word, answer.content, f"{login} {road}")

    def test_others_find_nothing(self):
        for user in (self.elsewhere, self.nobody):
            for record in (self.letter, self.copies):
                own = record.with_user(user)
                if own.browse().has_access("read"):
                    self.assertFalse(own.search([]))
                self.assertFalse(own.has_access("read"))

    def test_school_staff_reads_but_does_not_decide(self):
        letter = self.letter.with_user(self.clerk)
        self.assertFalse(letter.has_access("write"))
        self.assertEqual(letter.action_print()["type"], "ir.actions.report")
        kept = base64.b64decode(self.copies[0].pdf)
        self.assertEqual(self.copies[0].with_user(self.clerk)._pdf_content(), kept)
