from datetime import date, datetime, time

import pytz

from odoo import api, fields, models

PINNED_DAY = "pact_truancy.pinned_day"


class PactClock(models.AbstractModel):
    """The one place that says which day it is (design.md, 'As of D').

    Code below a cron, a button or a page takes the day as an argument.
    """

    _name = "pact.clock"
    _description = "Day of the Program"

    @api.model
    def _today(self, tz=None):
        """Return today's date in the time zone `tz`.

        Without one: the user's; for a run without a person's time zone the regional
        office's, so that a run at 23:30 UTC does not count tomorrow. A demo database
        has its day pinned inside a school year.
        """
        pinned = self._pinned_day()
        if pinned:
            return pinned
        zone = pytz.timezone(tz or self.env.user.tz or self._office_tz())
        return fields.Datetime.now().replace(tzinfo=pytz.utc).astimezone(zone).date()

    @api.model
    def _office_tz(self):
        # sudo: a time zone is nobody's record
        office = self.env["pact.office"].sudo()
        return (
            office.search([("kind", "!=", "attorney")], order="id", limit=1).tz or "UTC"
        )

    @api.model
    def _pinned_day(self):
        """Return the pinned day of a demo database, or None."""
        # sudo: the parameter holds no person's data, and every reader needs the day
        value = self.env["ir.config_parameter"].sudo().get_param(PINNED_DAY)
        return date.fromisoformat(value) if value else None

    @api.model
    def _start_of_day(self, day, tz):
        """Return the UTC instant (naive) at which `day` begins in time zone `tz`."""
        local = pytz.timezone(tz or "UTC").localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)
