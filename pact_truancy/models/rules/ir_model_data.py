from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import UserError


class IrModelData(models.Model):
    _inherit = "ir.model.data"

    @api.model
    def _process_end_unlink_record(self, record):
        """An upgrade deletes what is no longer shipped, but nothing that a district
        changed or uses: that becomes the district's own."""
        if not isinstance(record, self.pool["pact.shipped"]):
            return super()._process_end_unlink_record(record)
        if record._is_own():
            return record._hand_over()
        try:
            with self.env.cr.savepoint():
                return super()._process_end_unlink_record(record)
        except (IntegrityError, UserError):
            # cases stand in it, or other rules name it
            return record._hand_over()
