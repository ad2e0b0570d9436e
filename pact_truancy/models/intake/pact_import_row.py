from odoo import fields, models

OPERATIONS = [
    ("new", "New"),
    ("changed", "Changed"),
    ("conflict", "To Decide"),
    ("unchanged", "Unchanged"),
    ("withdrawn", "Withdrawn"),
    ("rejected", "Rejected"),
]


class PactImportRow(models.Model):
    """One row of a file, and what an import would do with it."""

    _name = "pact.import.row"
    _description = "Row of an Import"
    _order = "job_id, line, id"
    _rec_name = "label"

    job_id = fields.Many2one(
        "pact.import.job", required=True, readonly=True, ondelete="cascade"
    )
    operation = fields.Selection(OPERATIONS, required=True, readonly=True)
    line = fields.Integer(readonly=True, aggregator=None)
    label = fields.Char(string="Row", readonly=True)
    problem = fields.Char(string="Reason", readonly=True)
    before = fields.Char(readonly=True)
    after = fields.Char(readonly=True)

    _job_idx = models.Index("(job_id, operation, line)")
