from odoo import api, fields, models

from ..facts.words import short_date
from ..metrics.specs import describe, from_json
from . import wkhtmltopdf


class ReportGate(models.AbstractModel):
    """The gate certificate: on one page, what a step required, and what proved it. All
    of it from what was kept on that day; later corrections are not in it."""

    _name = "report.pact_truancy.report_gate"
    _description = "Gate Certificate"

    @api.model
    def _get_report_values(self, docids, data=None):
        rows = self.env["pact.case.step"].browse(docids)
        rows.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": rows._name,
            "docs": rows,
            **self._values(rows, "1"),
        }

    @api.model
    def _pdf(self, row):
        """Return the certificate of one step as PDF bytes."""
        row.check_access("read")
        html = self.env["ir.qweb"]._render(
            "pact_truancy.report_gate", self._values(row, wkhtmltopdf.zoom())
        )
        return wkhtmltopdf.html_to_pdf(str(html))

    @api.model
    def _values(self, rows, zoom):
        # sudo: who may read a step sees its certificate whole
        pages = [self._page(row) for row in rows.sudo()]
        today = short_date(self.env, self.env["pact.clock"]._today())
        return {
            "zoom": zoom,
            "pages": pages,
            "page_lang": self.env.lang or "en_US",
            "printed": self.env._(
                "Printed on %(day)s by %(user)s from the record kept on the day of the "
                "step. Later corrections are not in it.",
                day=today,
                user=self.env.user.name,
            ),
        }

    def _page(self, row):
        case = row.case_id
        snapshot = row.snapshot_id
        numbers = []
        if snapshot:
            specs = snapshot._specs()
            for place, (spec, part) in enumerate(
                zip(specs, snapshot._parts(), strict=True)
            ):
                numbers.append(
                    {
                        "rule": part["sentence"],
                        "value": describe(
                            self.env, spec, from_json(spec, part["value"])
                        ),
                        "dates": snapshot._dates_text(place),
                        "through": short_date(
                            self.env, fields.Date.to_date(part["complete_through"])
                        )
                        if part["complete_through"]
                        else "",
                    }
                )
        return {
            "step": row.step_id.name,
            "program": row.step_id.program_id.name,
            "student": case.student_id.name,
            "school": case.school_id.name,
            "day": short_date(self.env, row.date),
            "user": row.user_id.name,
            "reason": row.reason if row.is_override else "",
            "void": row.void_reason or "",
            "lines": row.met or [],
            "numbers": numbers,
        }


class PactCaseStep(models.Model):
    _inherit = "pact.case.step"

    def action_print_certificate(self):
        """Print what the step required and what proved it."""
        self.check_access("read")
        return self.env.ref("pact_truancy.pact_gate_report").report_action(self)
