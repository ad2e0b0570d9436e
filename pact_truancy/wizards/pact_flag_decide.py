from datetime import timedelta

from odoo import api, fields, models


class PactFlagDecide(models.TransientModel):
    """Asks why flags are dismissed, or until when they are put aside."""

    _name = "pact.flag.decide"
    _description = "Decide on Flags"

    flag_ids = fields.Many2many("pact.flag", string="Flags", required=True)
    summary = fields.Char(compute="_compute_summary")
    decision = fields.Selection(
        [("dismiss", "Dismiss"), ("snooze", "Snooze")], required=True
    )
    reason = fields.Char()
    if_grown = fields.Boolean(string="Only if the Number Has Grown")
    until = fields.Date(default=lambda self: self._default_until())

    @api.model
    def _default_until(self):
        return self.env["pact.clock"]._today() + timedelta(days=14)

    @api.depends("flag_ids")
    def _compute_summary(self):
        for wizard in self:
            count = len(wizard.flag_ids)
            wizard.summary = (
                wizard.flag_ids.sentence
                if count == 1
                else self.env._("%(count)s flags", count=count)
            )

    def action_decide(self):
        """Decide all flags of the wizard, or none.

        :raise UserError: without a reason, on a day that is not ahead, or when one of
            the flags is already decided
        """
        self.ensure_one()
        if self.decision == "dismiss":
            self.flag_ids.action_dismiss(self.reason)
        else:
            self.flag_ids.action_snooze(self.until, self.reason, self.if_grown)
        return {"type": "ir.actions.act_window_close"}
