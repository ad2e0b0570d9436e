from odoo import api, fields, models


class PactCaseClose(models.TransientModel):
    """Asks how cases ended."""

    _name = "pact.case.close"
    _description = "Close Cases"

    case_ids = fields.Many2many("pact.case", string="Cases", required=True)
    summary = fields.Char(compute="_compute_summary")
    outcome = fields.Selection(
        lambda self: (
            self.env["pact.case"]._fields["outcome"]._description_selection(self.env)
        ),
        required=True,
    )
    note = fields.Char()
    destination = fields.Char(
        help="School, district or state that the student went to."
    )

    @api.depends("case_ids")
    def _compute_summary(self):
        for wizard in self:
            count = len(wizard.case_ids)
            wizard.summary = (
                wizard.case_ids.display_name
                if count == 1
                else self.env._("%(count)s cases", count=count)
            )

    def action_close(self):
        """Close all cases of the wizard, or none.

        :raise UserError: without a note where the outcome does not say enough
        """
        self.ensure_one()
        self.case_ids.action_close(self.outcome, self.note, self.destination)
        return {"type": "ir.actions.act_window_close"}
