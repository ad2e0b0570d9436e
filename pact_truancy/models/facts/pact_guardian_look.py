from odoo import fields, models


class PactGuardianLook(models.Model):
    """Who looked at a protected address, and when; written once."""

    _name = "pact.guardian.look"
    _description = "Look at a Protected Address"
    _inherit = ["pact.append.only"]
    _order = "id desc"
    _rec_name = "guardian_id"

    guardian_id = fields.Many2one(
        "pact.guardian", required=True, readonly=True, ondelete="restrict", index=True
    )
    create_uid = fields.Many2one("res.users", string="By", readonly=True)
    create_date = fields.Datetime(string="On", readonly=True)
