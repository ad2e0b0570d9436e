from odoo import api, fields, models
from odoo.tools import SQL

from .readers import NumberText

# What ties a student to a school, by what a file of a kind may show and change:
# contacts are for the schools of today; a former one reads its own span for a set time;
# its own attendance and enrollments stay its own.
TIES = {
    "today": "pact_student_school_rel",
    "reach": "pact_student_reach_rel",
    "ever": "pact_enrollment",
}
# The roles that may import for the schools of their assignments.
ROLES = ("school_staff", "school_admin", "coordinator")


class Reach:
    """Whose records an import may touch: `schools` is a set of school ids, or None for
    code without a person (cron, demo data)."""

    def __init__(self, uid, schools, coordinated=frozenset()):
        self.uid = uid
        self.schools = schools
        self.coordinated = coordinated

    def has(self, school_id):
        return self.schools is None or school_id in self.schools


class PactImportLoader(models.AbstractModel):
    """What the loaders of all kinds share. A loader turns a sheet into a `Plan`
    (`_plan`, writes nothing) and carries a plan out (`_execute`).

    They run as superuser and keep to the `Reach` of the person instead: a record that
    the person may not see must be answered like one that does not exist.
    """

    _name = "pact.import.loader"
    _description = "Import: Loader"

    @api.model
    def _reach(self):
        """Return the `Reach` of the current user."""
        if self.env.su:
            return Reach(self.env.uid, None)
        now = fields.Datetime.now()
        # sudo: the user's own rows of the access table
        access_sudo = self.env["pact.access"].sudo()
        rows = access_sudo.search(
            [
                ("user_id", "=", self.env.uid),
                ("role", "in", ROLES),
                ("valid_from", "<=", now),
                ("valid_to", ">", now),
            ]
        )
        coordinated = rows.filtered(lambda row: row.role == "coordinator")
        return Reach(
            self.env.uid, set(rows.school_id.ids), set(coordinated.school_id.ids)
        )

    @api.model
    def _unknown(self, number=None):
        """The one answer to what does not exist and to what the person may not see.

        :param number: the cell with the number; what a workbook lost of it is said
        """
        text = self.env._(
            "Unknown school or student: these numbers are not known at a school that "
            "you serve."
        )
        if isinstance(number, NumberText):
            text += " " + self.env._(
                "The workbook holds this number without its leading zeros: format the "
                "column as text, or export as CSV."
            )
        return text

    @api.model
    def _schools(self, job, reach):
        """Return {number or name of a school in lower case: id} within reach. A name
        that two schools bear names none of them."""
        domain = []
        if reach.schools is not None:
            domain.append(("id", "in", list(reach.schools)))
        if job.source_id.district_id:
            domain.append(("district_id", "=", job.source_id.district_id.id))
        result = {}
        schools = self.env["pact.school"].search(domain)
        for school in schools:
            name = school.name.strip().casefold()
            result[name] = None if name in result else school.id
        codes = {}
        for school in schools.filtered("code"):
            code = school.code.strip().casefold()
            codes[code] = None if code in codes else school.id
        return {key: i for key, i in {**result, **codes}.items() if i}

    @api.model
    def _school(self, schools, text):
        """Return the id of the school that `text` names, or None."""
        key = str(text).casefold()
        return schools.get(key) or schools.get(key.lstrip("0"))

    @api.model
    def _student_value(self, job, sheet, cells):
        """Return the identifier as it is stored for this row."""
        number = sheet.text(cells, "student")
        if job.student_by_school and number:
            return f"{sheet.text(cells, 'school')}/{number}"
        return number

    @api.model
    def _orphans_too(self, job, reach):
        """Return whether the person may take up records of this source that belong to
        no school yet, whoever brought them."""
        if reach.schools is None:
            return True
        district = job.source_id.district_id
        coordinated = self.env["pact.school"].browse(list(reach.coordinated))
        return bool(district and district in coordinated.district_id)

    @api.model
    def _students(self, job, reach, values, tie="ever"):
        """Return ({identifier: student id} within reach, identifiers that exist but are
        out of reach). One query.

        Within reach: tied (see TIES) to a school of the person, or once enrolled at one
        that the person coordinates; or no enrollment at all, and the person (or a
        coordinator of the district) brought the student here.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                # A join with `unnest`: to `value = ANY(...)` of thousands the planner
                # answers with the trigram index, a walk of 1 ms a value. Aggregates
                # instead of EXISTS: one look into the index a student.
                """SELECT i.value, i.student_id,
                          %(all)s OR t.is_theirs OR e.is_theirs
                          OR e.is_theirs IS NULL
                             AND (%(orphans)s OR s.create_uid = %(uid)s)
                     FROM unnest(%(values)s::text[]) asked (value)
                     JOIN pact_student_identifier i ON i.value = asked.value
                      AND i.source_id = %(source)s
                     JOIN pact_student s ON s.id = i.student_id
                    CROSS JOIN LATERAL (
                       SELECT COALESCE(bool_or(school_id = ANY(%(schools)s)), false)
                              AS is_theirs
                         FROM %(tie)s WHERE student_id = i.student_id) t
                    CROSS JOIN LATERAL (
                       SELECT bool_or(school_id = ANY(%(coordinated)s)) AS is_theirs
                         FROM pact_enrollment WHERE student_id = i.student_id) e""",
                all=reach.schools is None,
                tie=SQL.identifier(TIES[tie]),
                schools=list(reach.schools or ()),
                coordinated=list(reach.coordinated),
                orphans=self._orphans_too(job, reach),
                uid=reach.uid,
                source=job.source_id.id,
                values=list(values),
            )
        )
        known = {value: student for value, student, within in rows if within}
        hidden = {value for value, _student, within in rows if not within}
        lost = {v for v in values if isinstance(v, NumberText)} - known.keys() - hidden
        if lost:
            full = self._full_numbers(job, lost)
            found, _hidden = self._students(job, reach, set(full.values()), tie)
            known.update({v: found[full[v]] for v in full if full[v] in found})
        return known, hidden

    @api.model
    def _full_numbers(self, job, values):
        """Return {number as a workbook holds it: identifier with its leading zeros}
        where one identifier alone can be meant."""
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT ltrim(value, '0'), min(value) FROM pact_student_identifier
                        WHERE source_id = %s AND ltrim(value, '0') = ANY(%s)
                        GROUP BY 1 HAVING count(*) = 1""",
                    job.source_id.id,
                    list(values),
                )
            )
        )

    @api.model
    def _languages(self):
        """Return {code, ISO code or English name in lower case: id of the language}."""
        result = {}
        languages = self.env["res.lang"].with_context(active_test=False, lang="en_US")
        for lang in languages.search([], order="active, id desc"):
            short = lang.iso_code.split("_")[0] if lang.iso_code else ""
            keys = (
                lang.code,
                lang.iso_code,
                short,
                lang.name.split(" (")[0],
                lang.name,
            )
            for key in keys:
                if key:
                    result[key.casefold()] = lang.id
            result.setdefault(lang.name.split(" / ")[0].casefold(), lang.id)
        return result

    @api.model
    def _difference(self, record, vals):
        """Return ({field: value} that differ from `record`, before, after in words)."""
        changed, before, after = {}, [], []
        for name, value in vals.items():
            field = record._fields[name]
            held = record[name]
            if field.type == "many2one":
                held = held.id
            if (held or False) == (value or False):
                continue
            changed[name] = value
            label = field._description_string(self.env)
            before.append(f"{label}: {self._words(record._name, name, held)}")
            after.append(f"{label}: {self._words(record._name, name, value)}")
        return changed, "; ".join(before), "; ".join(after)

    @api.model
    def _missing(self, job, sheet, text, name):
        """Return the sentence for a cell that cannot be read as `name`."""
        if not text:
            return self.env._("%(column)s is empty.", column=name)
        return self.env._(
            "%(column)s cannot be read: %(value)s.", column=name, value=text
        )
