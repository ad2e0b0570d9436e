from odoo import models
from odoo.tools.misc import format_date


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client that the day is pinned, so that every page says so."""
        result = super().session_info()
        day = self.env["pact.clock"]._pinned_day()
        if day:
            result["pact_pinned_day"] = format_date(
                self.env, day, date_format="MMM d, y"
            )
        return result
