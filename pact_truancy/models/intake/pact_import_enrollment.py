from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .plan import Plan
from .values import parse_bool, parse_date, parse_grade

FIELDS = (
    "entry_date", "exit_date", "grade", "entry_reason", "exit_reason", "is_primary",
    "homeroom_id",
)  # fmt: skip


class PactImportEnrollment(models.AbstractModel):
    """Enrollments: student, school and entry day name one. An empty exit day in the
    file opens an enrollment again; other empty cells leave what is there."""

    _name = "pact.import.enrollment"
    _inherit = ["pact.import.loader"]
    _description = "Import: Enrollments"

    @api.model
    def _plan(self, job, sheet, reach):
        plan = Plan(
            payload={
                "new": [], "changed": {}, "homerooms": set(), "said": {}, "waiting": [],
            }
        )  # fmt: skip
        values = {self._student_value(job, sheet, cells) for _l, cells in sheet.rows}
        students, _hidden = self._students(job, reach, values - {""})
        near, _hidden = self._students(job, reach, values - {""}, "reach")
        near = set(near.values())
        schools = self._schools(job, reach)
        parsed, seen = [], {}
        for line, cells in sheet.rows:
            names = ("student", "school", "entry_date")
            label = ", ".join(sheet.text(cells, name) for name in names)
            student = students.get(self._student_value(job, sheet, cells))
            school = self._school(schools, sheet.text(cells, "school"))
            if school and not student:
                self._note_waiting(job, sheet, plan, cells, school)
            if not student or not school:
                plan.add("rejected", line, label, problem=self._unknown())
                continue
            vals, problem = self._values(job, sheet, cells)
            if student not in near and not self._is_long_over(vals):
                # a former school does not take back by a file who is elsewhere now
                plan.add("rejected", line, label, problem=self._unknown())
                continue
            key = (student, school, vals.get("entry_date"))
            if not problem and seen.get(key, (line, vals))[1] != vals:
                problem = self.env._(
                    "Line %(line)s says something else about the same enrollment.",
                    line=seen[key][0],
                )
            if problem:
                plan.add("rejected", line, label, problem=problem)
            elif key in seen:
                plan.skipped += 1
            else:
                seen[key] = (line, vals)
                parsed.append((line, label, student, school, vals))
        self._plan_homerooms(plan, parsed)
        self._compare(job, plan, parsed, seen)
        plan.school_ids = {school for _line, _label, _student, school, _v in parsed}
        plan.digest = [
            plan.payload["new"],
            plan.payload["changed"],
            plan.payload.get("conflicts"),
            sorted(plan.payload["homerooms"]),
        ]
        return plan

    @api.model
    def _note_waiting(self, job, sheet, plan, cells, school):
        """Keep what the row says for a transfer that may wait for the office; the
        answer is the same whether one does or not."""
        vals, problem = self._values(job, sheet, cells)
        if not problem:
            value = self._student_value(job, sheet, cells)
            row = (value, school, vals["entry_date"], vals.get("grade"))
            plan.payload["waiting"].append(row)

    @api.model
    def _is_long_over(self, vals):
        """Return whether an enrollment ended so long ago that it gives no right."""
        days = self.env["pact.student"]._former_days()
        today = self.env["pact.clock"]._today()
        return bool(vals.get("exit_date")) and vals["exit_date"] < today - timedelta(
            days=days
        )

    @api.model
    def _values(self, job, sheet, cells):
        """Return (values, problem); `homeroom` still as (year id, name)."""
        vals = {}
        for name, label in (
            ("entry_date", self.env._("The entry date")),
            ("exit_date", self.env._("The exit date")),
        ):
            cell = sheet.value(cells, name)
            day = parse_date(cell, job.date_format, sheet.is_workbook) if cell else None
            if not day and (cell or name == "entry_date"):
                return vals, self._missing(job, sheet, cell, label)
            if sheet.has(name):
                vals[name] = day or False
        if vals.get("exit_date") and vals["exit_date"] < vals["entry_date"]:
            return vals, self.env._("The exit day is before the entry day.")
        grade = sheet.text(cells, "grade")
        if grade:
            vals["grade"] = parse_grade(grade)
            if not vals["grade"]:
                return vals, self._missing(job, sheet, grade, self.env._("The grade"))
        if sheet.has("exit_reason"):
            vals["exit_reason"] = sheet.text(cells, "exit_reason") or False
        if sheet.text(cells, "entry_reason"):
            vals["entry_reason"] = sheet.text(cells, "entry_reason")
        primary = parse_bool(sheet.text(cells, "is_primary"))
        if primary is not None:
            vals["is_primary"] = primary
        if sheet.text(cells, "homeroom"):
            vals["homeroom"] = sheet.text(cells, "homeroom")
        return vals, ""

    @api.model
    def _plan_homerooms(self, plan, parsed):
        """Turn names of homerooms into ids; those that are missing will be made."""
        if not any("homeroom" in row[4] for row in parsed):
            return
        years = self.env["pact.school.year"].search([])
        today = self.env["pact.clock"]._today()
        known = {
            (room.school_id.id, room.year_id.id, room.name): room.id
            for room in self.env["pact.homeroom"].search(
                [("school_id", "in", [row[3] for row in parsed])]
            )
        }
        for _line, _label, _student, school, vals in parsed:
            name = vals.pop("homeroom", None)
            if not name:
                continue
            day = max(vals["entry_date"], min(today, vals.get("exit_date") or today))
            year = next(
                (y.id for y in years if y.date_start <= day <= y.date_end), None
            )
            if not year:
                continue
            key = (school, year, name)
            vals["homeroom_id"] = known.get(key) or key
            if key not in known:
                plan.payload["homerooms"].add(key)

    @api.model
    def _enrollments(self, students):
        """Return {(student id, school id): [{id, source_id and FIELDS}]}, the latest
        first; one query."""
        names = ("id", "student_id", "school_id", "source_id", *FIELDS)
        rows = self.env.execute_query(
            SQL(
                """SELECT %s FROM pact_enrollment WHERE student_id = ANY(%s)
                    ORDER BY entry_date DESC, id DESC""",
                SQL(", ").join(map(SQL.identifier, names)),
                list(students),
            )
        )
        held = defaultdict(list)
        for row in rows:
            held[row[1:3]].append(dict(zip(names, row, strict=True)))
        return held

    @api.model
    def _compare(self, job, plan, parsed, seen):
        model = "pact.enrollment"
        held = self._enrollments({row[2] for row in parsed})
        records = [record for group in held.values() for record in group]
        ids = [record["id"] for record in records]
        said = self.env["pact.import.said"]._of(job.source_id, model, ids)
        open_keys = self.env["pact.import.conflict"]._open_keys(
            job.source_id, model, ids
        )
        self._warm(model, records)
        self._warm(model, [vals for *_rest, vals in parsed])
        for line, label, student, school, vals in parsed:
            record = self._match(
                job, held[student, school], student, school, vals, seen
            )
            if not record:
                plan.add("new", line, label)
                vals = {**vals, "student_id": student, "school_id": school}
                plan.payload["new"].append(vals)
                continue
            room = vals.get("homeroom_id")
            later = {"homeroom_id": room} if isinstance(room, tuple) else {}
            now = {name: v for name, v in vals.items() if name not in later}
            number = record["id"]
            weighed = self._weigh(model, record, said.get(number), now)
            after = weighed.after
            operation = weighed.operation
            if later:
                after = "; ".join(text for text in (after, room[2]) if text)
                operation = "changed" if operation == "unchanged" else operation
            plan.add(operation, line, label, before=weighed.before, after=after)
            plan.payload["said"][number] = vals
            if weighed.write or later:
                plan.payload["changed"][number] = {**weighed.write, **later}
            self._ask(plan, model, number, weighed, student, open_keys)

    @api.model
    def _match(self, job, held, student, school, vals, seen):
        """Return the enrollment that a row speaks of, or None: the one from that day;
        else the only one of this system that shares days with it, where no other row
        of the file names it: then the file corrects its entry day."""
        for enrollment in held:
            if enrollment["entry_date"] == vals["entry_date"]:
                return enrollment
        leave = vals.get("exit_date")
        overlapping = [
            enrollment
            for enrollment in held
            if enrollment["source_id"] == job.source_id.id
            and (student, school, enrollment["entry_date"]) not in seen
            and (not leave or enrollment["entry_date"] <= leave)
            and (
                not enrollment["exit_date"]
                or enrollment["exit_date"] >= vals["entry_date"]
            )
        ]
        return overlapping[0] if len(overlapping) == 1 else None

    @api.model
    def _execute(self, job, plan):
        missing = sorted(plan.payload["homerooms"])
        rooms = self.env["pact.homeroom"].create(
            [
                {"school_id": school, "year_id": year, "name": name}
                for school, year, name in missing
            ]
        )
        made = dict(zip(missing, rooms.ids, strict=True))

        def complete(vals):
            room = vals.get("homeroom_id")
            return {**vals, "homeroom_id": made[room]} if room in made else vals

        model, changed = "pact.enrollment", plan.payload["changed"]
        new = [
            {**complete(vals), "source_id": job.source_id.id}
            for vals in plan.payload["new"]
        ]
        ids = self._insert_rows(model, new)
        held = self._held(model, changed, ("student_id", *FIELDS))
        self._update_rows(
            model, {record: complete(vals) for record, vals in changed.items()}, held
        )
        said = {record: complete(vals) for record, vals in plan.payload["said"].items()}
        said.update(
            (record, {name: vals[name] for name in FIELDS if name in vals})
            for record, vals in zip(ids, new, strict=True)
        )
        self._keep_words(job, plan, {model: said})
        self.env["pact.student.transfer"]._complete(
            job.source_id, plan.payload["waiting"]
        )
        students = {vals["student_id"] for vals in [*new, *held.values()]}
        if students:
            self.env[model]._after_change(self.env["pact.student"].browse(students))
