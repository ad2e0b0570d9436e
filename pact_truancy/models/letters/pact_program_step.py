from odoo import fields, models


class PactProgramStep(models.Model):
    _inherit = "pact.program.step"

    letter_kind_ids = fields.One2many(
        "pact.letter.kind", "step_id", string="Letters of This Step"
    )
