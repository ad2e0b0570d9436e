from odoo import api, fields, models


class PactSchool(models.Model):
    _inherit = "pact.school"

    access_ids = fields.One2many("pact.access", "school_id")

    @api.model_create_multi
    def create(self, vals_list):
        schools = super().create(vals_list)
        self._rebuild_access()
        return schools

    def write(self, vals):
        result = super().write(vals)
        if "district_id" in vals:
            self._rebuild_access()
        return result

    def _rebuild_access(self):
        """A new school belongs to whom its district, county or office is assigned."""
        # sudo: the derived table follows, whoever made the school
        assignments_sudo = self.env["pact.assignment"].sudo().search([])
        self.env["pact.access"].sudo()._rebuild(assignments_sudo.user_id)
