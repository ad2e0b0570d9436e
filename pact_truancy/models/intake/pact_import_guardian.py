from odoo import Command, api, models
from odoo.tools import SQL

from ..facts.pact_guardian import ADDRESS
from ..facts.statistics import analyze
from .plan import Plan
from .values import parse_bool, parse_number, parse_relationship

TEXTS = (
    "first_name", "last_name", "phone", "mobile", "email", "street", "street2", "city",
    "zip",
)  # fmt: skip
LINK_FLAGS = {
    "lives_with": "lives_with",
    "receives_mail": "receives_mail",
    "education_rights": "has_education_rights",
}


class PactImportGuardian(models.AbstractModel):
    """Guardians and what they are to students.

    A guardian is known by the system's number, else by student and place in the
    student's list ('12345/1'); never by name. A row may hold the guardian, the link to
    a student, or both. An empty cell leaves what is there; no `res.partner` is written.
    """

    _name = "pact.import.guardian"
    _inherit = ["pact.import.loader"]
    _description = "Import: Guardians"

    @api.model
    def _plan(self, job, sheet, reach):
        plan = Plan(payload={"new": {}, "changed": {}, "links": [], "link_changes": []})
        rows = self._identified(job, sheet)
        students, _hidden = self._students(
            job, reach, {student for *_rest, student in rows if student}, "today"
        )
        known, hidden = self._guardians(job, reach, {row[2] for row in rows if row[2]})
        context = {
            "students": students,
            "known": known,
            "hidden": hidden,
            "links": self._links(students.values()),
            "records": {
                guardian.id: guardian
                for guardian in self.env["pact.guardian"].browse(known.values())
            },
            "languages": self._languages() if sheet.has("language") else {},
            "states": self._states() if sheet.has("state") else {},
            "seen": {},
            "linked": {},
        }
        for line, cells, key, student in rows:
            self._plan_row(job, sheet, plan, context, line, cells, key, student)
        plan.school_ids = {
            school
            for school in self.env["pact.student"]
            .browse(students.values())
            .school_ids.ids
            if reach.has(school)
        }
        plan.digest = [plan.payload]
        return plan

    @api.model
    def _identified(self, job, sheet):
        """Return [(line, cells, guardian's identifier, student's identifier)]."""
        places, result = {}, []
        for line, cells in sheet.rows:
            student = self._student_value(job, sheet, cells)
            key = sheet.text(cells, "contact")
            if not key and student:
                place = sheet.text(cells, "slot")
                if not place:
                    place = places[student] = places.get(student, 0) + 1
                key = f"{student}/{place}"
            result.append((line, cells, key, student))
        return result

    @api.model
    def _guardians(self, job, reach, values):
        """Return ({identifier: guardian id} within reach, identifiers out of reach).

        Within reach: a student who is at a school of the person today, or once was at
        one that the person coordinates; or no student at all, and the person (or
        a coordinator of the district) brought the guardian here.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT i.value, i.guardian_id,
                          %(all)s OR EXISTS (
                              SELECT 1 FROM pact_student_guardian l
                                JOIN pact_student_school_rel e
                                  ON e.student_id = l.student_id
                               WHERE l.guardian_id = i.guardian_id
                                 AND e.school_id = ANY(%(schools)s))
                          OR EXISTS (
                              SELECT 1 FROM pact_student_guardian l
                                JOIN pact_enrollment e ON e.student_id = l.student_id
                               WHERE l.guardian_id = i.guardian_id
                                 AND e.school_id = ANY(%(coordinated)s))
                          OR (%(orphans)s OR g.create_uid = %(uid)s) AND NOT EXISTS (
                              SELECT 1 FROM pact_student_guardian l
                                JOIN pact_enrollment e ON e.student_id = l.student_id
                               WHERE l.guardian_id = i.guardian_id)
                     FROM pact_guardian_identifier i
                     JOIN pact_guardian g ON g.id = i.guardian_id
                    WHERE i.source_id = %(source)s AND i.value = ANY(%(values)s)""",
                all=reach.schools is None,
                schools=list(reach.schools or ()),
                coordinated=list(reach.coordinated),
                orphans=self._orphans_too(job, reach),
                uid=reach.uid,
                source=job.source_id.id,
                values=list(values),
            )
        )
        known = {value: guardian for value, guardian, within in rows if within}
        return known, {value for value, _guardian, within in rows if not within}

    @api.model
    def _links(self, students):
        links = self.env["pact.student.guardian"].search(
            [("student_id", "in", list(students))]
        )
        return {(link.student_id.id, link.guardian_id.id): link for link in links}

    @api.model
    def _states(self):
        states = self.env["res.country.state"].search(
            [("country_id", "=", self.env.ref("base.us").id)]
        )
        by_name = {state.name.casefold(): state.id for state in states}
        return {**by_name, **{state.code.casefold(): state.id for state in states}}

    @api.model
    def _plan_row(self, job, sheet, plan, context, line, cells, key, student):
        vals = self._values(sheet, cells, context, plan)
        name = " ".join(vals.get(n, "") for n in ("first_name", "last_name")).strip()
        label = ", ".join(text for text in (key, name, student) if text)
        problem = self._problem(sheet, context, key, student, vals)
        if not problem and sheet.text(cells, "contact_order"):
            if not parse_number(sheet.text(cells, "contact_order")):
                problem = self._missing(
                    job,
                    sheet,
                    sheet.text(cells, "contact_order"),
                    self.env._("Contact order"),
                )
        if problem:
            plan.add("rejected", line, label, problem=problem)
            return
        student_id = context["students"].get(student)
        operation, before, after = self._plan_guardian(plan, context, line, key, vals)
        if student_id:
            if (student_id, key) in context["linked"]:
                plan.skipped += 1
                return
            context["linked"][student_id, key] = line
            link_vals = self._link_values(sheet, cells)
            link_operation, link_before, link_after = self._plan_link(
                plan, context, student_id, key, link_vals
            )
            if operation == "unchanged":
                operation = link_operation
            before = "; ".join(text for text in (before, link_before) if text)
            after = "; ".join(text for text in (after, link_after) if text)
        plan.add(operation, line, label, before=before, after=after)

    @api.model
    def _problem(self, sheet, context, key, student, vals):
        """Return why a row cannot be taken, or ''."""
        if key in context["hidden"]:
            return self._unknown()
        if sheet.has("student") and student not in context["students"]:
            return self._unknown()
        if not key:
            return self.env._("The number of the guardian is empty.")
        seen = context["seen"].get(key)
        if seen and any(
            seen[1].get(name, value) != value for name, value in vals.items()
        ):
            return self.env._(
                "Line %(line)s says something else about the same guardian.",
                line=seen[0],
            )
        if key not in context["known"] and not seen:
            if not (sheet.has("first_name") or sheet.has("last_name")):
                return self._unknown()
            if not (vals.get("first_name") and vals.get("last_name")):
                return self.env._("First or last name of the guardian is empty.")
        return ""

    @api.model
    def _values(self, sheet, cells, context, plan):
        """Return the guardian's values of the non-empty cells."""
        vals = {name: sheet.text(cells, name) for name in TEXTS}
        vals = {name: text for name, text in vals.items() if text}
        if parse_bool(sheet.text(cells, "address_protected")):
            vals["address_protected"] = True
        interpreter = parse_bool(sheet.text(cells, "interpreter"))
        if interpreter is not None:
            vals["needs_interpreter"] = interpreter
        for name, field, known, sentence in (
            ("language", "lang_id", "languages", self.env._("Language not known here")),
            ("state", "state_id", "states", self.env._("State not known")),
        ):
            text = sheet.text(cells, name)
            if text and text.casefold() in context[known]:
                vals[field] = context[known][text.casefold()]
            elif text:
                plan.warnings[f"{sentence}: {text}"] += 1
        return vals

    @api.model
    def _link_values(self, sheet, cells):
        """Return the link's values of the non-empty cells."""
        vals = {}
        if sheet.text(cells, "relationship"):
            vals["relationship"] = parse_relationship(sheet.text(cells, "relationship"))
        for name, field in LINK_FLAGS.items():
            flag = parse_bool(sheet.text(cells, name))
            if flag is not None:
                vals[field] = flag
        order = parse_number(sheet.text(cells, "contact_order"))
        if order:
            vals["contact_order"] = int(float(order))
        if sheet.text(cells, "restriction"):
            vals["custody_note"] = sheet.text(cells, "restriction")
        return vals

    @api.model
    def _plan_guardian(self, plan, context, line, key, vals):
        """Plan the guardian of a row; returns (operation, before, after)."""
        payload = plan.payload
        if key in context["seen"]:
            said = context["seen"][key][1]
            vals = {name: value for name, value in vals.items() if name not in said}
            said.update(vals)
            if key in payload["new"]:
                payload["new"][key].update(vals)
                return "unchanged", "", ""
        else:
            context["seen"][key] = (line, dict(vals))
        record = context["records"].get(context["known"].get(key))
        if not record:
            payload["new"][key] = dict(vals)
            return "new", "", ""
        vals = self._without_known_address(record, vals)
        changed, before, after = self._difference(record, vals)
        if not changed:
            return "unchanged", "", ""
        payload["changed"].setdefault(record.id, {}).update(changed)
        protected = record.address_protected or vals.get("address_protected")
        if protected and set(ADDRESS) & changed.keys():
            # what stands in the restricted field is not for a preview
            before = after = self.env._("Address (protected)")
        return "changed", before, after

    @api.model
    def _without_known_address(self, record, vals):
        """Return `vals` without a protected address that is kept already: it does not
        stand in the fields that a file would be compared with."""
        if not record.address_protected:
            return vals
        address = {name: vals[name] for name in ADDRESS if name in vals}
        if not address:
            return vals
        _rest, text = record._split_address({**address, "address_protected": True})
        if text == record.protected_address:
            return {n: value for n, value in vals.items() if n not in ADDRESS}
        return vals

    @api.model
    def _plan_link(self, plan, context, student_id, key, vals):
        """Plan what the guardian is to the student; returns (operation, before,
        after)."""
        guardian = context["known"].get(key)
        link = context["links"].get((student_id, guardian))
        if vals.get("custody_note") and (
            not link or link.custody_restriction == "none" and not link.custody_note
        ):
            # nobody has read the words yet: until then nothing goes out
            vals["custody_restriction"] = "no_information"
        if not link:
            plan.payload["links"].append((student_id, key, vals))
            return "new", "", ""
        changed, before, after = self._difference(link, vals)
        if not changed:
            return "unchanged", "", ""
        plan.payload["link_changes"].append((link.id, changed))
        return "changed", before, after

    @api.model
    def _execute(self, job, plan):
        source = job.source_id.id
        guardians = self.env["pact.guardian"]
        new = plan.payload["new"]
        created = guardians.create(
            [
                {
                    **vals,
                    "identifier_ids": [
                        Command.create({"source_id": source, "value": key})
                    ],
                }
                for key, vals in new.items()
            ]
        )
        self.env.flush_all()
        analyze(self.env.cr, len(new), "pact_guardian", "pact_guardian_identifier")
        by_key = dict(zip(new, created.ids, strict=True))
        wanted = [key for _student, key, _vals in plan.payload["links"]]
        for identifier in self.env["pact.guardian.identifier"].search(
            [("source_id", "=", source), ("value", "in", wanted)]
        ):
            by_key[identifier.value] = identifier.guardian_id.id
        for record, vals in plan.payload["changed"].items():
            guardians.browse(record).write(vals)
        links = self.env["pact.student.guardian"]
        links.create(
            [
                {**vals, "student_id": student, "guardian_id": by_key[key]}
                for student, key, vals in plan.payload["links"]
            ]
        )
        for record, vals in plan.payload["link_changes"]:
            links.browse(record).write(vals)
        self.env.flush_all()
        analyze(self.env.cr, len(plan.payload["links"]), "pact_student_guardian")
