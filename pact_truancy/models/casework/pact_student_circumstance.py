from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .pact_void_mixin import PactVoidMixin

# who reads circumstances: not the front desk, not teachers, not auditors
READERS = ("school_admin", "case_manager", "hearing_officer", "coordinator")


class PactStudentCircumstance(models.Model):
    """A restricted circumstance of a student, from a day on: it adds consultations to
    steps. Everybody else learns only that a consultation is missing."""

    _name = "pact.student.circumstance"
    _description = "Circumstance of a Student"
    _inherit = ["pact.void.mixin"]
    _order = "date_from desc, id desc"
    _VOID_FIELD = "circumstance_ids"
    _FIXED = PactVoidMixin._FIXED | {"kind_id"}

    kind_id = fields.Many2one(
        "pact.student.circumstance.kind",
        required=True,
        ondelete="restrict",
        index=True,
    )
    source = fields.Char(
        required=True, help="Who said so, or which paper: liaison, IEP, parent."
    )
    date_from = fields.Date(
        string="Since",
        required=True,
        default=lambda self: self.env["pact.clock"]._today(),
    )
    date_to = fields.Date(string="Until")
    note = fields.Text()

    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A circumstance ends on its first day or later.",
    )

    @api.depends("kind_id.name", "student_id.name")
    def _compute_display_name(self):
        for one in self:
            parts = (one.student_id.name, one.kind_id.name)
            one.display_name = ": ".join(filter(None, parts))

    @api.constrains("source")
    def _check_source(self):
        if any(not one.source.strip() for one in self):
            raise ValidationError(self.env._("Say where this comes from."))

    @api.model
    def _concerned(self, students, kinds, day):
        """Return the ids of the students with a circumstance of one of `kinds` (of any,
        where none is named) on `day`; one query."""
        domain = (
            Domain("student_id", "in", students.ids)
            & Domain("is_void", "!=", True)
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day))
        )
        if kinds:
            domain &= Domain("kind_id", "in", kinds.ids)
        # sudo: whether a consultation is needed does not depend on who asks
        rows = self.sudo()._read_group(domain, ["student_id"])
        return {student.id for (student,) in rows}

    @api.model
    def _reading_schools(self, schools):
        """Return those of `schools` at which the user may read circumstances. A server
        run without a person reads none."""
        now = fields.Datetime.now()
        domain = (
            Domain("user_id", "=", self.env.uid)
            & Domain("school_id", "in", schools.ids)
            & Domain("role", "in", READERS)
            & Domain("valid_from", "<=", now)
            & Domain("valid_to", ">", now)
        )
        # sudo: one's own rights
        return self.env["pact.access"].sudo().search(domain).school_id
