from odoo import api, fields, models


class PactLetterDecision(models.TransientModel):
    """What a person decides about letters: make them final, mark them as sent, cancel
    them. Shows what no longer holds, and asks for the reason."""

    _name = "pact.letter.decision"
    _description = "Decision about Letters"

    letter_ids = fields.Many2many(
        "pact.letter", default=lambda self: self.env.context.get("active_ids")
    )
    decision = fields.Selection(
        [("final", "Make final"), ("sent", "Sent by hand"), ("cancel", "Cancel")],
        required=True,
        readonly=True,
    )
    date_sent = fields.Date(
        string="Sent on", default=lambda self: self.env["pact.clock"]._today()
    )
    changed = fields.Text(compute="_compute_changed", string="No Longer in the Records")
    waiting = fields.Text(compute="_compute_waiting", string="Not Yet Its Turn")
    reason = fields.Char()

    @api.depends("letter_ids", "decision")
    def _compute_changed(self):
        day = self.env["pact.clock"]._today()
        for wizard in self:
            fallen = {}
            if wizard.decision != "cancel":
                fallen = wizard.letter_ids._no_longer_holds(day)
            wizard.changed = "\n".join(
                letter._fall_text(*pair) for letter, pair in fallen.items()
            )

    @api.depends("letter_ids", "decision")
    def _compute_waiting(self):
        for wizard in self:
            letters = wizard.letter_ids.filtered("not_before")
            wizard.waiting = wizard.decision == "final" and "\n".join(
                letter._wait_words() for letter in letters
            )

    def action_apply(self):
        """Do what the person decided, for all letters or for none."""
        self.ensure_one()
        day = self.env["pact.clock"]._today()
        if self.decision == "final":
            self.letter_ids._finalize(day, self.reason)
        elif self.decision == "sent":
            self.letter_ids._mark_sent(day, self.date_sent, self.reason)
        else:
            self.letter_ids._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
