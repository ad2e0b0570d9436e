from odoo import fields, models

KINDS = [
    ("attendance", "Attendance"),
    ("student", "Students"),
    ("guardian", "Guardians"),
    ("enrollment", "Enrollments"),
    ("calendar", "School calendars"),
]


class PactImportField(models.Model):
    """What a column of a file can mean: a closed list, shipped with the app."""

    _name = "pact.import.field"
    _description = "Meaning of a Column"
    _order = "kind, sequence, id"

    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    is_required = fields.Boolean()

    _code_unique = models.UniqueIndex("(kind, code)", "This meaning exists already.")
