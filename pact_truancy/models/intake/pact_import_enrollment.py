from collections import defaultdict
from datetime import timedelta

from odoo import api, models

from .plan import Plan
from .values import parse_bool, parse_date, parse_grade


class PactImportEnrollment(models.AbstractModel):
    """Enrollments: student, school and entry day name one. An empty exit day in the
    file opens an enrollment again; other empty cells leave what is there."""

    _name = "pact.import.enrollment"
    _inherit = ["pact.import.loader"]
    _description = "Import: Enrollments"

    @api.model
    def _plan(self, job, sheet, reach):
        plan = Plan(payload={"new": [], "changed": [], "homerooms": set()})
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
            sorted(plan.payload["homerooms"]),
        ]
        return plan

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
    def _compare(self, job, plan, parsed, seen):
        held = defaultdict(list)
        for enrollment in self.env["pact.enrollment"].search(
            [("student_id", "in", [row[2] for row in parsed])]
        ):
            key = (enrollment.student_id.id, enrollment.school_id.id)
            held[key].append(enrollment)
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
            changed, before, after = self._difference(record, now)
            if later:
                after = "; ".join(text for text in (after, room[2]) if text)
            changed.update(later)
            if not changed:
                plan.add("unchanged", line, label)
                continue
            plan.add("changed", line, label, before=before, after=after)
            plan.payload["changed"].append((record.id, changed))

    @api.model
    def _match(self, job, held, student, school, vals, seen):
        """Return the enrollment that a row speaks of, or None: the one from that day;
        else the only one of this system that shares days with it, where no other row
        of the file names it: then the file corrects its entry day."""
        for enrollment in held:
            if enrollment.entry_date == vals["entry_date"]:
                return enrollment
        leave = vals.get("exit_date")
        overlapping = [
            enrollment
            for enrollment in held
            if enrollment.source_id == job.source_id
            and (student, school, enrollment.entry_date) not in seen
            and (not leave or enrollment.entry_date <= leave)
            and (not enrollment.exit_date or enrollment.exit_date >= vals["entry_date"])
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

        enrollments = self.env["pact.enrollment"]
        enrollments.create(
            [
                {**complete(vals), "source_id": job.source_id.id}
                for vals in plan.payload["new"]
            ]
        )
        enrollments._write_many(
            {record: complete(vals) for record, vals in plan.payload["changed"]}
        )
