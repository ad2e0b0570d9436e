from odoo import fields, models

KINDS = (
    "intervention_ids", "service_ids", "referral_ids", "order_ids", "item_ids",
    "meeting_ids", "proceeding_ids", "circumstance_ids",
)  # fmt: skip


class PactRecordVoid(models.TransientModel):
    """Asks why entries of one kind are voided."""

    _name = "pact.record.void"
    _description = "Void an Entry"

    intervention_ids = fields.Many2many("pact.intervention", string="Interventions")
    service_ids = fields.Many2many("pact.service", string="Services")
    referral_ids = fields.Many2many("pact.referral", string="Referrals")
    order_ids = fields.Many2many("pact.order", string="Orders")
    item_ids = fields.Many2many("pact.case.item", string="Provided")
    meeting_ids = fields.Many2many("pact.meeting", string="Meetings")
    proceeding_ids = fields.Many2many(
        "pact.proceeding",
        string="Proceedings",
        groups="pact_truancy.group_pact_case_manager",
    )
    circumstance_ids = fields.Many2many(
        "pact.student.circumstance",
        string="Circumstances",
        groups="pact_truancy.group_pact_school_admin,"
        "pact_truancy.group_pact_case_manager",
    )
    reason = fields.Char(required=True)

    def _records(self):
        """Return the entries, a list of recordsets; proceedings are open to few."""
        return [
            self[name]
            for name in KINDS
            if self._has_field_access(self._fields[name], "read")
        ]

    def action_void(self):
        """Void the entries for the reason given."""
        self.ensure_one()
        for records in self._records():
            if records:
                records.action_void(self.reason)
        return {"type": "ir.actions.act_window_close"}
