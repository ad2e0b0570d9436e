from odoo import fields, models


class PactSource(models.Model):
    _name = "pact.source"
    _description = "Information System"
    _order = "name"

    name = fields.Char(required=True)
    code = fields.Char(
        required=True, help="Short key that imports and identifiers carry."
    )
    district_id = fields.Many2one(
        "pact.district",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty for identifiers that are valid in a whole state.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code)", "Another information system already has this key."
    )
