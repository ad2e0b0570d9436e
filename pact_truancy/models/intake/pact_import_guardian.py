from odoo import api, models
from odoo.tools import SQL

from ..facts.match import full_name
from ..facts.pact_guardian import ADDRESS, address_key, phone_key
from .pact_import_weigh import PROTECTED
from .plan import Plan
from .values import parse_bool, parse_number, parse_relationship
from .wide import FAMILY, unfold

TEXTS = (
    "first_name", "last_name", "phone", "mobile", "email", "street", "street2", "city",
    "zip",
)  # fmt: skip
LINK_FLAGS = {
    "lives_with": "lives_with",
    "receives_mail": "receives_mail",
    "education_rights": "has_education_rights",
}
FIELDS = (*TEXTS, "state_id", "lang_id", "needs_interpreter", "address_protected")
LINK_FIELDS = (
    "relationship", *LINK_FLAGS.values(), "contact_order", "custody_note",
    "custody_restriction",
)  # fmt: skip


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
        plan = Plan(
            payload={
                "new": {}, "changed": {}, "addresses": {}, "links": [],
                "link_changes": {}, "said": {}, "link_said": {},
            }
        )  # fmt: skip
        rows = self._identified(job, unfold(sheet))
        students, _hidden = self._students(
            job, reach, {student for *_rest, student in rows if student}, "today"
        )
        known, hidden = self._guardians(job, reach, {row[2] for row in rows if row[2]})
        context = self._context(job, sheet, students, known, hidden)
        for line, cells, key, student in rows:
            self._plan_row(job, sheet, plan, context, line, cells, key, student)
        schools = self.env.execute_query(
            SQL(
                """SELECT DISTINCT school_id FROM pact_student_school_rel
                    WHERE student_id = ANY(%s)""",
                list(students.values()),
            )
        )
        plan.school_ids = {school for (school,) in schools if reach.has(school)}
        plan.digest = [plan.payload]
        return plan

    @api.model
    def _context(self, job, sheet, students, known, hidden):
        """Return everything that rows are looked up in: a fixed number of queries."""
        links = self._links(students.values())
        held = self._held("pact.guardian", known.values(), FIELDS)
        self._warm("pact.guardian", held.values())
        said, conflicts = self.env["pact.import.said"], self.env["pact.import.conflict"]
        source, link_ids = job.source_id, [link["id"] for link in links.values()]
        languages = self._languages() if sheet.has("language") else {}
        states = self._states() if sheet.has("state") else {}
        self._warm("pact.guardian", [{"lang_id": i} for i in languages.values()])
        self._warm("pact.guardian", [{"state_id": i} for i in states.values()])
        return {
            "students": students,
            "known": known,
            "hidden": hidden,
            "links": links,
            "held": held,
            "addresses": self.env["pact.guardian.address"]._texts(held),
            "said": said._of(source, "pact.guardian", held),
            "open": conflicts._open_keys(source, "pact.guardian", held),
            "link_said": said._of(source, "pact.student.guardian", link_ids),
            "link_open": conflicts._open_keys(
                source, "pact.student.guardian", link_ids
            ),
            "removed": said._removed(source, students.values()),
            "languages": languages,
            "states": states,
            "seen": {},
            "linked": {},
        }

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
                # its shape: see `_students`
                """SELECT i.value, i.guardian_id,
                          %(all)s OR t.is_theirs OR e.is_theirs
                          OR e.is_theirs IS NULL
                             AND (%(orphans)s OR g.create_uid = %(uid)s)
                     FROM unnest(%(values)s::text[]) asked (value)
                     JOIN pact_guardian_identifier i ON i.value = asked.value
                      AND i.source_id = %(source)s
                     JOIN pact_guardian g ON g.id = i.guardian_id
                    CROSS JOIN LATERAL (
                       SELECT COALESCE(bool_or(r.school_id = ANY(%(schools)s)), false)
                              AS is_theirs
                         FROM pact_student_guardian l
                         JOIN pact_student_school_rel r ON r.student_id = l.student_id
                        WHERE l.guardian_id = i.guardian_id) t
                    CROSS JOIN LATERAL (
                       SELECT bool_or(r.school_id = ANY(%(coordinated)s)) AS is_theirs
                         FROM pact_student_guardian l
                         JOIN pact_enrollment r ON r.student_id = l.student_id
                        WHERE l.guardian_id = i.guardian_id) e""",
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
        """Return {(student id, guardian id): {id and LINK_FIELDS}}; one query."""
        names = ("id", "student_id", "guardian_id", *LINK_FIELDS)
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM pact_student_guardian WHERE student_id = ANY(%s)",
                SQL(", ").join(map(SQL.identifier, names)),
                list(students),
            )
        )
        return {row[1:3]: dict(zip(names, row, strict=True)) for row in rows}

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
        operation, before, after = self._plan_guardian(
            plan, context, line, key, vals, student_id
        )
        if student_id:
            if (student_id, key) in context["linked"]:
                plan.skipped += 1
                return
            context["linked"][student_id, key] = line
            link_vals = self._link_values(sheet, cells)
            link_operation, link_before, link_after = self._plan_link(
                plan, context, student_id, key, link_vals
            )
            if operation == "unchanged" or link_operation == "conflict":
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
        relation = vals.get("relationship")
        family = relation in FAMILY or not relation and sheet.text(cells, "slot") == "1"
        if sheet.is_wide and not family:
            # the neighbor to call in an emergency gets no letters about the child
            vals = {"receives_mail": False, "has_education_rights": False, **vals}
        order = parse_number(sheet.text(cells, "contact_order"))
        if order:
            vals["contact_order"] = int(float(order))
        if sheet.text(cells, "restriction"):
            vals["custody_note"] = sheet.text(cells, "restriction")
        return vals

    @api.model
    def _plan_guardian(self, plan, context, line, key, vals, student):
        """Plan the guardian of a row; returns (operation, before, after)."""
        payload = plan.payload
        if key in context["seen"]:
            told = context["seen"][key][1]
            vals = {name: value for name, value in vals.items() if name not in told}
            told.update(vals)
            if key in payload["new"]:
                payload["new"][key].update(vals)
                return "unchanged", "", ""
        else:
            context["seen"][key] = (line, dict(vals))
        record = context["known"].get(key)
        if not record:
            payload["new"][key] = dict(vals)
            return "new", "", ""
        model, held = "pact.guardian", context["held"][record]
        apart, vals = self._apart(held, vals)
        if apart:
            held = {**held, PROTECTED: context["addresses"].get(record)}
        said = context["said"].get(record)
        if apart and said is not None and PROTECTED not in said:
            # what it said last, it said before the address became a protected one
            said = {**said, PROTECTED: self._address_text(said)}
        weighed = self._weigh(model, held, said, vals)
        write = dict(weighed.write)
        if PROTECTED in write:
            payload["addresses"][record] = write.pop(PROTECTED)
        if write.get("address_protected"):
            if PROTECTED not in vals:
                payload["addresses"][record] = self._address_text(held)
            write.update(dict.fromkeys(ADDRESS))
        payload["said"].setdefault(record, {}).update(vals)
        if write:
            payload["changed"].setdefault(record, {}).update(write)
        self._ask(plan, model, record, weighed, student, context["open"])
        return weighed.operation, weighed.before, weighed.after

    @api.model
    def _address_text(self, vals):
        """Return an address as the text that is kept apart, or ''."""
        guardians = self.env["pact.guardian"]
        return guardians._split_address({**vals, "address_protected": True})[1]

    @api.model
    def _apart(self, held, vals):
        """Return (whether the address is protected, `vals` with it as one value)."""
        if not (held.get("address_protected") or vals.get("address_protected")):
            return False, vals
        text = self._address_text({name: vals.get(name) for name in ADDRESS})
        rest = {name: value for name, value in vals.items() if name not in ADDRESS}
        return True, {**rest, PROTECTED: text} if text else rest

    @api.model
    def _plan_link(self, plan, context, student_id, key, vals):
        """Plan what the guardian is to the student; returns (operation, before,
        after)."""
        guardian = context["known"].get(key)
        link = context["links"].get((student_id, guardian))
        if not link and (student_id, guardian) in context["removed"]:
            text = self.env._(
                "Guardians whom staff took off a student and the file still names"
            )
            plan.warnings[text] += 1
            return "unchanged", "", ""
        if vals.get("custody_note") and (
            not link
            or link["custody_restriction"] == "none"
            and link["custody_note"] != vals["custody_note"]
        ):
            # nobody has read the words yet: until then nothing goes out
            vals["custody_restriction"] = "no_information"
        if not link:
            plan.payload["links"].append((student_id, key, vals))
            return "new", "", ""
        model, record = "pact.student.guardian", link["id"]
        # what a person entered by hand is asked about from the first file on: a file
        # must not open a child's letters to whom staff kept them from
        weighed = self._weigh(
            model, link, context["link_said"].get(record), vals, ask_first=True
        )
        plan.payload["link_said"][record] = vals
        if weighed.write.get("custody_note") and link["custody_restriction"] == "none":
            # new words of a court, whatever was decided about the last ones
            weighed.write["custody_restriction"] = "no_information"
        if weighed.write:
            plan.payload["link_changes"][record] = weighed.write
        self._ask(plan, model, record, weighed, student_id, context["link_open"])
        return weighed.operation, weighed.before, weighed.after

    @api.model
    def _execute(self, job, plan):
        payload = plan.payload
        by_key, said = self._create_guardians(job, payload["new"])
        self._change_guardians(payload)
        wanted = [key for _student, key, _vals in payload["links"]]
        for key, guardian in self.env.execute_query(
            SQL(
                """SELECT value, guardian_id FROM pact_guardian_identifier
                    WHERE source_id = %s AND value = ANY(%s)""",
                job.source_id.id,
                wanted,
            )
        ):
            by_key[key] = guardian
        link_ids = self._insert_rows(
            "pact.student.guardian",
            [
                {**vals, "student_id": student, "guardian_id": by_key[key]}
                for student, key, vals in payload["links"]
            ],
        )
        links = zip(link_ids, payload["links"], strict=True)
        link_said = {link: vals for link, (_student, _key, vals) in links}
        self._link_up([by_key[key] for key in wanted])
        changes = payload["link_changes"]
        self._update_rows(
            "pact.student.guardian",
            changes,
            self._held("pact.student.guardian", changes, LINK_FIELDS),
        )
        self._keep_words(
            job,
            plan,
            {
                "pact.guardian": {**payload["said"], **said},
                "pact.student.guardian": {**payload["link_said"], **link_said},
            },
        )

    @api.model
    def _create_guardians(self, job, new):
        """Create the guardians {key: values}; return ({key: id}, {id: what was
        said})."""
        rows, addresses, said = [], {}, {}
        for key, vals in new.items():
            _apart, vals = self._apart({}, vals)
            said[key] = vals
            row = dict(vals)
            if PROTECTED in row:
                addresses[key] = row.pop(PROTECTED)
            rows.append({**row, **self._derived(row)})
        by_key = dict(zip(new, self._insert_rows("pact.guardian", rows), strict=True))
        self._insert_rows(
            "pact.guardian.identifier",
            [
                {"guardian_id": guardian, "source_id": job.source_id.id, "value": key}
                for key, guardian in by_key.items()
            ],
        )
        self.env["pact.guardian.address"]._keep(
            {by_key[key]: text for key, text in addresses.items()}
        )
        return by_key, {by_key[key]: vals for key, vals in said.items()}

    @api.model
    def _change_guardians(self, payload):
        changed = payload["changed"]
        names = (*FIELDS, "name", "phone_key", "address_key")
        held = self._held("pact.guardian", changed, names)
        self._update_rows(
            "pact.guardian",
            {
                record: {**vals, **self._derived({**held[record], **vals})}
                for record, vals in changed.items()
            },
            held,
        )
        self.env["pact.guardian.address"]._keep(
            {guardian: text for guardian, text in payload["addresses"].items() if text}
        )

    @api.model
    def _derived(self, vals):
        """Return the stored fields of a guardian that are computed from others."""
        return {
            "name": full_name(vals.get("first_name"), vals.get("last_name")),
            "phone_key": phone_key(vals.get("phone"), vals.get("mobile")),
            "address_key": address_key(
                vals.get("street"), vals.get("street2"), vals.get("zip")
            ),
        }

    @api.model
    def _link_up(self, guardians):
        """The link gives the right to the guardian from now on, as on a form."""
        self.env.cr.execute(
            SQL(
                """UPDATE pact_guardian SET unlinked_by_id = NULL
                    WHERE id = ANY(%s) AND unlinked_by_id IS NOT NULL""",
                list(guardians),
            )
        )
        self.env["pact.guardian"].invalidate_model(["unlinked_by_id"])
