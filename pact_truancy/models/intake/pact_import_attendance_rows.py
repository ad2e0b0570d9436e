from collections import defaultdict
from fractions import Fraction
from operator import itemgetter

from odoo import api, models
from odoo.tools import SQL

from ..facts.pact_attendance_event_stage import FILE_COLUMNS
from ..facts.units import to_portion
from .values import parse_bool, parse_date, parse_number

FLAGS = (("flag_absent", "A"), ("flag_dismissed", "D"), ("flag_tardy", "T"))
NOT_ASKED = object()


class PactImportAttendance(models.AbstractModel):
    """The rows of an attendance file, one by one: who, where, when and what, or why a
    row cannot be taken. Each different value of a column is looked up once."""

    _inherit = "pact.import.attendance"

    @api.model
    def _code_text(self, sheet, cells):
        """Return the code of a row as text: 'UNX', 'ABS-UA', or 'A-E' from flags; ''
        where the file says nothing, which is presence."""
        parts = [sheet.text(cells, "code"), sheet.text(cells, "code_detail")]
        flags = [
            letter
            for name, letter in FLAGS
            if sheet.has(name) and parse_bool(sheet.text(cells, name))
        ]
        if flags and parse_bool(sheet.text(cells, "flag_excused")):
            flags.append("E")
        return "-".join(part for part in [*parts, *flags] if part)

    @api.model
    def _code_reader(self, sheet):
        """Return a function of cells: `_code_text`, shorter where one column says it
        all."""
        names = {"code", "code_detail", "flag_excused", *(name for name, _l in FLAGS)}
        if names & sheet.columns.keys() == {"code"}:
            place = sheet.columns["code"]
            return lambda cells: str(cells[place])
        return lambda cells: self._code_text(sheet, cells)

    @api.model
    def _count_codes(self, job, sheet):
        """Return {code text: number of rows} of the rows that would be read."""
        counts = {}
        code_text = self._code_reader(sheet)
        for _line, cells in sheet.rows:
            if self._is_other_view(job, sheet, cells):
                continue
            text = code_text(cells)
            if text:
                counts[text] = counts.get(text, 0) + 1
        return counts

    @api.model
    def _is_other_view(self, job, sheet, cells):
        return (
            sheet.has("view")
            and bool(job.view_value)
            and sheet.text(cells, "view").casefold() != job.view_value.casefold()
        )

    @api.model
    def _context(self, job, sheet, reach):
        """Return everything that rows are looked up in: a fixed number of queries."""
        if job.student_by_school:
            values = {self._student_value(job, sheet, c) for _line, c in sheet.rows}
        else:
            values = set(map(self._as_text, sheet.distinct("student")))
        students, _hidden = self._students(job, reach, values - {""})
        codes = {line.value: line.code_id for line in job.code_ids if line.code_id}
        years = self.env["pact.school.year"].search([])
        schools = self._schools(job, reach)
        names = {s.id: s.name for s in self.env["pact.school"].browse(schools.values())}
        return {
            "students": students,
            "enrolled": {}
            if sheet.has("school")
            else self._enrolled(list(students.values()), reach),
            "schools": schools,
            "names": names,
            "covered": set(job.school_ids.ids),
            "codes": {
                text: (code.id, code.category == "present")
                for text, code in codes.items()
            },
            "present": self.env.ref("pact_truancy.code_p").id,
            "unmapped": {},
            "by_row_id": sheet.has("row_id"),
            "today": self.env["pact.clock"]._today(),
            "years": [(year.date_start, year.date_end) for year in years],
        }

    @api.model
    def _as_text(self, value):
        return value if isinstance(value, str) else str(value)

    @api.model
    def _enrolled(self, students, reach):
        """Return {student id: [(entry, exit, school)]} within reach, primary first."""
        rows = self.env.execute_query(
            SQL(
                """SELECT student_id, entry_date, exit_date, school_id
                     FROM pact_enrollment
                    WHERE student_id = ANY(%s) AND (%s OR school_id = ANY(%s))
                    ORDER BY is_primary IS NOT TRUE, entry_date DESC""",
                students,
                reach.schools is None,
                list(reach.schools or ()),
            )
        )
        result = defaultdict(list)
        for student, entry, leave, school in rows:
            result[student].append((entry, leave, school))
        return result

    @api.model
    def _columns(self, sheet):
        """Return those of FILE_COLUMNS of which the file says something."""
        absent = {
            name
            for name, column in (
                ("sent_portion", "portion"),
                ("minutes", "minutes"),
                ("periods", "periods"),
                ("part", "part"),
                ("reason", "reason"),
            )
            if not sheet.has(column)
        }
        return tuple(name for name in FILE_COLUMNS if name not in absent)

    @api.model
    def _rows(self, job, sheet, context, plan):
        """Yield what each row says, in the order of `_columns`; rows that cannot be
        taken go to the plan with the reason, and what they speak of to
        `payload["kept"]`."""
        has_view = sheet.has("view") and bool(job.view_value)
        wanted = itemgetter(
            *(FILE_COLUMNS.index(name) for name in self._columns(sheet))
        )
        resolve = self._resolver(job, sheet, context)
        payload = plan.payload
        for line, cells in sheet.rows:
            if has_view and self._is_other_view(job, sheet, cells):
                plan.skipped += 1
                continue
            problem, row, is_present = resolve(line, cells)
            if problem:
                label = self._row_label(sheet, cells)
                plan.add("rejected", line, label, problem=problem)
                payload["kept"].add(self._named_day(job, sheet, cells, context))
                student = self._student_value(job, sheet, cells)
                payload["unknown"] += student not in context["students"]
                continue
            payload["taken"] += 1
            plan.skipped += is_present
            yield wanted(row)

    @api.model
    def _resolver(self, job, sheet, context):
        """Return a function of (line, cells): (problem, row in the order of
        FILE_COLUMNS, whether it says that the student was there). Called a million
        times: what each different value means is looked up once."""
        get = sheet.columns.get
        width, by_row_id = sheet.width, context["by_row_id"]
        number_at, school_at, date_at = get("student"), get("school"), get("date")
        reason_at, part_at, id_at = get("reason"), get("part"), get("row_id")
        amounts_at = [get(name) for name in ("minutes", "periods", "portion")]
        has_amounts = any(place is not None for place in amounts_at)
        code_text, covered = self._code_reader(sheet), context["covered"]
        students, dates = context["students"], {}
        places, meanings = {}, {}
        by_school = job.student_by_school or number_at is None

        def resolve(line, cells):
            if len(cells) > width:
                return self.env._("The row has more cells than the heading."), None, 0
            school = None
            if school_at is not None:
                text = cells[school_at]
                school = places.get(text, NOT_ASKED)
                if school is NOT_ASKED:
                    school = self._school(context["schools"], text)
                    places[text] = school
                if not school:
                    return self._unknown(), None, 0
            number = (
                self._student_value(job, sheet, cells)
                if by_school
                else cells[number_at]
            )
            student = students.get(number)
            if not student:
                return self._unknown(number), None, 0
            text = cells[date_at]
            if text not in dates:
                dates[text] = self._check_date(job, sheet, text, context)
            day, problem = dates[text]
            if problem:
                return problem, None, 0
            school = school or self._school_by_enrollment(student, day, context)
            if school not in covered:
                return self._not_covered(school, context), None, 0
            said = code = code_text(cells)
            if has_amounts:
                amounts = ("" if p is None else str(cells[p]) for p in amounts_at)
                said = (code, *amounts)
            if said not in meanings:
                amounts = said[1:] if has_amounts else ("", "", "")
                meanings[said] = self._read_value(job, sheet, code, *amounts, context)
            problem, code_id, is_present, portion, minutes, periods = meanings[said]
            if problem:
                return problem, None, 0
            part = None if part_at is None else cells[part_at] or None
            row = (
                line, student, school, day, cells[id_at] if by_row_id else part or "",
                code_id, portion, minutes,
                None if reason_at is None else cells[reason_at] or None, part, periods,
                code, hash(tuple(cells)),
            )  # fmt: skip
            return None, row, is_present

        return resolve

    @api.model
    def _not_covered(self, school, context):
        if not school:
            return self._unknown()
        return self.env._(
            "%(school)s is not among the schools that this file covers.",
            school=context["names"].get(school, ""),
        )

    @api.model
    def _read_value(self, job, sheet, text, minutes, periods, portion, context):
        """Return (problem, code id, whether present, sent portion, minutes, periods);
        what that is worth as a part of a day is the school's roll-up rule's to say."""
        code, is_present = context["codes"].get(text, (None, False))
        if not text:
            code, is_present = context["present"], True
        if is_present:
            return None, code, True, None, None, None
        if code is None:
            unmapped = context["unmapped"]
            code = unmapped.setdefault(text, -1 - len(unmapped))
        numbers = {}
        for name, said, label, most in (
            ("minutes", minutes, self.env._("Missed minutes"), 1440),
            ("periods", periods, self.env._("Missed periods"), 60),
            ("portion", portion, self.env._("Missed part of the day"), 1),
        ):
            number = parse_number(said) if said else None
            if said and (number is None or Fraction(number) > most):
                if name == "portion" and numbers["minutes"]:
                    number = None  # minutes win (counting.md 13)
                else:
                    problem = self._missing(job, sheet, said, label)
                    return problem, None, False, None, None, None
            numbers[name] = None if number is None else Fraction(number)
        minutes, periods, portion = numbers.values()
        return (
            None,
            code,
            False,
            None if portion is None else to_portion(portion),
            None if minutes is None else int(minutes),
            None if periods is None else int(periods),
        )

    @api.model
    def _named_day(self, job, sheet, cells, context):
        """Return the (student, date) that a rejected row speaks of, as far as it can be
        told: no date for any date, None for nobody known. What was recorded there
        stays, since the file does not say that it is gone."""
        student = context["students"].get(self._student_value(job, sheet, cells))
        if not student:
            return None
        value = sheet.value(cells, "date")
        return student, parse_date(value, job.date_format, sheet.is_workbook)

    @api.model
    def _check_date(self, job, sheet, value, context):
        """Return (the date, None) or (None, why it cannot be taken)."""
        day = parse_date(value, job.date_format, sheet.is_workbook)
        if day is None:
            return None, self._missing(job, sheet, value, self.env._("The date"))
        if day > context["today"]:
            return None, self.env._("%(date)s is in the future.", date=day)
        if not any(start <= day <= end for start, end in context["years"]):
            return None, self.env._(
                "%(date)s lies in no school year. An administrator adds school years.",
                date=day,
            )
        if not job.date_from <= day <= job.date_to:
            return None, self.env._(
                "%(date)s is outside the dates that this file covers.", date=day
            )
        return day, None

    @api.model
    def _school_by_enrollment(self, student, day, context):
        """Return the school of a row without school: where the student was enrolled on
        that day; else the only school that the file covers."""
        for entry, leave, school in context["enrolled"].get(student, ()):
            if entry <= day and (leave is None or day <= leave):
                return school
        covered = context["covered"]
        known = {school for _e, _l, school in context["enrolled"].get(student, ())}
        return next(iter(covered)) if len(covered) == 1 and covered & known else None

    @api.model
    def _row_label(self, sheet, cells):
        names = ("student", "school", "date")
        parts = [sheet.text(cells, name) for name in names]
        parts.append(self._code_text(sheet, cells))
        return ", ".join(part for part in parts if part)
