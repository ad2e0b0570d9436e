from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PactOfficeService(models.Model):
    """Which branch serves a district or a school, and from when to when (R21-23)."""

    _name = "pact.office.service"
    _description = "Served by"
    _order = "date_from desc, id desc"

    office_id = fields.Many2one(
        "pact.office", required=True, ondelete="restrict", index=True
    )
    district_id = fields.Many2one("pact.district", ondelete="cascade", index=True)
    school_id = fields.Many2one("pact.school", ondelete="cascade", index=True)
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To")

    _one_target = models.Constraint(
        "CHECK (num_nonnulls(district_id, school_id) = 1)",
        "Name either a district or a school.",
    )
    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "The link must end after it begins.",
    )

    @api.constrains("office_id")
    def _check_office(self):
        for link in self:
            if link.office_id.kind == "attorney":
                raise ValidationError(
                    self.env._(
                        "%(office)s is an attorney's office and cannot serve schools.",
                        office=link.office_id.name,
                    )
                )
