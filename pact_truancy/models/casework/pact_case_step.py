from odoo import fields, models


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
    snapshot_id = fields.Many2one("pact.snapshot", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)

    _once = models.UniqueIndex(
        "(case_id, step_id, round)", "The case has already taken this step."
    )
