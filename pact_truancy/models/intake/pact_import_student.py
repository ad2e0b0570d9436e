from odoo import api, models
from odoo.tools import SQL

from ..facts.match import full_name, match_key
from .plan import Plan
from .values import parse_date

TEXTS = ("first_name", "middle_name", "last_name", "suffix", "preferred_name")
FIELDS = (*TEXTS, "birth_date", "lang_id")


class PactImportStudent(models.AbstractModel):
    """Students: found by their number in the system, never by name. An empty cell
    leaves what is there."""

    _name = "pact.import.student"
    _inherit = ["pact.import.loader"]
    _description = "Import: Students"

    @api.model
    def _plan(self, job, sheet, reach):
        plan = Plan(payload={"new": [], "changed": {}, "said": {}, "transfers": []})
        values = {self._student_value(job, sheet, cells) for _l, cells in sheet.rows}
        known, hidden = self._students(job, reach, values - {""}, "reach")
        context = self._context(job, sheet, reach, known, hidden)
        context["elsewhere"] = self._elsewhere(job, sheet, reach, context)
        for line, cells in sheet.rows:
            self._plan_row(job, sheet, plan, context, line, cells)
        plan.school_ids.discard(None)
        plan.school_ids |= self._current_schools(reach, known.values())
        plan.digest = [
            plan.payload["new"],
            plan.payload["changed"],
            plan.payload.get("conflicts"),
            plan.payload["transfers"],
        ]
        return plan

    @api.model
    def _elsewhere(self, job, sheet, reach, context):
        """Return {identifier: (kind, student id, district ids)} of rows that name a
        student of another district, perhaps."""
        keys = {}
        for _line, cells in sheet.rows:
            value = self._student_value(job, sheet, cells)
            birth = sheet.value(cells, "birth_date")
            if value and birth and value not in context["known"]:
                born = parse_date(birth, job.date_format, sheet.is_workbook)
                names = (sheet.text(cells, n) for n in ("first_name", "last_name"))
                if born:
                    keys[value] = (match_key(*names), born)
        transfers = self.env["pact.student.transfer"]
        return transfers._candidates(job.source_id, context["hidden"], keys)

    @api.model
    def _districts(self, job, reach):
        """Return ({school id: district id} in reach, district of the file or None)."""
        domain = [] if reach.schools is None else [("id", "in", list(reach.schools))]
        schools = self.env["pact.school"].search(domain)
        districts = job.source_id.district_id or schools.district_id
        own = districts.id if len(districts) == 1 else None
        return {school.id: school.district_id.id for school in schools}, own

    @api.model
    def _transfer(self, plan, context, value, school, vals):
        """Propose a transfer where the row names a student of another district; return
        why the row waits, or ''."""
        kind, student, districts = context["elsewhere"].get(value, (None, None, ()))
        by_school, own = context["districts"]
        district = by_school.get(school) or own
        if not student or not district or district in districts:
            return ""
        plan.payload["transfers"].append(
            {
                "value": value,
                "student_id": student,
                "kind": kind,
                "file_name": full_name(vals.get("first_name"), vals.get("last_name")),
                "birth_date": vals.get("birth_date"),
                "to_district_id": district,
                "to_school_id": school,
            }
        )
        return self.env._(
            "This row waits for the office, which decides about it. Nothing is needed "
            "from you; send the student again with the next file."
        )

    @api.model
    def _context(self, job, sheet, reach, known, hidden):
        """Return everything that rows are looked up in: a fixed number of queries."""
        held = self._held("pact.student", known.values(), FIELDS)
        self._warm("pact.student", held.values())
        languages = self._languages() if sheet.has("language") else {}
        self._warm("pact.student", [{"lang_id": i} for i in languages.values()])
        said, conflicts = self.env["pact.import.said"], self.env["pact.import.conflict"]
        return {
            "known": known,
            "hidden": hidden,
            "held": held,
            "said": said._of(job.source_id, "pact.student", held),
            "open": conflicts._open_keys(job.source_id, "pact.student", held),
            "districts": self._districts(job, reach),
            "schools": self._schools(job, reach) if sheet.has("school") else {},
            "languages": languages,
            "today": self.env["pact.clock"]._today(),
            "seen": {},
            "records": {},
        }

    @api.model
    def _plan_row(self, job, sheet, plan, context, line, cells):
        value = self._student_value(job, sheet, cells)
        names = (sheet.text(cells, "first_name"), sheet.text(cells, "last_name"))
        label = ", ".join(text for text in (value, " ".join(names).strip()) if text)
        vals, problem = self._values(job, sheet, cells, context, plan)
        school = None
        if sheet.has("school"):
            school = self._school(context["schools"], sheet.text(cells, "school"))
            plan.school_ids.add(school)
            problem = problem if school else self._unknown()
        if value in context["hidden"]:
            problem = self._unknown()
        elif not value:
            problem = self._missing(job, sheet, "", self.env._("Student number"))
        record = context["known"].get(value)
        if not record and (not problem or value in context["hidden"]):
            problem = self._transfer(plan, context, value, school, vals) or problem
        seen = context["seen"].get(value) or context["records"].get(record)
        if not problem and seen and seen[1] != vals:
            problem = self.env._(
                "Line %(line)s says something else about the same student.",
                line=seen[0],
            )
        if problem:
            plan.add("rejected", line, label, problem=problem)
            return
        if seen:
            plan.skipped += 1
            return
        context["seen"][value] = (line, vals)
        if record:
            context["records"][record] = (line, vals)
        self._compare(plan, context, line, label, value, vals)

    @api.model
    def _current_schools(self, reach, students):
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT school_id FROM pact_student_school_rel
                    WHERE student_id = ANY(%s)""",
                list(students),
            )
        )
        return {school for (school,) in rows if reach.has(school)}

    @api.model
    def _values(self, job, sheet, cells, context, plan):
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
            if not vals["birth_date"] or vals["birth_date"] > context["today"]:
                return vals, self._missing(
                    job, sheet, birth, self.env._("The birth date")
                )
        language, languages = sheet.text(cells, "language"), context["languages"]
        if language and language.casefold() in languages:
            vals["lang_id"] = languages[language.casefold()]
        elif language:
            plan.warnings[
                self.env._("Language not known here: %(language)s", language=language)
            ] += 1
        return vals, ""

    @api.model
    def _compare(self, plan, context, line, label, value, vals):
        record = context["known"].get(value)
        if not record:
            plan.add("new", line, label)
            plan.payload["new"].append((value, vals))
            return
        model = "pact.student"
        weighed = self._weigh(
            model, context["held"][record], context["said"].get(record), vals
        )
        plan.add(
            weighed.operation, line, label, before=weighed.before, after=weighed.after
        )
        plan.payload["said"][record] = vals
        if weighed.write:
            plan.payload["changed"][record] = weighed.write
        self._ask(plan, model, record, weighed, record, context["open"])

    @api.model
    def _execute(self, job, plan):
        new = plan.payload["new"]
        ids = self._insert_rows(
            "pact.student", [self._stored(vals) for _value, vals in new]
        )
        self._insert_rows(
            "pact.student.identifier",
            [
                {"student_id": student, "source_id": job.source_id.id, "value": value}
                for student, (value, _vals) in zip(ids, new, strict=True)
            ],
        )
        changed = plan.payload["changed"]
        held = self._held("pact.student", changed, (*FIELDS, "name", "match_key"))
        self._update_rows(
            "pact.student",
            {
                record: {**vals, **self._derived({**held[record], **vals})}
                for record, vals in changed.items()
            },
            held,
        )
        words = dict(zip(ids, (vals for _value, vals in new), strict=True))
        said = {"pact.student": {**plan.payload["said"], **words}}
        self._keep_words(job, plan, said)
        self.env["pact.student.transfer"]._propose(
            job.source_id, plan.payload["transfers"]
        )
        if ids:
            self.env["pact.student.duplicate"]._find(ids)

    @api.model
    def _stored(self, vals):
        """Return `vals` of a new student with what is computed from them."""
        return {**vals, **self._derived(vals)}

    @api.model
    def _derived(self, vals):
        names = (vals.get(n) for n in ("first_name", "middle_name", "last_name"))
        return {
            "name": full_name(*names, vals.get("suffix")),
            "match_key": match_key(vals.get("first_name"), vals.get("last_name")),
        }
