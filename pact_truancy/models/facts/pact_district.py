from odoo import fields, models


class PactDistrict(models.Model):
    _name = "pact.district"
    _description = "School District"
    _order = "name"

    name = fields.Char(required=True)
    code = fields.Char(help="State's number of the district.")
    county_id = fields.Many2one(
        "pact.county", required=True, ondelete="restrict", index=True
    )
    school_ids = fields.One2many("pact.school", "district_id", string="Schools")
    service_ids = fields.One2many("pact.office.service", "district_id")
    excused_day_cap = fields.Float(
        string="Excused Days a Year",
        help="Excused absences beyond this many days in a school year count as "
        "unexcused until the school decides otherwise. 0: no limit. A school may have "
        "a limit of its own.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Another district already has this number."
    )
    _cap_positive = models.Constraint(
        "CHECK (excused_day_cap >= 0)", "The limit of excused days cannot be negative."
    )
