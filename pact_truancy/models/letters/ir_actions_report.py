import io

from odoo import models

LETTER = "pact_truancy.report_letter"
GATE = "pact_truancy.report_gate"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Letters come from their copies: what was kept, or the page rendered without
        Odoo's style sheets (wkhtmltopdf.py says why); certificates likewise."""
        name = self._get_report(report_ref).report_name
        if name == GATE:
            report = self.env["report.pact_truancy.report_gate"]
            return {
                row.id: {"stream": io.BytesIO(report._pdf(row)), "attachment": None}
                for row in self.env["pact.case.step"].browse(res_ids)
            }
        if name != LETTER:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        copies = self.env["pact.letter.delivery"].browse(res_ids)
        copies.check_access("read")
        return {
            copy.id: {"stream": io.BytesIO(copy._pdf_content()), "attachment": None}
            for copy in copies
        }
