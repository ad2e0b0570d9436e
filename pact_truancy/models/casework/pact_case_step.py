from odoo import api, fields, models


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
    # sudo: who may read the case reads what its steps rested on
    known = fields.Char(
        compute="_compute_known", compute_sudo=True, string="What Was Known"
    )
    reason = fields.Char(readonly=True)

    _once = models.UniqueIndex(
        "(case_id, step_id, round)", "The case has already taken this step."
    )

    @api.depends("snapshot_id")
    @api.depends_context("lang")
    def _compute_known(self):
        for step in self:
            step.known = step.snapshot_id._text() if step.snapshot_id else False

    @api.readonly
    def explain(self):
        """Return what the step rested on beside today's reading (`pact.explain`)."""
        self.ensure_one()
        self.check_access("read")
        # sudo: the evidence of this step; it masks codes of schools not served
        return (
            self.env["pact.explain"]
            .sudo()
            ._snapshot(self.sudo().snapshot_id, self.env["pact.clock"]._today())
        )
