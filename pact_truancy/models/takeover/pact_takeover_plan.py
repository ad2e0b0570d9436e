from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..intake.pact_import_loader import Reach
from ..intake.readers import FileProblem, NumberText
from .book import BookProblem, Formula, Row, as_date, as_number, read_book
from .layout import SHEET, key_of


@dataclass
class Entry:
    """One row and what becomes of it. `values` is what the room that keeps such records
    takes; `key` tells a record from others: two rows with one key are one twice."""

    row: Row
    operation: str = "new"
    problem: str = ""
    label: str = ""
    student: models.BaseModel | None = None
    school: models.BaseModel | None = None
    key: tuple = ()
    values: dict = field(default_factory=dict)

    def reject(self, problem):
        """Reject the row; the first reason stays."""
        if self.operation != "rejected":
            self.operation, self.problem = "rejected", problem

    @property
    def is_good(self):
        return self.operation != "rejected"


class Plan:
    """What taking over a workbook would do: its entries, and the records they name."""

    def __init__(self, takeover, day):
        self.takeover = takeover
        self.day = day
        self.entries = []
        self.school_ids = set()
        # {(student, program): step} of the cases that are open or come with the file
        self.case_steps = {}

    def of(self, sheet):
        """Return the entries of a sheet that are good so far."""
        return [one for one in self.entries if one.row.sheet == sheet and one.is_good]

    def new(self, sheet):
        return [one for one in self.of(sheet) if one.operation == "new"]

    def _outcome(self):
        """As `pact.takeover.row._outcome`."""
        return sorted(
            (one.row.sheet, one.row.line, one.operation, one.problem)
            for one in self.entries
        )

    def _carry_out(self, day):
        return self.takeover._carry_out(self, day)


