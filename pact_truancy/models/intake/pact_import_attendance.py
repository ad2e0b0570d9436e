from collections import defaultdict
from fractions import Fraction

from odoo import api, models
from odoo.tools import SQL

from ..facts.units import format_days, to_portion
from .plan import SHOWN, Plan, PlanRow
from .values import parse_bool, parse_date, parse_number

FLAGS = (("flag_absent", "A"), ("flag_dismissed", "D"), ("flag_tardy", "T"))
NO_DATE = object()


class PactImportAttendance(models.AbstractModel):
    """Attendance: rows are resolved in memory, then compared and written in a few
    statements by `pact.attendance.event._stage` and `_apply_stage`.

    A code that nobody mapped is staged under a negative number, its place in
    `payload["unmapped"]`; it becomes a code of its own (unverified) on applying.
    """

    _name = "pact.import.attendance"
    _inherit = ["pact.import.loader"]
    _description = "Import: Attendance"

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
    def _count_codes(self, job, sheet):
        """Return {code text: number of rows} of the rows that would be read."""
        counts = defaultdict(int)
        for _line, cells in sheet.rows:
            if self._is_other_view(job, sheet, cells):
                continue
            text = self._code_text(sheet, cells)
            if text:
                counts[text] += 1
        return dict(counts)

    @api.model
    def _is_other_view(self, job, sheet, cells):
        return (
            sheet.has("view")
            and bool(job.view_value)
            and sheet.text(cells, "view").casefold() != job.view_value.casefold()
        )

    @api.model
    def _plan(self, job, sheet, reach):
        """Return the `Plan`; the staged rows stand in `pact_event_stage`."""
        plan = Plan()
        entries, present = self._resolve(job, sheet, reach, plan)
        rows = self._with_source_keys(sheet, entries, plan)
        rows += self._retracting(job, present)
        replace = None
        if job.mode == "replace":
            replace = (job.school_ids.ids, job.date_from, job.date_to)
        if not rows and plan.payload["kept"]:
            # every row was rejected: such a file says nothing about its days
            replace = None
        staged = self.env["pact.attendance.event"]._stage(
            job.source_id,
            rows,
            replace=replace,
            by_row_id=sheet.has("row_id"),
            kept=plan.payload["kept"] - {None},
            day_minutes=job.minutes_per_day,
        )
        plan.counts.update(staged)
        plan.school_ids = set(job.school_ids.ids)
        plan.rows.extend(self._staged_rows(plan))
        plan.digest = [
            self._stage_digest(),
            job.mode,
            sorted(job.school_ids.ids),
            job.date_from,
            job.date_to,
        ]
        return plan

    @api.model
    def _resolve(self, job, sheet, reach, plan):
        """Return (entries, present): what each row says, in ids and portions.

        An entry is [line, student, school, date, code, sent portion, minutes, reason,
        code text, row id, part, cells, periods]; present are (student, school, date) on
        which the file says that the student was there.
        """
        context = self._context(job, sheet, reach)
        entries, present = [], set()
        plan.payload["unmapped"] = context["unmapped"]
        kept = plan.payload["kept"] = set()
        for line, cells in sheet.rows:
            if self._is_other_view(job, sheet, cells):
                plan.skipped += 1
                continue
            if len(cells) > sheet.width:
                problem = self.env._("The row has more cells than the heading.")
            else:
                problem, entry = self._resolve_row(job, sheet, line, cells, context)
            if problem:
                plan.add(
                    "rejected", line, self._row_label(sheet, cells), problem=problem
                )
                kept.add(self._named_day(job, sheet, cells, context))
            elif entry is None:
                plan.skipped += 1
            elif entry[4] is None:
                plan.skipped += 1
                present.add(tuple(entry[1:4]))
            else:
                entries.append(entry)
        return entries, present

    @api.model
    def _context(self, job, sheet, reach):
        """Return everything that rows are looked up in: a fixed number of queries."""
        values = {self._student_value(job, sheet, cells) for _l, cells in sheet.rows}
        students, _hidden = self._students(job, reach, values - {""})
        codes = {line.value: line.code_id for line in job.code_ids if line.code_id}
        today = self.env["pact.clock"]._today()
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
            "unmapped": {},
            "dates": {},
            "today": today,
            "years": [(year.date_start, year.date_end) for year in years],
        }

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
    def _resolve_row(self, job, sheet, line, cells, context):
        """Return (problem, entry); neither for a row that says nothing."""
        student = context["students"].get(self._student_value(job, sheet, cells))
        day_text = sheet.value(cells, "date")
        day = context["dates"].get(day_text, NO_DATE)
        if day is NO_DATE:
            day = self._check_date(job, sheet, day_text, context)
            context["dates"][day_text] = day
        school = None
        if sheet.has("school"):
            school = self._school(context["schools"], sheet.text(cells, "school"))
        if not student or sheet.has("school") and not school:
            return self._unknown(), None
        if isinstance(day, str):
            return day, None
        school = school or self._school_by_enrollment(student, day, context)
        if not school:
            return self._unknown(), None
        if school not in context["covered"]:
            return (
                self.env._(
                    "%(school)s is not among the schools that this file covers.",
                    school=context["names"].get(school, ""),
                ),
                None,
            )
        return self._resolve_value(
            job, sheet, cells, context, [line, student, school, day]
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
    def _resolve_value(self, job, sheet, cells, context, entry):
        """Complete `entry` with what the row says; what it is worth as a part of a day
        is the school's roll-up rule's to say."""
        text = self._code_text(sheet, cells)
        if not text:
            return None, [*entry, None]
        code, is_present = context["codes"].get(text, (None, False))
        if is_present:
            return None, [*entry, None]
        if code is None:
            unmapped = context["unmapped"]
            code = unmapped.setdefault(text, -1 - len(unmapped))
        numbers = {}
        for name, label, most in (
            ("minutes", self.env._("Missed minutes"), 1440),
            ("periods", self.env._("Missed periods"), 60),
            ("portion", self.env._("Missed part of the day"), 1),
        ):
            said = sheet.text(cells, name)
            number = parse_number(said) if said else None
            if said and (number is None or Fraction(number) > most):
                if name == "portion" and numbers["minutes"]:
                    number = None  # minutes win (counting.md 13)
                else:
                    return self._missing(job, sheet, said, label), None
            numbers[name] = None if number is None else Fraction(number)
        minutes, periods, portion = numbers.values()
        minutes = None if minutes is None else int(minutes)
        periods = None if periods is None else int(periods)
        portion = None if portion is None else to_portion(portion)
        reason = sheet.text(cells, "reason") or None
        row_id, part = sheet.text(cells, "row_id"), sheet.text(cells, "part")
        return None, [
            *entry, code, portion, minutes, reason, text, row_id, part, cells, periods
        ]  # fmt: skip

    @api.model
    def _check_date(self, job, sheet, value, context):
        """Return the date, or why it cannot be taken (text)."""
        day = parse_date(value, job.date_format, sheet.is_workbook)
        if day is None:
            return self._missing(job, sheet, value, self.env._("The date"))
        if day > context["today"]:
            return self.env._("%(date)s is in the future.", date=day)
        if not any(start <= day <= end for start, end in context["years"]):
            return self.env._(
                "%(date)s lies in no school year. An administrator adds school years.",
                date=day,
            )
        if not job.date_from <= day <= job.date_to:
            return self.env._(
                "%(date)s is outside the dates that this file covers.", date=day
            )
        return day

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

    @api.model
    def _with_source_keys(self, sheet, entries, plan):
        """Return rows for `_stage`, each with its source key: the system's row id; else
        the part of the day; else '' for the only row of a student-day and the code for
        one of several. A repeat gets '#2'; a line that is there twice is read once."""
        by_row_id = sheet.has("row_id")
        groups = defaultdict(list)
        for entry in entries:
            groups[entry[9] if by_row_id else tuple(entry[1:4])].append(entry)
        rows = []
        for group_key, group in groups.items():
            if len(group) > 1:
                group = self._without_repeats(group, plan)
            if by_row_id and (len(group) > 1 or not group_key):
                self._reject_row_ids(sheet, group, plan)
                plan.payload["kept"].update((e[1], e[3]) for e in group)
                continue
            used = defaultdict(int)
            for entry in group:
                key = group_key if by_row_id else entry[10]
                if not key and len(group) > 1:
                    key = entry[8]
                used[key] += 1
                if used[key] > 1:
                    key = f"{key}#{used[key]}"
                said = (*entry[4:8], entry[10] or None, entry[12])
                rows.append((*entry[:4], key, *said))
        return rows

    @api.model
    def _without_repeats(self, group, plan):
        seen, result = set(), []
        for entry in group:
            cells = tuple(entry[11])
            if cells in seen:
                plan.skipped += 1
                continue
            seen.add(cells)
            result.append(entry)
        return result

    @api.model
    def _reject_row_ids(self, sheet, group, plan):
        lines = ", ".join(str(entry[0]) for entry in group)
        for entry in group:
            plan.add(
                "rejected",
                entry[0],
                self._row_label(sheet, entry[11]),
                problem=self.env._(
                    "The row number of the system is missing or stands on several "
                    "rows (lines %(lines)s).",
                    lines=lines,
                ),
            )

    @api.model
    def _retracting(self, job, present):
        """Return rows that take back what the system sent before for days on which it
        now says that the student was there."""
        if not present:
            return []
        students = {student for student, _school, _day in present}
        code = self.env.ref("pact_truancy.code_p").id
        held = self.env.execute_query(
            SQL(
                """SELECT DISTINCT student_id, school_id, date
                     FROM pact_attendance_event
                    WHERE source_id = %s AND student_id = ANY(%s)
                      AND date BETWEEN %s AND %s AND is_withdrawn IS NOT TRUE""",
                job.source_id.id,
                list(students),
                job.date_from,
                job.date_to,
            )
        )
        nothing = (None,) * 4
        return [(None, *key, "", code, 0, *nothing) for key in held if key in present]

    @api.model
    def _stage_digest(self):
        """Return what tells the staged difference from any other."""
        self.env.cr.execute(
            """SELECT md5(string_agg(concat_ws('|', t.operation, t.line, t.student_id,
                          t.school_id, t.date, t.source_key, t.code_id, t.portion,
                          t.minutes, t.reason, t.event_id, t.problem, e.code_id,
                          e.portion, e.source_code_id, e.source_portion,
                          e.is_withdrawn), E'\\n' ORDER BY t.line, t.event_id))
                 FROM pact_event_stage t
                 LEFT JOIN pact_attendance_event e ON e.id = t.event_id
                WHERE t.operation <> 'unchanged'"""
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _staged_rows(self, plan):
        """Return the staged rows to show: all rejected ones, the first of others."""
        unmapped = {number: text for text, number in plan.payload["unmapped"].items()}
        self.env.cr.execute(
            SQL(
                """SELECT operation, line, name, day, problem, code_id, code, portion,
                          reason, held_code, held_portion, decided, is_withdrawn
                     FROM (
                    SELECT COALESCE(t.shown, t.operation) AS operation, t.line,
                           s.name, t.date AS day, t.problem,
                           t.code_id, c.code, t.portion, t.reason,
                           COALESCE(sc.code, hc.code) AS held_code,
                           COALESCE(e.source_portion, e.portion) AS held_portion,
                           CASE WHEN e.decided_by_id IS NOT NULL THEN hc.code END
                                AS decided, e.is_withdrawn,
                           row_number() OVER (PARTITION BY COALESCE(t.shown,
                                                                   t.operation)
                                              ORDER BY t.line, t.date, t.event_id)
                                AS place
                      FROM pact_event_stage t
                      JOIN pact_student s ON s.id = t.student_id
                      LEFT JOIN pact_attendance_code c ON c.id = t.code_id
                      LEFT JOIN pact_attendance_event e ON e.id = t.event_id
                      LEFT JOIN pact_attendance_code hc ON hc.id = e.code_id
                      LEFT JOIN pact_attendance_code sc ON sc.id = e.source_code_id
                     WHERE t.operation <> 'unchanged') shown
                    WHERE operation = 'rejected' OR place <= %s
                    ORDER BY line NULLS LAST, day""",
                SHOWN,
            )
        )
        rows = []
        for row in self.env.cr.fetchall():
            operation, line, name, day, problem, code_id, code, portion = row[:8]
            reason, held_code, held_portion, decided, withdrawn = row[8:]
            said = self._said(code or unmapped.get(code_id, ""), portion, reason)
            before = ""
            if held_code:
                before = self._said(held_code, held_portion, None)
                if withdrawn:
                    before = self.env._("%(said)s, withdrawn", said=before)
            after = "" if operation == "withdrawn" else said
            if operation == "conflict" and not line:
                after = self.env._("no longer sent")
            if decided and after:
                after = self.env._(
                    "%(said)s (staff decided %(code)s: that stays)",
                    said=after,
                    code=decided,
                )
            rows.append(
                PlanRow(
                    operation, line or 0, f"{name}, {day}", problem or "", before, after
                )
            )
        return rows

    @api.model
    def _said(self, code, portion, reason):
        days = format_days(portion or 0)
        if not portion:
            text = code
        elif days == "1":
            text = self.env._("%(code)s, 1 day", code=code)
        else:
            text = self.env._("%(code)s, %(days)s days", code=code, days=days)
        return f"{text}, {reason}" if reason else text

    @api.model
    def _execute(self, job, plan):
        """Write what `_plan` staged."""
        self._create_unmapped(job, plan)
        day = min(job.date_to, self.env["pact.clock"]._today())
        received = self.env["pact.attendance.received"]
        received._mark(job.school_ids, job.date_from, day, job.source_id)
        events = self.env["pact.attendance.event"].with_context(pact_import_job=job.id)
        events._apply_stage(job.source_id, self.env._("Import %(name)s", name=job.name))

    @api.model
    def _create_unmapped(self, job, plan):
        """Make a code of its own, unverified, of each code that nobody mapped: it is
        kept, and it counts as unverified until somebody says what it means."""
        self.env.cr.execute(
            """SELECT DISTINCT code_id FROM pact_event_stage
                WHERE code_id < 0 AND operation IN ('new', 'changed')"""
        )
        used = {number for (number,) in self.env.cr.fetchall()}
        unmapped = {
            text: number
            for text, number in plan.payload["unmapped"].items()
            if number in used
        }
        plan.payload["unmapped"] = unmapped
        if not unmapped:
            return
        district = job._district()
        twin = self.env.ref("pact_truancy.code_unx")
        model = self.env["pact.attendance.code"].with_context(active_test=False)
        codes = model.search(
            [("code", "in", list(unmapped)), ("district_id", "=", district.id)]
        )
        codes |= model.create(
            [
                {
                    "code": text,
                    "name": self.env._("%(code)s: not yet mapped", code=text),
                    "category": "unverified",
                    "district_id": district.id,
                    "twin_id": twin.id,
                    "sequence": 900,
                }
                for text in unmapped.keys() - set(codes.mapped("code"))
            ]
        )
        for code in codes:
            self.env.cr.execute(
                "UPDATE pact_event_stage SET code_id = %s WHERE code_id = %s",
                (code.id, unmapped[code.code]),
            )
            job.code_ids.filtered(
                lambda line, code=code: line.value == code.code
            ).code_id = code
