from odoo import fields, models


class PactStudentCircumstanceKind(models.Model):
    """A circumstance for which law or care ask somebody to be consulted: homeless,
    foster care, a disability plan. An office adds its own."""

    _name = "pact.student.circumstance.kind"
    _description = "Kind of Circumstance"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code)", "Another kind of circumstance has this code."
    )
