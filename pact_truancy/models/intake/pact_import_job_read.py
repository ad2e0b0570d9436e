from itertools import islice

from odoo import api, models
from odoo.exceptions import UserError

from .layouts import WORD_CODES, propose
from .plan import Sheet
from .readers import FileProblem, Limits, read_table
from .values import DATE_FIELDS, parse_date, possible_date_formats

MAX_CODES = 150


class PactImportJob(models.Model):
    """The file of a job: read, and a proposal of what it means."""

    _inherit = "pact.import.job"

    def action_next(self):
        """Read the file if that was not done yet, and show the preview as soon as
        nothing is left to ask."""
        self.ensure_one()
        self.check_access("write")
        if self.state == "applied":
            return
        if not self.is_read:
            self._read()
        elif self.question:
            self._propose_missing()
        if not self.question:
            self.action_preview()

    def action_read(self):
        """Read the file (again) and propose what its columns mean."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "applied":
            self._read()

    def action_back(self):
        """Back to the mapping: nothing was written yet."""
        self.check_access("write")
        self.filtered(lambda job: job.state == "preview").sudo().state = "file"

    def _file_table(self):
        """Return the file's `Table`.

        :raise UserError: what is wrong with the file
        """
        self.ensure_one()
        content = self._content()
        parameter = self.env["ir.config_parameter"].sudo().get_param
        limits = Limits(
            size=self.env["pact.import.profile"]._max_bytes(),
            rows=int(parameter("pact_truancy.import_max_rows", 2_000_000)),
            unpacked=int(parameter("pact_truancy.import_max_unpacked_mb", 400)) * 2**20,
        )
        try:
            return read_table(content, limits, self.encoding, self.delimiter)
        except FileProblem as problem:
            raise UserError(self._file_problem_text(problem)) from problem

    def _content(self):
        """Return the bytes of the file, without a detour over base64.

        :raise UserError: there is none, or it is empty
        """
        self.ensure_one()
        self.flush_recordset(["file"])
        # sudo: the job's own attachment; whoever may see the job may see its file
        attachment_sudo = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )
        if not attachment_sudo and not self.file_name:
            raise UserError(self.env._("Choose the file first."))
        if not attachment_sudo.raw:
            raise UserError(self._file_problem_text(FileProblem("empty")))
        return attachment_sudo.raw

    def _file_problem_text(self, problem):
        texts = {
            "too_large": self.env._(
                "The file is larger than %(limit)s MB. Export a shorter span of dates, "
                "or ask an administrator to raise the limit."
            ),
            "too_many_rows": self.env._(
                "The file has more than %(limit)s rows. Export a shorter span of "
                "dates, or ask an administrator to raise the limit."
            ),
            "too_many_columns": self.env._(
                "The file has more than %(limit)s columns. Export only what the import "
                "needs, or look whether the separator is another one."
            ),
            "unpacked": self.env._(
                "The workbook unpacks to more than %(limit)s MB. Save the sheet as CSV."
            ),
            "empty": self.env._("The file is empty."),
            "no_rows": self.env._("The file has headings but no rows."),
            "cut_off": self.env._(
                "The file breaks off in its last row (line %(line)s): it was not "
                "transferred as a whole. Fetch it again."
            ),
            "no_header": self.env._(
                "The first line holds no headings. Export the file with its column "
                "names."
            ),
            "duplicate_headers": self.env._(
                "These headings stand there twice: %(names)s. Each column needs a name "
                "of its own."
            ),
            "old_excel": self.env._(
                "This is a workbook of an old kind (.xls). Save it as .xlsx or CSV."
            ),
            "wrong_kind": self.env._(
                "This is not a table but another kind of file (%(kind)s). CSV and XLSX "
                "can be read."
            ),
            "broken_workbook": self.env._(
                "The workbook is damaged. Open it in Excel, save it again, or save it "
                "as CSV."
            ),
            "broken_text": self.env._(
                "The rows cannot be told apart: a quotation mark is not closed, or the "
                "separator is another one."
            ),
            "encoding": self.env._(
                "The characters of the file cannot be read as %(encoding)s. Choose the "
                "encoding, or save the file as UTF-8."
            ),
        }
        return texts[problem.code] % problem.values

    def _read(self):
        """Read the file, find the profile, propose columns, dates, codes, span."""
        if not self.source_id:
            raise UserError(
                self.env._(
                    "Choose the information system that the file comes from. An "
                    "administrator adds systems."
                )
            )
        self._check_source()
        # sudo: columns, codes and the fields that only the server sets
        job = self.sudo()
        table = job._file_table()
        chosen = job.profile_id or job.profile_id._find(
            job.source_id, job.kind, table.headers
        )
        columns, layout = propose(table.headers, job.kind)
        values = {
            "is_read": True,
            "state": "file",
            "headers": table.headers,
            "row_count": len(table.rows),
            "sha256": job._sha256(),
        }
        if chosen:
            known = {c.header: c.field_id.code for c in chosen.column_ids}
            columns = {h: known.get(h) for h in table.headers if known.get(h)}
            values.update(chosen._settings_values(), profile_id=chosen.id)
            values["encoding"] = chosen.encoding or job.encoding
            values["delimiter"] = chosen.delimiter or job.delimiter
        elif layout:
            values.update(layout.settings)
        meanings = {
            meaning.code: meaning.id
            for meaning in self.env["pact.import.field"]
            .sudo()
            .search([("kind", "=", job.kind)])
        }
        job.column_ids.unlink()
        job.write(values)
        self.env["pact.import.column"].sudo().create(
            [
                {
                    "job_id": job.id,
                    "sequence": place,
                    "header": header,
                    "sample": self._sample(table, place),
                    "field_id": meanings.get(columns.get(header)),
                }
                for place, header in enumerate(table.headers)
            ]
        )
        self._propose_dates(table, bool(chosen))
        self._propose_view(table)
        self._propose_span(table)
        self._propose_codes(table, layout)

    def _check_source(self):
        """Refuse a system of a district that the person does not serve."""
        reach = self.env["pact.import.loader"]._reach()
        district = self.source_id.district_id
        if reach.schools is None:
            return
        served = self.env["pact.school"].browse(list(reach.schools)).district_id
        if not reach.schools or district and district not in served:
            raise UserError(
                self.env._(
                    "You import for the schools of your assignments, and %(system)s is "
                    "not a system of their district. Ask your coordinator.",
                    system=self.source_id.name,
                )
            )

    @api.model
    def _sample(self, table, place):
        """Return the first different values of a column."""
        values = []
        for _line, cells in islice(table.rows, 200):
            text = str(cells[place])
            if text and text not in values:
                values.append(text)
            if len(values) == 3:
                break
        return ", ".join(values)[:120]

    def _sheet(self, table=None):
        """Return the file's rows with the meaning of their columns."""
        columns = {c.field_id.code: c.header for c in self.column_ids if c.field_id}
        return Sheet(table or self._file_table(), columns)

    def _propose_dates(self, table, keep):
        """Set the format of dates where the values leave one; else it is asked."""
        job = self.sudo()
        sheet = job._sheet(table)
        values = set().union(*(sheet.distinct(name) for name in DATE_FIELDS))
        if not values:
            return
        formats = possible_date_formats(values)
        if job.date_format in formats:
            return
        if keep and job.date_format:
            # what the profile remembers, as long as it reads most of the dates
            fit = sum(
                parse_date(value, job.date_format, sheet.is_workbook) is not None
                for value in values
            )
            if fit * 2 > len(values):
                return
        job.date_format = formats[0] if len(formats) == 1 else False

    def _propose_view(self, table):
        """Set the view where the file holds a single one; else it is asked."""
        job = self.sudo()
        views = set() if job.view_value else job._sheet(table).distinct("view")
        if len(views) == 1:
            job.view_value = str(*views)

    def _propose_span(self, table):
        """Propose which schools and dates an attendance file covers."""
        job = self.sudo()
        if job.kind != "attendance" or not job.date_format:
            return
        sheet = job._sheet(table)
        loader = self.env["pact.import.attendance"]
        reach = loader._reach()
        today = self.env["pact.clock"]._today()
        days = {
            parse_date(value, job.date_format, sheet.is_workbook)
            for value in sheet.distinct("date")
        } - {None}
        days = {day for day in days if day <= today} or days
        values = {}
        schools = loader.sudo()._schools(job, reach)
        found = {
            loader._school(schools, text) for text in map(str, sheet.distinct("school"))
        } - {None}
        if not found and len(set(schools.values())) == 1:
            found = set(schools.values())
        profile = job.profile_id
        if profile.school_ids:
            found = {s for s in profile.school_ids.ids if reach.has(s)}
        covered = self.env["pact.school"].sudo().browse(found)
        dates = (min(days), max(days)) if days else None
        if profile:
            dates = profile._covered_dates(days, covered.calendar_id[:1], today)
        if dates:
            values.update(date_from=dates[0], date_to=dates[1])
        values["school_ids"] = [(6, 0, list(found))]
        job.write(values)

    def _propose_codes(self, table, layout):
        """List the file's codes with what they mean here: as the profile remembers,
        as the system is known to write them, or by the same name."""
        job = self.sudo()
        if job.kind != "attendance":
            return
        sheet = job._sheet(table)
        counts = self.env["pact.import.attendance"]._count_codes(job, sheet)
        if len(counts) > MAX_CODES:
            raise UserError(
                self.env._(
                    "The column for the attendance code has %(count)s different "
                    "values: it must be another column.",
                    count=len(counts),
                )
            )
        remembered = {c.value: c.code_id.id for c in job.profile_id.code_ids}
        chosen = {c.value: c.code_id.id for c in job.code_ids if c.code_id}
        own = self.env["pact.attendance.code"].sudo()._by_code(job._district())
        shipped = layout.codes if layout else {}
        job.code_ids.unlink()
        lines = []
        for value, count in counts.items():
            word = value.rsplit("#", 1)[-1]
            xmlid = shipped.get(value.upper()) or WORD_CODES.get(word.casefold())
            code = chosen.get(value) or remembered.get(value)
            code = code or own.get(value.upper(), own["P"].browse()).id
            if not code and xmlid:
                code = self.env.ref(f"pact_truancy.{xmlid}").id
            lines.append(
                {"job_id": job.id, "value": value, "row_count": count, "code_id": code}
            )
        lines.sort(key=lambda line: (bool(line["code_id"]), line["value"]))
        self.env["pact.import.code"].sudo().create(lines)

    def _propose_missing(self):
        """Propose what could not be proposed before the person named the columns."""
        table = self.sudo()._file_table()
        if not self.date_format:
            self._propose_dates(table, False)
        if not (self.date_from and self.date_to and self.school_ids):
            self._propose_span(table)
        if not self.code_ids:
            self._propose_codes(table, None)

    def _district(self):
        """Return the district of the system, else the one of the schools covered."""
        district = self.source_id.district_id or self.school_ids.district_id
        return district if len(district) == 1 else district.browse()
