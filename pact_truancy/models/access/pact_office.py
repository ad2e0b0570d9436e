from odoo import models


class PactOffice(models.Model):
    _inherit = "pact.office"

    def write(self, vals):
        result = super().write(vals)
        if {"parent_id", "tz"} & vals.keys():
            self.env["pact.school"]._rebuild_access()
        return result
