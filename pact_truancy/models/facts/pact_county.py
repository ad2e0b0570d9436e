from odoo import fields, models


class PactCounty(models.Model):
    _name = "pact.county"
    _description = "County"
    _order = "name"

    name = fields.Char(required=True)
    state_id = fields.Many2one("res.country.state", required=True, ondelete="restrict")
    court_name = fields.Char(string="Court")
    attorney_office_id = fields.Many2one(
        "pact.office",
        string="Attorney's Office",
        ondelete="restrict",
        domain="[('kind', '=', 'attorney')]",
    )
    default_office_id = fields.Many2one(
        "pact.office",
        string="Served by",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('kind', '!=', 'attorney')]",
        help="Serves the county's districts, except where a district or school has a "
        "link of its own.",
    )
    district_ids = fields.One2many("pact.district", "county_id", string="Districts")
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        "(state_id, name)", "This county already exists in the state."
    )
