from odoo import models

from ..facts.references import BulkMany2one


class PactAttendanceChange(models.Model):
    """Which import wrote a row of the history, so that it can be undone."""

    _inherit = "pact.attendance.change"

    job_id = BulkMany2one(
        "pact.import.job", string="Import", readonly=True, ondelete="restrict"
    )

    # the rows of an import stand together, so blocks are all that needs an index
    _job_idx = models.Index("USING brin (job_id) WITH (pages_per_range = 16)")
