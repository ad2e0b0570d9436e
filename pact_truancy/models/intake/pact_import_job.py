import base64
import csv
import io

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .layouts import WORD_CODES, propose
from .pact_import_row import OPERATIONS
from .plan import Sheet
from .readers import FileProblem, Limits, read_table
from .values import parse_date, possible_date_formats

# Set by the server only: what was previewed, and what was done.
SERVER_FIELDS = {
    "state", "fingerprint", "sha256", "applied_by_id", "applied_on", "result",
    "row_count", "skipped_count", "is_read", "headers",
    *(f"{operation}_count" for operation, _label in OPERATIONS),
}  # fmt: skip
DATE_FIELDS = ("date", "entry_date", "exit_date", "birth_date")
MAX_CODES = 150


class PactImportJob(models.Model):
    """One file on its way into the facts: uploaded, previewed, applied.

    The file holds children's data: a job is seen by who made it and by coordinators of
    all its schools, never by others. Reading and asking stand here, the difference and
    its application in `pact_import_job_apply.py`.
    """

    _name = "pact.import.job"
    _description = "Import"
    _inherit = ["pact.import.settings"]
    _order = "id desc"

    name = fields.Char(compute="_compute_name", store=True)
    state = fields.Selection(
        [("file", "File"), ("preview", "Preview"), ("applied", "Applied")],
        default="file",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    # the source is asked on the page; a job without one cannot be read
    source_id = fields.Many2one(required=False, default=lambda s: s._default_source())
    profile_id = fields.Many2one("pact.import.profile", ondelete="set null", copy=False)
    file = fields.Binary(attachment=True, copy=False)
    file_name = fields.Char()
    is_read = fields.Boolean(readonly=True, copy=False)
    headers = fields.Json(readonly=True, copy=False)
    question = fields.Text(compute="_compute_question")
    column_ids = fields.One2many("pact.import.column", "job_id", string="Columns")
    code_ids = fields.One2many("pact.import.code", "job_id", string="Codes")
    unmapped_count = fields.Integer(compute="_compute_unmapped_count")
    allowed_school_ids = fields.Many2many(
        "pact.school", compute="_compute_allowed_school_ids"
    )
    school_ids = fields.Many2many(
        "pact.school",
        string="Schools",
        domain="[('id', 'in', allowed_school_ids)]",
    )
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")
    all_or_nothing = fields.Boolean(
        help="Nothing is applied while a single row is rejected."
    )
    row_ids = fields.One2many("pact.import.row", "job_id", string="Rows")
    row_count = fields.Integer(string="Rows in the File", readonly=True)
    skipped_count = fields.Integer(
        string="Left Out",
        readonly=True,
        help="Rows that say that a student was there, are written twice, or belong to "
        "another view.",
    )
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    withdrawn_count = fields.Integer(string="Withdrawn", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    fingerprint = fields.Char(readonly=True, copy=False)
    sha256 = fields.Char(
        string="SHA-256 of the File", readonly=True, copy=False, index=True
    )
    applied_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    applied_on = fields.Datetime(readonly=True, copy=False)
    result = fields.Text(readonly=True, copy=False)

    def _default_source(self):
        """Return the only information system, where there is only one."""
        sources = self.env["pact.source"].search([("code", "!=", "staff")], limit=2)
        return sources if len(sources) == 1 else False

    @api.depends("kind", "file_name", "create_date")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for job in self:
            day = job.create_date or fields.Datetime.now()
            parts = (kinds.get(job.kind), job.file_name, day.strftime("%Y-%m-%d %H:%M"))
            job.name = ", ".join(part for part in parts if part)

    @api.depends_context("uid")
    def _compute_allowed_school_ids(self):
        reach = self.env["pact.import.loader"]._reach()
        domain = [] if reach.schools is None else [("id", "in", list(reach.schools))]
        schools = self.env["pact.school"].search(domain)
        for job in self:
            job.allowed_school_ids = schools

    @api.depends("code_ids.code_id")
    def _compute_unmapped_count(self):
        for job in self:
            job.unmapped_count = len(job.code_ids.filtered(lambda c: not c.code_id))

    @api.depends(
        "is_read", "kind", "column_ids.field_id", "date_format", "mode", "school_ids",
        "date_from", "date_to", "view_value", "student_by_school",
    )  # fmt: skip
    def _compute_question(self):
        for job in self:
            job.question = "\n".join(job._questions()) if job.is_read else False

    @api.onchange("kind", "source_id", "file")
    def _onchange_file(self):
        # another file or another meaning: what was read of the last one is over
        if self.state == "file":
            self.profile_id = False

    # CRUD -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_server_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        by_person = not self.env.su
        if by_person:
            self._check_server_fields(vals)
            applied = self.filtered(lambda job: job.state == "applied")
            if applied and vals:
                raise UserError(
                    self.env._("%(job)s was applied already.", job=applied[0].name)
                )
        result = super().write(vals)
        again = {"file", "kind", "source_id", "encoding", "delimiter"} & vals.keys()
        if again and "is_read" not in vals:
            # sudo: fields that only the server sets
            super(PactImportJob, self.sudo()).write({"is_read": False, "state": "file"})
        elif by_person and vals.keys() - {"all_or_nothing"}:
            self.filtered(lambda job: job.state == "preview").sudo().state = "file"
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        for job in self:
            if job.state == "applied":
                raise UserError(
                    self.env._("%(job)s was applied: it stays.", job=job.name)
                )

    @api.model
    def _check_server_fields(self, vals):
        fields_set = SERVER_FIELDS & vals.keys()
        if fields_set:
            raise AccessError(
                self.env._(
                    "Only the import itself sets these fields: %(fields)s.",
                    fields=", ".join(sorted(fields_set)),
                )
            )

    # reading --------------------------------------------------------------------

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
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        parameter = self.env["ir.config_parameter"].sudo().get_param
        limits = Limits(
            size=int(parameter("pact_truancy.import_max_mb", 50)) * 2**20,
            rows=int(parameter("pact_truancy.import_max_rows", 500_000)),
            unpacked=int(parameter("pact_truancy.import_max_unpacked_mb", 400)) * 2**20,
        )
        content = base64.b64decode(self.file)
        try:
            return read_table(content, limits, self.encoding, self.delimiter)
        except FileProblem as problem:
            raise UserError(self._file_problem_text(problem)) from problem

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
            "unpacked": self.env._(
                "The workbook unpacks to more than %(limit)s MB. Save the sheet as CSV."
            ),
            "empty": self.env._("The file is empty."),
            "no_rows": self.env._("The file has headings but no rows."),
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
        for _line, cells in table.rows[:200]:
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
        if job.date_format in formats or keep and job.date_format:
            return
        job.date_format = formats[0] if len(formats) == 1 else False

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
        if days:
            values.update(date_from=min(days), date_to=max(days))
        schools = loader.sudo()._schools(job, reach)
        found = {
            loader._school(schools, text) for text in map(str, sheet.distinct("school"))
        } - {None}
        if not found and len(set(schools.values())) == 1:
            found = set(schools.values())
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

    # asking ---------------------------------------------------------------------

    def _questions(self):
        """Return what is still to be said before the preview, as sentences."""
        self.ensure_one()
        mapped = {column.field_id.code for column in self.column_ids} - {False}
        asked = []
        for meaning in self.env["pact.import.field"].search(
            [("kind", "=", self.kind), ("is_required", "=", True)]
        ):
            if meaning.code not in mapped:
                asked.append(
                    self.env._("Which column holds this: %(name)s?", name=meaning.name)
                )
        if not self.date_format and mapped & set(DATE_FIELDS):
            asked.append(
                self.env._(
                    "How are dates written? The file's dates can be read in more than "
                    "one way."
                )
            )
        if self.student_by_school and "school" not in mapped:
            asked.append(
                self.env._("Which column holds the school? Student numbers repeat.")
            )
        more = getattr(self, f"_questions_{self.kind}", None)
        return asked + (more(mapped) if more else [])

    def _questions_attendance(self, mapped):
        asked = []
        if not mapped & {"code", "flag_absent", "flag_tardy"}:
            asked.append(
                self.env._("Which column holds the attendance code, or 'absent'?")
            )
        if "view" in mapped and not self.view_value:
            asked.append(
                self.env._(
                    "The file holds several rows a day, one a view. Which view counts?"
                )
            )
        if not self.school_ids:
            asked.append(self.env._("Which schools does the file cover?"))
        if not (self.date_from and self.date_to) or self.date_from > self.date_to:
            asked.append(self.env._("Which dates does the file cover?"))
        if not self.mode:
            asked.append(
                self.env._(
                    "Does the file replace what was sent for these schools and dates, "
                    "or add to it?"
                )
            )
        return asked

    def _questions_guardian(self, mapped):
        if mapped & {"student", "contact"}:
            return []
        return [
            self.env._(
                "Which column holds the number of the guardian, or of the student?"
            )
        ]

    def _questions_calendar(self, mapped):
        if mapped & {"school", "calendar"}:
            return []
        return [self.env._("Which column holds the school, or the calendar?")]

    # pages ----------------------------------------------------------------------

    def action_open_rows(self):
        """Open the rows of one of the five numbers (`operation` in the context)."""
        self.ensure_one()
        operation = self.env.context.get("operation")
        label = dict(OPERATIONS).get(operation, operation)
        total = self[f"{operation}_count"]
        shown = self.env["pact.import.row"].search_count(
            [("job_id", "=", self.id), ("operation", "=", operation)]
        )
        name = self.env._("%(operation)s: %(total)s", operation=label, total=total)
        if shown < total:
            name = self.env._(
                "%(operation)s: the first %(shown)s of %(total)s",
                operation=label,
                shown=shown,
                total=total,
            )
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "pact.import.row",
            "view_mode": "list",
            "domain": [("job_id", "=", self.id), ("operation", "=", operation)],
            "context": {"create": False, "edit": False, "delete": False},
        }

    def action_download_rejected(self):
        """Download the rejected rows as CSV: as they came, with line and reason."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/pact/import/{self.id}/rejected.csv",
            "target": "self",
        }

    def _rejected_csv(self):
        """Return the rejected rows as bytes of CSV (UTF-8 with BOM, for Excel)."""
        self.ensure_one()
        self.check_access("read")
        rows = self.env["pact.import.row"].search_read(
            [("job_id", "=", self.id), ("operation", "=", "rejected")],
            ["line", "problem"],
        )
        table = self.sudo()._file_table()
        lines = dict(table.rows)
        stream = io.StringIO()
        writer = csv.writer(stream)
        heads = [self.env._("Line"), self.env._("Reason"), *table.headers]
        writer.writerow(map(self._safe_cell, heads))
        for row in rows:
            cells = lines.get(row["line"], [])
            writer.writerow(map(self._safe_cell, [row["line"], row["problem"], *cells]))
        return stream.getvalue().encode("utf-8-sig")

    @api.model
    def _safe_cell(self, value):
        """Return a cell that no spreadsheet takes for a formula."""
        text = str(value)
        return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
