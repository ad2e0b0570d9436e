from odoo import Command, api, models

from ..facts.statistics import analyze
from .plan import Plan
from .values import parse_date

TEXTS = ("first_name", "middle_name", "last_name", "suffix", "preferred_name")


class PactImportStudent(models.AbstractModel):
    """Students: found by their number in the system, never by name. An empty cell
    leaves what is there."""

    _name = "pact.import.student"
    _inherit = ["pact.import.loader"]
    _description = "Import: Students"

    @api.model
    def _plan(self, job, sheet, reach):
        plan = Plan(payload={"new": [], "changed": []})
        values = {self._student_value(job, sheet, cells) for _l, cells in sheet.rows}
        known, hidden = self._students(job, reach, values - {""}, "reach")
        schools = self._schools(job, reach) if sheet.has("school") else {}
        records = {
            student.id: student
            for student in self.env["pact.student"].browse(known.values())
        }
        languages = self._languages() if sheet.has("language") else {}
        seen = {}
        for line, cells in sheet.rows:
            value = self._student_value(job, sheet, cells)
            names = (sheet.text(cells, "first_name"), sheet.text(cells, "last_name"))
            label = ", ".join(text for text in (value, " ".join(names).strip()) if text)
            vals, problem = self._values(job, sheet, cells, languages, plan)
            if sheet.has("school"):
                school = self._school(schools, sheet.text(cells, "school"))
                plan.school_ids.add(school)
                problem = problem if school else self._unknown()
            if value in hidden:
                problem = self._unknown()
            elif not value:
                problem = self._missing(job, sheet, "", self.env._("Student number"))
            if not problem and seen.get(value, (line, vals))[1] != vals:
                problem = self.env._(
                    "Line %(line)s says something else about the same student.",
                    line=seen[value][0],
                )
            if problem:
                plan.add("rejected", line, label, problem=problem)
                continue
            if value in seen:
                plan.skipped += 1
                continue
            seen[value] = (line, vals)
            self._compare(plan, line, label, value, vals, records.get(known.get(value)))
        plan.school_ids.discard(None)
        plan.school_ids |= self._current_schools(reach, known.values())
        plan.digest = [plan.payload["new"], plan.payload["changed"]]
        return plan

    @api.model
    def _current_schools(self, reach, students):
        schools = self.env["pact.student"].browse(students).school_ids.ids
        return {school for school in schools if reach.has(school)}

    @api.model
    def _values(self, job, sheet, cells, languages, plan):
        """Return (values of the non-empty cells, problem)."""
        vals = {name: sheet.text(cells, name) for name in TEXTS}
        vals = {name: text for name, text in vals.items() if text}
        for name in ("first_name", "last_name"):
            if name not in vals:
                label = (
                    self.env["pact.student"]._fields[name]._description_string(self.env)
                )
                return vals, self._missing(job, sheet, "", label)
        birth = sheet.value(cells, "birth_date")
        if birth:
            vals["birth_date"] = parse_date(birth, job.date_format, sheet.is_workbook)
            today = self.env["pact.clock"]._today()
            if not vals["birth_date"] or vals["birth_date"] > today:
                return vals, self._missing(
                    job, sheet, birth, self.env._("The birth date")
                )
        language = sheet.text(cells, "language")
        if language and language.casefold() in languages:
            vals["lang_id"] = languages[language.casefold()]
        elif language:
            plan.warnings[
                self.env._("Language not known here: %(language)s", language=language)
            ] += 1
        return vals, ""

    @api.model
    def _compare(self, plan, line, label, value, vals, record):
        if not record:
            plan.add("new", line, label)
            plan.payload["new"].append((value, vals))
            return
        changed, before, after = self._difference(record, vals)
        if not changed:
            plan.add("unchanged", line, label)
            return
        plan.add("changed", line, label, before=before, after=after)
        plan.payload["changed"].append((record.id, changed))

    @api.model
    def _execute(self, job, plan):
        students = self.env["pact.student"]
        source = job.source_id.id
        students.create(
            [
                {
                    **vals,
                    "identifier_ids": [
                        Command.create({"source_id": source, "value": value})
                    ],
                }
                for value, vals in plan.payload["new"]
            ]
        )
        for record, vals in plan.payload["changed"]:
            students.browse(record).write(vals)
        self.env.flush_all()
        count = len(plan.payload["new"])
        analyze(self.env.cr, count, "pact_student", "pact_student_identifier")
