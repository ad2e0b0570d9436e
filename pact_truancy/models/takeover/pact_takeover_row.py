from odoo import api, fields, models

from .layout import SHEETS

OPERATIONS = [
    ("new", "Good"),
    ("known", "Known Already"),
    ("rejected", "Rejected"),
]


class PactTakeoverRow(models.Model):
    """One row of a workbook, and what taking it over would do."""

    _name = "pact.takeover.row"
    _description = "Row of a Workbook to Take Over"
    _order = "takeover_id, sheet, line, id"
    _rec_name = "label"

    takeover_id = fields.Many2one(
        "pact.takeover", required=True, readonly=True, ondelete="cascade"
    )
    sheet = fields.Selection(
        [(sheet.code, sheet.title) for sheet in SHEETS], required=True, readonly=True
    )
    line = fields.Integer(readonly=True, aggregator=None)
    label = fields.Char(string="Row", readonly=True)
    operation = fields.Selection(
        OPERATIONS, string="Outcome", required=True, readonly=True
    )
    problem = fields.Text(string="What Is Wrong", readonly=True)

    _takeover_idx = models.Index("(takeover_id, operation, sheet, line)")

    @api.model
    def _outcome(self):
        """Return what was planned, as it is compared."""
        return sorted(
            (one.sheet, one.line, one.operation, one.problem or "") for one in self
        )
