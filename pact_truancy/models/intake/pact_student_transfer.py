from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..facts.grades import GRADES
from ..facts.words import short_date

# what the office completes before it confirms
EDITABLE = {"to_school_id", "entry_date", "grade"}


class PactStudentTransfer(models.Model):
    """A file of one district names a student who belongs to another: perhaps the child
    moved. The office, which serves both, decides; until then the row waits.

    Who brought the file learns no more than that: the proposal is open to coordinators
    of both districts alone.
    """

    _name = "pact.student.transfer"
    _description = "Proposed Transfer of a Student"
    _order = "state, id desc"
    _rec_name = "student_id"

    student_id = fields.Many2one(
        "pact.student", required=True, readonly=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one(
        "pact.source", required=True, readonly=True, ondelete="restrict"
    )
    value = fields.Char(string="Number in the File", required=True, readonly=True)
    file_name = fields.Char(string="Name in the File", readonly=True)
    birth_date = fields.Date(string="Birth Date in the File", readonly=True)
    kind = fields.Selection(
        [("number", "Same number"), ("name", "Same name and birth date")],
        string="Why",
        required=True,
        readonly=True,
    )
    held = fields.Char(compute="_compute_held", string="Known Here as")
    from_school_id = fields.Many2one("pact.school", compute="_compute_held")
    to_district_id = fields.Many2one(
        "pact.district", required=True, readonly=True,
        ondelete="restrict", index=True,
    )  # fmt: skip
    to_school_id = fields.Many2one(
        "pact.school", ondelete="restrict",
        domain="[('district_id', '=', to_district_id)]",
    )  # fmt: skip
    entry_date = fields.Date(string="First Day There")
    grade = fields.Selection(GRADES)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("confirmed", "Confirmed"),
            ("dismissed", "Another child"),
        ],
        required=True,
        default="open",
        readonly=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)
    create_date = fields.Datetime(string="Since", readonly=True)

    _once = models.UniqueIndex("(source_id, value) WHERE state = 'open'")

    @api.depends("student_id.name", "student_id.birth_date", "student_id.school_id")
    def _compute_held(self):
        for transfer in self:
            student = transfer.student_id
            born = student.birth_date
            born = born and short_date(self.env, born)
            transfer.held = ", ".join(filter(None, (student.name, born)))
            transfer.from_school_id = student.school_id

    # -- by imports ------------------------------------------------------------------

    @api.model
    def _candidates(self, source, numbers, keys):
        """Return who of other districts may be meant by rows of a file.

        :param numbers: identifiers of `source` that are out of the person's reach
        :param keys: {value: (match key, birth date)} of rows that nobody is known for
        :return: {value: (kind, student id, {district ids})}; two queries
        """
        named = {}
        for value, key in keys.items():
            named.setdefault(key, []).append(value)
        found = {
            value: ("number", student, set(districts))
            for value, student, districts in self.env.execute_query(
                SQL(
                    """SELECT i.value, i.student_id, array_agg(DISTINCT c.district_id)
                         FROM unnest(%s::text[]) asked (value)
                         JOIN pact_student_identifier i ON i.value = asked.value
                          AND i.source_id = %s
                         JOIN pact_enrollment e ON e.student_id = i.student_id
                         JOIN pact_school c ON c.id = e.school_id
                        GROUP BY 1, 2""",
                    list(numbers),
                    source.id,
                )
            )
        }
        dismissed = set(
            self.env.execute_query(
                SQL(
                    """SELECT value, student_id FROM pact_student_transfer
                        WHERE state = 'dismissed' AND source_id = %s""",
                    source.id,
                )
            )
        )
        for key, born, student, districts in self.env.execute_query(
            SQL(
                """SELECT s.match_key, s.birth_date, s.id,
                          array_agg(DISTINCT c.district_id)
                     FROM pact_student s
                     JOIN pact_enrollment e ON e.student_id = s.id
                     JOIN pact_school c ON c.id = e.school_id
                    WHERE s.active AND s.match_key = ANY(%s) AND s.birth_date = ANY(%s)
                    GROUP BY 1, 2, 3 ORDER BY 3""",
                [key for key, _born in named],
                [born for _key, born in named],
            )
        ):
            for value in named.get((key, born), ()):
                if (value, student) not in dismissed:
                    found.setdefault(value, ("name", student, set(districts)))
        return {
            value: candidate
            for value, candidate in found.items()
            if (value, candidate[1]) not in dismissed
        }

    @api.model
    def _propose(self, source, proposals):
        """Open proposals: dicts of value, student_id, kind, file_name, birth_date,
        to_district_id, to_school_id, entry_date, grade. One statement."""
        if not proposals:
            return
        names = (
            "value", "student_id", "kind", "file_name", "birth_date", "to_district_id",
            "to_school_id",
        )  # fmt: skip
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_student_transfer AS o (source_id, %s, state,
                          create_uid, create_date, write_uid, write_date)
                   SELECT %s, n.*, 'open', %s, now() AT TIME ZONE 'UTC', %s,
                          now() AT TIME ZONE 'UTC'
                     FROM unnest(%s::text[], %s::integer[], %s::text[], %s::text[],
                                 %s::date[], %s::integer[], %s::integer[]) n
                   ON CONFLICT (source_id, value) WHERE state = 'open' DO UPDATE
                      SET to_school_id = COALESCE(excluded.to_school_id,
                                                  o.to_school_id)""",
                SQL(", ").join(map(SQL.identifier, names)),
                source.id,
                self.env.uid,
                self.env.uid,
                *([row.get(name) or None for row in proposals] for name in names),
            )
        )
        self.invalidate_model()

    @api.model
    def _complete(self, source, rows):
        """Complete open proposals by what an enrollment file says: (value, school id,
        first day, grade). One statement."""
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.env.cr.execute(
                SQL(
                    """UPDATE pact_student_transfer o
                          SET to_school_id = n.school, entry_date = n.day,
                              grade = COALESCE(n.grade, o.grade)
                         FROM unnest(%s::text[], %s::integer[], %s::date[], %s::text[])
                              n (value, school, day, grade)
                         JOIN pact_school c ON c.id = n.school
                        WHERE o.state = 'open' AND o.source_id = %s
                          AND o.value = n.value AND c.district_id = o.to_district_id""",
                    *columns,
                    source.id,
                )
            )
            self.invalidate_model()

    # -- by the office ---------------------------------------------------------------

    def write(self, vals):
        """The office completes school, first day and grade; the rest is the file's."""
        if not self.env.su:
            fixed = vals.keys() - EDITABLE
            if fixed:
                raise AccessError(
                    self.env._(
                        "Only the import itself sets these fields: %(fields)s.",
                        fields=", ".join(sorted(fixed)),
                    )
                )
            self._check_open()
        return super().write(vals)

    def action_confirm(self):
        """It is the same child: give the student the number of the new district and the
        enrollment there. What the former district has stays as it is.

        :raise UserError: school or first day is missing
        """
        self.check_access("write")
        self._check_open()
        for transfer in self:
            if not (transfer.to_school_id and transfer.entry_date):
                raise UserError(
                    self.env._(
                        "Say to which school %(student)s comes, and from which day on. "
                        "An enrollment file of the district says both, too.",
                        student=transfer.student_id.name,
                    )
                )
            if transfer.to_school_id.district_id != transfer.to_district_id:
                raise UserError(
                    self.env._(
                        "%(school)s is not a school of %(district)s.",
                        school=transfer.to_school_id.name,
                        district=transfer.to_district_id.name,
                    )
                )
            if not transfer._serves_new_school():
                raise AccessError(
                    self.env._(
                        "A coordinator of %(school)s enrolls students there.",
                        school=transfer.to_school_id.name,
                    )
                )
        # sudo: the rules of the proposal stand for the right to both districts
        for transfer in self.sudo():
            transfer._carry_out()
        self._decide("confirmed")

    def _serves_new_school(self):
        reach = self.env["pact.import.loader"]._reach()
        return reach.schools is None or self.to_school_id.id in reach.coordinated

    def _carry_out(self):
        self.ensure_one()
        identifiers = self.env["pact.student.identifier"]
        key = [("source_id", "=", self.source_id.id), ("value", "=", self.value)]
        if not identifiers.search(key):
            identifiers.create(
                {
                    "student_id": self.student_id.id,
                    "source_id": self.source_id.id,
                    "value": self.value,
                }
            )
        held = self.student_id.enrollment_ids.filtered(
            lambda row: (
                row.school_id == self.to_school_id and row.entry_date == self.entry_date
            )
        )
        if not held:
            self.env["pact.enrollment"].create(
                {
                    "student_id": self.student_id.id,
                    "school_id": self.to_school_id.id,
                    "entry_date": self.entry_date,
                    "grade": self.grade,
                    "source_id": self.source_id.id,
                }
            )

    def action_dismiss(self):
        """Another child of the same name: the next file brings the student in."""
        self.check_access("write")
        self._check_open()
        self._decide("dismissed")

    def _check_open(self):
        if any(transfer.state != "open" for transfer in self):
            raise UserError(self.env._("This transfer was decided already."))

    def _decide(self, state):
        # sudo: the state is set by these methods alone; rights were checked
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
