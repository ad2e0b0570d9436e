from odoo import api, models


class PactOfficeService(models.Model):
    _inherit = "pact.office.service"

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        self.env["pact.school"]._rebuild_access()
        return links

    def write(self, vals):
        result = super().write(vals)
        self.env["pact.school"]._rebuild_access()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["pact.school"]._rebuild_access()
        return result
