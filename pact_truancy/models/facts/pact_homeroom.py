from odoo import fields, models


class PactHomeroom(models.Model):
    _name = "pact.homeroom"
    _description = "Homeroom"
    _order = "school_id, name"

    name = fields.Char(required=True)
    school_id = fields.Many2one(
        "pact.school", required=True, ondelete="restrict", index=True
    )
    year_id = fields.Many2one(
        "pact.school.year", required=True, ondelete="restrict", index=True
    )
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        "(school_id, year_id, name)",
        "The school already has a homeroom of this name in that year.",
    )
