from odoo import models


class PactCounty(models.Model):
    _inherit = "pact.county"

    def write(self, vals):
        result = super().write(vals)
        if "default_office_id" in vals:
            self.env["pact.school"]._rebuild_access()
        return result
