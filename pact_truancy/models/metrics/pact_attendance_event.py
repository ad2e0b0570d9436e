from odoo import api, models


class PactAttendanceEvent(models.Model):
    _inherit = "pact.attendance.event"

    @api.model
    def _refresh_counted(self, **scope):
        """What counts has changed: so have the numbers that are computed from it."""
        result = super()._refresh_counted(**scope)
        Student = self.env["pact.student"]
        Student.invalidate_model(
            [
                name
                for name, field in Student._fields.items()
                if field.compute == "_compute_counts"
            ],
            flush=False,
        )
        return result