class PactTakeover(models.Model):
    """What a workbook says, row by row: who is meant, what is good, what is known."""

    _inherit = "pact.takeover"

    def _plan(self, day):
        """Return the `Plan` of the workbook as of `day`; writes nothing, and asks the
        database a number of times that does not grow with the rows."""
        self.ensure_one()
        plan = Plan(self, day)
        plan.entries = [Entry(row) for row in self._read_rows()]
        for entry in plan.entries:
            self._check_cells(entry)
        self._find_people(plan)
        self._find_programs(plan)
        for sheet in self._sheets():
            getattr(self, f"_plan_{sheet.code}")(plan)
            self._reject_twice(plan, sheet.code)
        plan.school_ids = {
            one.school.id for one in plan.entries if one.school and one.is_good
        }
        return plan

    def _carry_out(self, plan, day):
        """Write what is new of `plan`; returns a line a sheet."""
        lines = []
        for sheet in self._sheets():
            entries = plan.new(sheet.code)
            if entries:
                getattr(self, f"_take_{sheet.code}")(entries, plan)
                lines.append(
                    self.env._(
                        "%(sheet)s: %(count)s", sheet=sheet.title, count=len(entries)
                    )
                )
        return lines

    def _read_rows(self):
        """Return the rows of the workbook.

        :raise UserError: it cannot be read
        """
        job = self.env["pact.import.job"]
        # sudo: the record's own file; who may write the record may read it
        self.flush_recordset(["file"])
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
        if not attachment_sudo:
            raise UserError(self.env._("Choose the workbook first."))
        try:
            return read_book(attachment_sudo.raw or b"")
        except FileProblem as problem:
            raise UserError(job._file_problem_text(problem)) from problem
        except BookProblem as problem:
            raise UserError(self._book_problem_text(problem)) from problem

    @api.model
    def _book_problem_text(self, problem):
        texts = {
            "no_workbook": self.env._(
                "This is no workbook (.xlsx). Download the empty workbook and fill "
                "it in."
            ),
            "sheet": self.env._(
                "The sheet '%(sheet)s' is not known. A workbook has these: %(sheets)s."
            ),
            "sheet_twice": self.env._("The sheet '%(sheet)s' is there twice."),
            "column": self.env._(
                "The sheet '%(sheet)s' has a column that is not known: '%(column)s'. "
                "It has these: %(columns)s."
            ),
            "column_twice": self.env._(
                "In the sheet '%(sheet)s' the column '%(column)s' is there twice."
            ),
            "column_missing": self.env._(
                "In the sheet '%(sheet)s' these columns are missing: %(columns)s."
            ),
        }
        return texts[problem.code] % problem.values

    def _check_cells(self, entry):
        """Turn the cells into text, dates and numbers, or reject the row."""
        cells, sheet = entry.row.cells, SHEET[entry.row.sheet]
        entry.label = ", ".join(
            entry.row.text(column.code)
            for column in sheet.columns
            if entry.row.cells.get(column.code)
        )[:250]
        for column in sheet.columns:
            value = cells.get(column.code, "")
            names = {"column": column.title, "value": str(value)[:80]}
            if isinstance(value, Formula):
                entry.reject(
                    self.env._(
                        "%(column)s holds a formula. Paste its value instead.", **names
                    )
                )
            elif value == "":
                if column.is_required:
                    entry.reject(self.env._("%(column)s is empty.", **names))
            elif column.kind == "date":
                cells[column.code] = as_date(value)
                if not cells[column.code]:
                    entry.reject(
                        self.env._(
                            "%(column)s is no date: '%(value)s'. Format the cell as a "
                            "date, or write 2026-03-31.",
                            **names,
                        )
                    )
            elif column.kind == "number":
                cells[column.code] = as_number(value)
                if cells[column.code] is None:
                    entry.reject(
                        self.env._("%(column)s is no number: '%(value)s'.", **names)
                    )

    # -- who is meant ------------------------------------------------------------------

    @api.model
    def _takeover_reach(self):
        """Return the `Reach` of the user: the schools that the user coordinates."""
        reach = self.env["pact.import.loader"]._reach()
        if reach.schools is None:
            return reach
        return Reach(reach.uid, reach.coordinated, reach.coordinated)

    def _find_people(self, plan):
        """Set student and school of each entry, or reject it: what is unknown and what
        another office has are answered alike."""
        loader = self.env["pact.import.loader"].sudo()
        reach = self._takeover_reach()
        schools = loader._schools(self.sudo(), reach)
        numbers = set()
        for entry in plan.entries:
            number, school = entry.row.cells.get("student"), entry.row.text("school")
            if number and not isinstance(number, Formula):
                # some systems number students anew in each school
                numbers |= {number, f"{school}/{number}"}
        known, _hidden = loader._students(self.sudo(), reach, numbers, "today")
        # sudo: at schools that the user coordinates
        students = self.env["pact.student"].sudo().browse(set(known.values()))
        every = self.env["pact.school"].sudo().browse(set(schools.values()))
        for entry in plan.entries:
            if not entry.is_good:
                continue
            number, text = entry.row.cells["student"], entry.row.text("school")
            school_id = loader._school(schools, text)
            student_id = known.get(f"{text}/{number}") or known.get(number)
            if not school_id:
                entry.reject(
                    self.env._(
                        "'%(school)s' is no school that you coordinate.", school=text
                    )
                )
                continue
            entry.school = every.browse(school_id).with_prefetch(every.ids)
            student = students.browse(student_id or []).with_prefetch(students.ids)
            if not student or entry.school not in student.school_ids:
                entry.reject(self._no_student_text(number, entry.school))
                continue
            entry.student = student

    def _no_student_text(self, number, school):
        text = self.env._(
            "No student with the number %(number)s is at %(school)s now.",
            number=number,
            school=school.name,
        )
        if isinstance(number, NumberText):
            text += " " + self.env._(
                "Leading zeros are lost when a workbook holds the number as a number: "
                "format the column as text."
            )
        return text

    def _find_programs(self, plan):
        """Set `values['program']` of the entries that name one."""
        programs = {}
        # sudo: programs are no child's record
        for program in self.env["pact.program"].sudo().search([]):
            for name in (program.name, program.code):
                programs[key_of(name)] = program
        for entry in plan.entries:
            if not entry.is_good or "program" not in entry.row.cells:
                continue
            text = entry.row.text("program")
            entry.values["program"] = programs.get(key_of(text))
            if not entry.values["program"]:
                entry.reject(
                    self.env._("No program has the code '%(code)s'.", code=text)
                )

    @api.model
    def _one_named(self, records, text):
        """Return the record whose code or name is `text`, in any case; else none."""
        key = key_of(text)
        english = records.with_context(lang="en_US")
        for record, other in zip(records, english, strict=True):
            if key in (key_of(record.code), key_of(record.name), key_of(other.name)):
                return record
        return records.browse()

    def _users(self, entries, code):
        """Return {log-in or e-mail in lower case: user} of the employees that the
        column `code` names; one query. An e-mail that two have names nobody."""
        texts = {entry.row.text(code).casefold() for entry in entries} - {""}
        # sudo: names of colleagues; who works where is asked by the caller
        users_sudo = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("share", "=", False),
                    "|",
                    ("login", "in", list(texts)),
                    ("email_normalized", "in", list(texts)),
                ]
            )
        )
        found = {}
        for user in users_sudo.filtered("email_normalized"):
            email = user.email_normalized
            found[email] = None if email in found else user
        found |= {user.login.casefold(): user for user in users_sudo}
        return {text: found[text].sudo(False) for text in texts if found.get(text)}

    def _reject_twice(self, plan, sheet):
        """Reject what stands in the workbook twice: once is enough, and of two
        different ones nobody knows which is right."""
        first = {}
        for entry in plan.of(sheet):
            if not entry.key:
                continue
            if entry.key in first:
                entry.reject(
                    self.env._(
                        "The same stands in line %(line)s.", line=first[entry.key]
                    )
                )
            else:
                first[entry.key] = entry.row.line

    @api.model
    def _past(self, entry, code, day):
        """Reject an entry whose date lies in the future, or before the student was
        born: a year that was mistyped."""
        date = entry.row.cells.get(code)
        if date and date > day:
            entry.reject(
                self.env._(
                    "%(column)s is in the future: %(date)s.",
                    column=SHEET[entry.row.sheet].column(code).title,
                    date=fields.Date.to_string(date),
                )
            )
        elif date and entry.student.birth_date and date < entry.student.birth_date:
            entry.reject(
                self.env._(
                    "%(column)s is before the student was born: %(date)s.",
                    column=SHEET[entry.row.sheet].column(code).title,
                    date=fields.Date.to_string(date),
                )
            )
