from odoo import fields, models


class PactStudentIdentifier(models.Model):
    _name = "pact.student.identifier"
    _description = "Student Identifier"
    _order = "source_id, value"
    _rec_name = "value"

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one("pact.source", required=True, ondelete="restrict")
    value = fields.Char(required=True, index="trigram")

    _value_unique = models.UniqueIndex(
        "(source_id, value)", "Another student already has this identifier."
    )
