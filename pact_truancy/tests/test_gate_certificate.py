import re

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.pact_truancy.models.letters import wkhtmltopdf

from .program_common import ProgramCommon


@tagged("post_install", "-at_install")
class TestGateCertificate(ProgramCommon):
    """Due process on one page: what was required, and what proved it, as of the day."""

    PROGRAM = "wtb"

    def setUp(self):
        super().setUp()
        self.student = self.make_student()
        self.events = self.make_events(self.student, self.before(4))
        self.case = self.confirm(self.student)
        self.refer(self.student, "referral")
        self.pass_days()
        self.intervene(self.student, "phone")
        self.advance(self.case)
        self.row = self.env["pact.case.step"].search(
            [("case_id", "=", self.case.id)], order="id desc", limit=1
        )

    def page(self, row):
        report = self.env["report.pact_truancy.report_gate"].with_user(self.manager)
        return str(
            self.env["ir.qweb"]._render(
                "pact_truancy.report_gate", report._values(row, "1")
            )
        )

    def test_what_proved_it_and_no_later_correction(self):
        first = self.env["pact.case.step"].search(
            [("case_id", "=", self.case.id)], order="id", limit=1
        )
        html = self.page(first)
        self.assertIn("4 unexcused days", html)
        self.assertIn("Jan 12, 2026", html)
        self.assertNotIn("2026-01-12", html, "days as people write them")
        self.events[:1].code_id = self.codes["MED"]
        self.assertEqual(self.page(first), html)
        html = self.page(self.row)
        self.assertIn("Family Meeting", html)
        self.assertIn("reach the family", html)
        self.assertNotIn("missing", html)

    def test_an_override_is_told(self):
        self.pass_days()
        self.case.with_user(self.coordinator).action_override("The family moved")
        row = self.row.search(
            [("case_id", "=", self.case.id)], order="id desc", limit=1
        )
        html = self.page(row)
        self.assertIn("The family moved", html)
        self.assertIn("missing", html)

    def test_one_page_of_pdf(self):
        if not wkhtmltopdf.is_available():
            self.skipTest("wkhtmltopdf is not installed")
        report = self.env["report.pact_truancy.report_gate"].with_user(self.manager)
        pdf = report._pdf(self.row)
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertEqual(len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)), 1)

    def test_not_for_other_schools(self):
        foreign = self.make_user("foreign", "school_admin", self.other_school)
        with self.assertRaises(AccessError):
            self.row.with_user(foreign).action_print_certificate()
        report = self.env["ir.actions.report"].with_user(foreign)
        with self.assertRaises(AccessError):
            report._render_qweb_pdf("pact_truancy.pact_gate_report", self.row.ids)
