from odoo import fields, models


class PactHomeroom(models.Model):
    _inherit = "pact.homeroom"

    access_ids = fields.One2many("pact.access", "homeroom_id")
