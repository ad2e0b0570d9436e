import csv
import io

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .pact_import_row import OPERATIONS
from .values import DATE_FIELDS, possible_date_formats

# Set by the server only: what was previewed, and what was done.
SERVER_FIELDS = {
    "state", "fingerprint", "sha256", "applied_by_id", "applied_on", "result",
    "row_count", "skipped_count", "is_read", "headers", "undo_of_id", "undone_by_id",
    "held_count", "explained_count", "unknown_count", "left_count",
    "override_fingerprint", "override_by_id", "override_reason",
    *(f"{operation}_count" for operation, _label in OPERATIONS),
}  # fmt: skip


class PactImportJob(models.Model):
    """One file on its way into the facts: uploaded, previewed, applied.

    The file holds children's data: a job is seen by who made it and by coordinators of
    all its schools, never by others. The file is read in `pact_import_job_read.py`, the
    difference and its application stand in `pact_import_job_apply.py`.
    """

    _name = "pact.import.job"
    _description = "Import"
    _inherit = ["pact.import.settings", "mail.thread", "mail.activity.mixin"]
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
    source_id = fields.Many2one(
        required=False,
        default=lambda self: self._default_source(),
        domain="[('id', 'in', allowed_source_ids)]",
    )
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
    allowed_source_ids = fields.Many2many(
        "pact.source", compute="_compute_allowed_school_ids"
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
    conflict_count = fields.Integer(
        string="To Decide",
        readonly=True,
        help="The file says something new about what staff changed here: that stays, "
        "and the difference goes to the list of conflicts.",
    )
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    withdrawn_count = fields.Integer(string="Withdrawn", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    fingerprint = fields.Char(readonly=True, copy=False)
    sha256 = fields.Char(
        string="SHA-256 of the File", readonly=True, copy=False, index=True
    )
    again_text = fields.Char(compute="_compute_again_text")
    applied_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    applied_on = fields.Datetime(readonly=True, copy=False)
    result = fields.Text(readonly=True, copy=False)

    def _default_source(self):
        """Return the information system that the user imported from last, else the
        only one of the user's districts, else the only one that there is."""
        offered = self._offered_sources()
        last = self.search([("create_uid", "=", self.env.uid)], limit=1).source_id
        if last in offered:
            return last
        own = offered.filtered("district_id") or offered
        return own if len(own) == 1 else False

    @api.model
    def _offered_sources(self):
        """Return the systems of the user's districts, and those of no district."""
        reach = self.env["pact.import.loader"]._reach()
        domain = [("code", "!=", "staff")]
        if reach.schools is not None:
            # sudo: the districts of the user's own schools
            schools = self.env["pact.school"].sudo().browse(list(reach.schools))
            domain.append(("district_id", "in", [False, *schools.district_id.ids]))
        return self.env["pact.source"].search(domain)

    @api.depends("kind", "file_name", "create_date")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        # stored, so in the office's time and not in the reader's
        office = self.with_context(tz=self.env["pact.clock"]._office_tz())
        for job in self:
            day = job.create_date or fields.Datetime.now()
            day = fields.Datetime.context_timestamp(office, day)
            parts = (kinds.get(job.kind), job.file_name, day.strftime("%Y-%m-%d %H:%M"))
            job.name = ", ".join(part for part in parts if part)

    @api.depends_context("uid")
    def _compute_allowed_school_ids(self):
        reach = self.env["pact.import.loader"]._reach()
        domain = [] if reach.schools is None else [("id", "in", list(reach.schools))]
        schools = self.env["pact.school"].search(domain)
        sources = self._offered_sources()
        for job in self:
            job.allowed_school_ids = schools
            job.allowed_source_ids = sources

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

    @api.depends("state", "sha256", "source_id")
    def _compute_again_text(self):
        """Say when the very same file was applied before, and was not undone."""
        for job in self:
            job.again_text = False
            if job.state == "applied" or not job.is_read or not job.sha256:
                continue
            last = self.search(
                [
                    ("sha256", "=", job.sha256),
                    ("source_id", "=", job.source_id.id),
                    ("kind", "=", job.kind),
                    ("state", "=", "applied"),
                    ("undone_by_id", "=", False),
                ],
                order="applied_on desc",
                limit=1,
            )
            if last:
                job.again_text = self.env._(
                    "This very file was applied before: %(name)s, by %(user)s.",
                    name=last.name,
                    # sudo: the name of a colleague
                    user=last.applied_by_id.sudo().name,
                )

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
        jobs = super().create(vals_list)
        jobs._forget_other_profile()
        return jobs

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
        if {"profile_id", "source_id", "kind"} & vals.keys():
            self._forget_other_profile()
        again = {"file", "kind", "source_id", "encoding", "delimiter"} & vals.keys()
        if again and "is_read" not in vals:
            # sudo: fields that only the server sets
            super(PactImportJob, self.sudo()).write({"is_read": False, "state": "file"})
        elif by_person and vals.keys() - {"all_or_nothing"}:
            self.filtered(lambda job: job.state == "preview").sudo().state = "file"
        return result

    def _forget_other_profile(self):
        """A profile is of one system and one kind: limits and codes of another one are
        not for this file, nor is what its maker learns of the file for that one."""
        for job in self:
            # sudo: the profile is only compared
            profile = job.sudo().profile_id
            same = profile.source_id == job.source_id and profile.kind == job.kind
            if profile and not same:
                job.sudo().profile_id = False

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
            asked.append(self._date_question())
        if self.student_by_school and "school" not in mapped:
            asked.append(
                self.env._("Which column holds the school? Student numbers repeat.")
            )
        more = getattr(self, f"_questions_{self.kind}", None)
        return asked + (more(mapped) if more else [])

    def _date_question(self):
        """Return the question for the format of dates, with what the file holds."""
        columns = self.column_ids.filtered(lambda c: c.field_id.code in DATE_FIELDS)
        texts = {t for c in columns for t in (c.sample or "").split(", ") if t}
        if texts and not possible_date_formats(texts):
            return self.env._(
                "None of the dates in the file can be read: %(dates)s. Is it the right "
                "column?",
                dates=", ".join(sorted(texts)),
            )
        return self.env._(
            "How are dates written? Those of the file can be read in more than one "
            "way: %(dates)s. Choose it under Format.",
            dates=", ".join(sorted(texts)),
        )

    def _questions_attendance(self, mapped):
        asked = []
        if not mapped & {"code", "flag_absent", "flag_tardy"}:
            asked.append(
                self.env._("Which column holds the attendance code, or 'absent'?")
            )
        if "view" in mapped and not self.view_value:
            asked.append(
                self.env._(
                    "The file holds several rows a day, one a view: %(views)s. Which "
                    "view counts? Write it under Format.",
                    views=self._samples("view"),
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

    def _samples(self, code):
        """Return the first values of the column that means `code`, as text."""
        columns = self.column_ids.filtered(lambda c: c.field_id.code == code)
        return ", ".join(filter(None, columns.mapped("sample")))

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
        self.check_access("read")
        operation = self.env.context.get("operation")
        if operation not in dict(OPERATIONS):
            operation = "rejected"
        label = dict(OPERATIONS)[operation]
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
            "view_mode": "list,kanban",
            "mobile_view_mode": "kanban",
            "domain": [("job_id", "=", self.id), ("operation", "=", operation)],
            "context": {
                "create": False,
                "edit": False,
                "delete": False,
                "operation": operation,
            },
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
        wanted = {row["line"] for row in rows}
        lines = {line: cells for line, cells in table.rows if line in wanted}
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
