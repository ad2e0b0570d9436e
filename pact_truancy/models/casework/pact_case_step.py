from odoo import fields, models

from .pact_case import GATE


class PactCaseStep(models.Model):
    """When a case came into a step, by whom, and on what it rested."""

    _name = "pact.case.step"
    _description = "Step of a Case"
    _inherit = ["pact.append.only"]
    _order = "date desc, id desc"
    _rec_name = "step_id"

    case_id = fields.Many2one(
        "pact.case", required=True, readonly=True, ondelete="restrict", index=True
    )
    step_id = fields.Many2one(
        "pact.program.step", required=True, readonly=True, ondelete="restrict"
    )
    round = fields.Integer(default=1, required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    is_prior = fields.Boolean(
        string="Before Our Records",
        readonly=True,
        help="Taken over from former records: nothing was checked by the gate.",
    )
    snapshot_id = fields.Many2one("pact.snapshot", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)

    # of each requirement: what was asked and what met it
    met = fields.Json(
        readonly=True,
        help="List of {what, text, citation, proof: list of [model, id], met}.",
    )
    is_override = fields.Boolean(string="Overridden", readonly=True)
    void_reason = fields.Char(string="Voided Because", readonly=True)
    voided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    voided_on = fields.Datetime(readonly=True)

    _once = models.UniqueIndex(
        "(case_id, step_id, round) WHERE voided_on IS NULL",
        "The case has already taken this step.",
    )

    def _may_write(self, vals):
        """Voiding is all that happens to a step that was taken: it stays, struck
        through, and counts for no gate."""
        voiding = {"void_reason", "voided_by_id", "voided_on"}
        return self.env.context.get("pact_gate") is GATE and vals.keys() == voiding
