import io
from datetime import datetime, time

from openpyxl import Workbook
from openpyxl.styles import Font

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..models.facts.units import format_days
from ..models.intake.pact_import_said import to_json
from ..models.intake.workbook import text_cell


class PactCorrectionList(models.TransientModel):
    """'To change in the information system': all that holds here and differs from what
    the source said, as a workbook for whoever keeps the information system.

    A row stays until the source sends the same value. It holds what its maker may read
    and nothing else; protected addresses are named as such.
    """

    _name = "pact.correction.list"
    _description = "To Change in the Information System"

    source_id = fields.Many2one(
        "pact.source",
        string="Information System",
        required=True,
        default=lambda self: self._default_source_id(),
        domain=[("code", "!=", "staff")],
    )
    allowed_school_ids = fields.Many2many(
        "pact.school", compute="_compute_allowed_school_ids"
    )
    district_id = fields.Many2one("pact.district")
    school_ids = fields.Many2many(
        "pact.school",
        string="Schools",
        domain="[('id', 'in', allowed_school_ids)]",
        help="Empty: all schools that you serve.",
    )
    date_from = fields.Date(string="Changed From")
    date_to = fields.Date(string="To")

    @api.model
    def _default_source_id(self):
        """Return the information system of the user's own district, if that is one."""
        reach = self.env["pact.import.loader"]._reach()
        schools = self.env["pact.school"].browse(list(reach.schools or ()))
        sources = self.env["pact.source"].search(
            [("district_id", "in", schools.district_id.ids)], limit=2
        )
        if len(sources) == 1:
            return sources
        return self.env["pact.import.job"]._default_source()

    @api.depends_context("uid")
    def _compute_allowed_school_ids(self):
        reach = self.env["pact.import.loader"]._reach()
        domain = [] if reach.schools is None else [("id", "in", list(reach.schools))]
        schools = self.env["pact.school"].search(domain)
        for wizard in self:
            wizard.allowed_school_ids = schools

    def action_download(self):
        """Download the list as XLSX."""
        self._check_own()
        return {
            "type": "ir.actions.act_url",
            "url": f"/pact/corrections/{self.id}.xlsx",
            "target": "self",
        }

    def _check_own(self):
        """The list is the maker's, and made with the maker's rights."""
        self.ensure_one()
        self.check_access("read")
        if self.create_uid != self.env.user:
            raise AccessError(self.env._("This list was asked for by somebody else."))

    def _schools(self):
        schools = self.school_ids or self.allowed_school_ids
        schools &= self.allowed_school_ids
        if self.district_id:
            schools = schools.filtered(lambda s: s.district_id == self.district_id)
        return schools

    def _xlsx(self):
        """Return the workbook as bytes."""
        self._check_own()
        book = Workbook(write_only=True)
        for title, heads, rows in (
            (self.env._("Attendance"), self._event_heads(), self._event_rows()),
            (
                self.env._("Students and families"),
                self._value_heads(),
                self._value_rows(),
            ),
        ):
            sheet = book.create_sheet(title)
            sheet.freeze_panes = "A2"
            for number in range(len(heads)):
                sheet.column_dimensions[chr(65 + number)].width = 22
            sheet.append([text_cell(sheet, head, Font(bold=True)) for head in heads])
            for row in rows:
                sheet.append([text_cell(sheet, value) for value in row])
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def _changed_domain(self, field):
        """Return the domain of the dates asked for, on a datetime field."""
        domain = []
        if self.date_from:
            domain.append((field, ">=", datetime.combine(self.date_from, time.min)))
        if self.date_to:
            domain.append((field, "<=", datetime.combine(self.date_to, time.max)))
        return domain

    def _numbers(self, students):
        """Return {student id: numbers in the system}; one query. Those that the system
        of a district gives are for who serves that district: a child may be there
        now, which is no business of the former school."""
        district = self.source_id.district_id
        if district and district not in self.allowed_school_ids.district_id:
            return {}
        # sudo: numbers of students whom the user may read, found before
        rows = (
            self.env["pact.student.identifier"]
            .sudo()
            .search(
                [
                    ("student_id", "in", students.ids),
                    ("source_id", "=", self.source_id.id),
                ]
            )
        )
        return {
            student.id: ", ".join(group.mapped("value"))
            for student, group in rows.grouped("student_id").items()
        }

    # -- attendance ------------------------------------------------------------------

    def _event_heads(self):
        return [
            self.env._("Student number"), self.env._("Student"), self.env._("School"),
            self.env._("Date"), self.env._("The system's code"),
            self.env._("The system's part of the day"), self.env._("Our code"),
            self.env._("Our part of the day"), self.env._("Reason"), self.env._("By"),
            self.env._("On"),
        ]  # fmt: skip

    def _event_rows(self):
        """Return the rows of attendance that differ, in order of school, student and
        day: re-coded here by a person or a note, no longer sent, or recorded here."""
        events = self.env["pact.attendance.event"]
        staff = self.env.ref("pact_truancy.pact_source_staff")
        mine = [
            ("school_id", "in", self._schools().ids),
            ("is_withdrawn", "=", False),
        ]
        recoded = events.search(
            [
                *mine,
                ("source_id", "=", self.source_id.id),
                ("decided_by_id", "!=", False),
                *self._changed_domain("decided_on"),
            ]
        ).filtered(
            lambda e: (
                e.is_source_gone
                or e.code_id != e.source_code_id
                or e.portion != e.source_portion
            )
        )
        recoded |= self._events_by_notes(mine)
        recorded = events.search(
            [
                *mine,
                ("source_id", "=", staff.id),
                *self._changed_domain("write_date"),
            ]
        )
        numbers = self._numbers((recoded | recorded).student_id)
        # what was recorded here goes to the system that knows the student
        found = recoded | recorded.filtered(lambda e: e.student_id.id in numbers)
        found = found.sorted(
            lambda e: (e.school_id.name, e.student_id.name, e.date, e.id)
        )
        for event in found:
            # sudo: who applied the note and when, no word of it
            note_sudo = event.sudo().note_id
            by = event.decided_by_id or note_sudo.applied_by_id or event.create_uid
            on = event.decided_on or note_sudo.applied_on or event.create_date
            said = event in recoded and not event.is_source_gone
            yield [
                numbers.get(event.student_id.id, ""),
                event.student_id.name,
                event.school_id.name,
                event.date,
                event.source_code_id.code if said else "-",
                format_days(event.source_portion) if said else "-",
                event.code_id.code,
                format_days(event.portion),
                event.reason or "",
                by.sudo().name,
                fields.Datetime.context_timestamp(self, on).date(),
            ]

    def _events_by_notes(self, mine):
        """Return the absences whose code is a note's and not the source's.

        :param mine: domain of the schools asked for
        """
        events = self.env["pact.attendance.event"]
        # sudo: that a note gave the code, also for whom notes are closed; what is
        # returned is what the user may read
        noted_sudo = events.sudo().search(
            [
                *mine,
                ("source_id", "=", self.source_id.id),
                ("decided_by_id", "=", False),
                ("note_id", "!=", False),
                *self._changed_domain("note_id.applied_on"),
            ]
        )
        differing = noted_sudo.filtered(lambda e: e.code_id != e.source_code_id)
        return events.search([("id", "in", differing.ids)])

    # -- people ----------------------------------------------------------------------

    def _value_heads(self):
        return [
            self.env._("Student number"), self.env._("Student"), self.env._("School"),
            self.env._("About"), self.env._("What"), self.env._("The system says"),
            self.env._("Holds here"), self.env._("By"), self.env._("On"),
        ]  # fmt: skip

    def _value_rows(self):
        """Return the rows of people that differ, in order of school and student."""
        self.env.flush_all()
        # what files said is open to nobody: here to code, for records that the user
        # may read (checked in `_readable`)
        said = self.env.execute_query(
            SQL(
                """SELECT res_model, res_id, content, staff FROM pact_import_said
                    WHERE source_id = %s AND staff IS NOT NULL""",
                self.source_id.id,
            )
        )
        by_model = {}
        for model, number, content, staff in said:
            by_model.setdefault(model, {})[number] = (content, staff)
        rows = []
        for model, words in by_model.items():
            owners = self._readable(model, list(words))
            rows += self._model_rows(
                model, {i: pair for i, pair in words.items() if i in owners}, owners
            )
        rows += self._removed_rows(by_model.get("pact.student.guardian", {}))
        return sorted(rows, key=lambda row: (row[2], row[1], row[3], row[4]))

    def _removed_rows(self, words):
        """Yield the guardians who were taken off a student here and whom the system
        still names."""
        removed = [
            staff["removed"] for _said, staff in words.values() if "removed" in staff
        ]
        schools = self._schools()
        students = self.env["pact.student"].search(
            [("id", "in", [row[2] for row in removed])]
        )
        numbers = self._numbers(students)
        for user, when, student_id, guardian in removed:
            student = students.filtered(lambda s, i=student_id: s.id == i)
            if not student.school_ids & schools or not self._asked(when):
                continue
            # sudo: a guardian of a student whom the user may read
            guardians_sudo = self.env["pact.guardian"].sudo()
            yield [
                numbers.get(student.id, ""),
                student.name,
                student.school_id.name or "",
                guardians_sudo.browse(guardian).exists().name or "",
                self.env._("Guardian of the student"),
                self.env._("yes"),
                self.env._("no"),
                self.env["res.users"].browse(user).sudo().name,
                when[:10],
            ]

    def _readable(self, model, ids):
        """Return {record id: (student, about whom)} of those of the schools asked for
        that the user may read."""
        schools = self._schools()
        found = self.env[model].search([("id", "in", ids)])
        result = {}
        for record in found:
            if model == "pact.student":
                students, about = record, ""
            elif model == "pact.guardian":
                students, about = record.student_link_ids.student_id, record.name
            else:
                students = record.student_id
                about = record.school_id.name if "school_id" in record else ""
                about = about or record.guardian_id.name
            students = students.filtered(lambda s: s.school_ids & schools)[:1]
            if students:
                result[record.id] = (students, about)
        return result

    def _model_rows(self, model, words, owners):
        loader = self.env["pact.import.loader"]
        stored = self.env[model]._fields
        names = {name for _content, staff in words.values() for name in staff}
        names = sorted(n for n in names if n in stored and stored[n].column_type)
        held = loader._held(model, words, names) if names else {}
        students = self.env["pact.student"].union(*(s for s, _a in owners.values()))
        numbers = self._numbers(students)
        for record, (content, staff) in words.items():
            for name, (user, when) in staff.items():
                if name not in names or name not in content:
                    continue
                ours = held[record][name]
                if to_json(ours) == to_json(content[name]) or not self._asked(when):
                    continue
                student, about = owners[record]
                yield [
                    numbers.get(student.id, ""),
                    student.name,
                    student.school_id.name or "",
                    about,
                    loader._label(model, name),
                    loader._words(model, name, content[name]),
                    loader._words(model, name, ours),
                    # sudo: the name of a colleague
                    self.env["res.users"].browse(user).sudo().name,
                    when[:10],
                ]

    def _asked(self, when):
        day = fields.Date.to_date(when[:10])
        return (not self.date_from or day >= self.date_from) and (
            not self.date_to or day <= self.date_to
        )
