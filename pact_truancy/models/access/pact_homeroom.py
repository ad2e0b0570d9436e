from odoo import fields, models


class PactHomeroom(models.Model):
    _inherit = "pact.homeroom"

    access_ids = fields.One2many("pact.access", "homeroom_id")

    def write(self, vals):
        result = super().write(vals)
        if "school_id" in vals:
            self.env["pact.school"]._rebuild_access()
        return result
