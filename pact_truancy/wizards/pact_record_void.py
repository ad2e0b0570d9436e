from odoo import fields, models


class PactRecordVoid(models.TransientModel):
    """Asks why entries of one kind are voided."""

    _name = "pact.record.void"
    _description = "Void an Entry"

    intervention_ids = fields.Many2many("pact.intervention", string="Interventions")
    service_ids = fields.Many2many("pact.service", string="Services")
    referral_ids = fields.Many2many("pact.referral", string="Referrals")
    order_ids = fields.Many2many("pact.order", string="Orders")
    reason = fields.Char(required=True)

    def _records(self):
        """Return lists of the entries, one for each model."""
        return [
            self.intervention_ids, self.service_ids, self.referral_ids, self.order_ids,
        ]  # fmt: skip

    def action_void(self):
        """Void the entries for the reason given."""
        self.ensure_one()
        for records in self._records():
            if records:
                records.action_void(self.reason)
        return {"type": "ir.actions.act_window_close"}
