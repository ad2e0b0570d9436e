from odoo import fields, models


class PactCase(models.Model):
    """The flags that opened a case."""

    _inherit = "pact.case"

    flag_ids = fields.One2many("pact.flag", "case_id", string="Flags")
