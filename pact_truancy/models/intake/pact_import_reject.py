from odoo import fields, models

from .pact_import_loader import Reach
from .values import parse_date


class PactImportJob(models.Model):
    """What becomes of rejected rows: they stay open until a person dismisses them or a
    later file brings them again and they are taken."""

    _inherit = "pact.import.job"

    open_reject_count = fields.Integer(
        string="Rejected and Open", compute="_compute_open_reject_count"
    )

    def _compute_open_reject_count(self):
        counts = dict(
            self.env["pact.import.row"]._read_group(
                [("job_id", "in", self.ids), ("decision", "=", "open")],
                ["job_id"],
                ["__count"],
            )
        )
        for job in self:
            job.open_reject_count = counts.get(job, 0)

    def _keep_rows(self, plan):
        result = super()._keep_rows(plan)
        rows = self.env["pact.import.row"].search(
            [("job_id", "=", self.id), ("operation", "=", "rejected")]
        )
        if rows:
            rows._place(self._places(self._sheet(), set(rows.mapped("line"))))
        return result

    def _places(self, sheet, lines):
        """Return {line: (date, school id, student number)}, each None where the row
        does not tell. Only the import's own schools are named."""
        covered = set(self.school_ids.ids)
        loader = self.env["pact.import.loader"].sudo()
        schools = loader._schools(self, Reach(self.env.uid, covered))
        only = next(iter(covered)) if len(covered) == 1 else None
        places = {}
        for line, cells in sheet.rows:
            if line not in lines:
                continue
            cells = list(cells) + [""] * (sheet.width - len(cells))
            day = school = None
            if self.kind == "attendance":
                value = sheet.value(cells, "date")
                day = parse_date(value, self.date_format, sheet.is_workbook)
                school = only
                if sheet.has("school"):
                    school = loader._school(schools, sheet.text(cells, "school"))
            number = loader._student_value(self, sheet, cells) or None
            places[line] = (day, school, number)
        return places

    def _finish(self, plan):
        result = super()._finish(plan)
        self._solve_older()
        return result

    def _solve_older(self):
        """Close the open rejected rows of earlier imports of this system that this one
        brought again and took; or that lie in the schools and dates that it replaces,
        of which it now says everything."""
        older = self.env["pact.import.row"].search(
            [
                ("decision", "=", "open"),
                ("job_id", "<", self.id),
                ("job_id.state", "=", "applied"),
                ("job_id.kind", "=", self.kind),
                ("job_id.source_id", "=", self.source_id.id),
            ]
        )
        if not older:
            return
        solved = older.browse()
        if self.kind == "attendance" and self.mode == "replace":
            solved = older.filtered(
                lambda row: (
                    row.date
                    and self.date_from <= row.date <= self.date_to
                    and (row.school_id or row.job_id.school_ids) <= self.school_ids
                )
            )
        wanted = {(row.student_number, row.date) for row in older - solved}
        taken = self._taken(wanted) if wanted else set()
        solved |= older.filtered(
            lambda row: (
                row.student_number and (row.student_number, row.date or None) in taken
            )
        )
        solved._decide("solved", self.env._("Taken with %(job)s.", job=self.name))

    def _taken(self, wanted):
        """Return those of `wanted` (student number, date) of which this import has rows
        and rejected none."""
        numbers = {number for number, _day in wanted}
        sheet = self._sheet()
        loader = self.env["pact.import.loader"]
        lines = {
            line
            for line, cells in sheet.rows
            if len(cells) == sheet.width
            and loader._student_value(self, sheet, cells) in numbers
        }
        here = {
            (number, day)
            for day, _school, number in self._places(sheet, lines).values()
        }
        rejected = self.env["pact.import.row"].search(
            [("job_id", "=", self.id), ("operation", "=", "rejected")]
        )
        return here - {(row.student_number, row.date or None) for row in rejected}
