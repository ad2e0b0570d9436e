from odoo import models


class PactDistrict(models.Model):
    _inherit = "pact.district"

    def write(self, vals):
        result = super().write(vals)
        if "county_id" in vals:
            self.env["pact.school"]._rebuild_access()
        return result
