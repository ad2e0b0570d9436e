from odoo import fields, models


class PactReferralReturn(models.TransientModel):
    """Asks what the school should change on its referral."""

    _name = "pact.referral.return"
    _description = "Return a Referral"

    referral_ids = fields.Many2many("pact.referral", required=True)
    reason = fields.Char(string="What Should the School Change?", required=True)

    def action_return(self):
        """Return the referrals for the reason given."""
        self.ensure_one()
        self.referral_ids.action_return(self.reason)
        return {"type": "ir.actions.act_window_close"}
