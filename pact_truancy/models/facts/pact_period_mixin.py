from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain


class PactPeriodMixin(models.AbstractModel):
    """A filter on `date` that knows the program's day.

    Odoo's own date filters read the clock of the machine; a demo database has its day
    pinned (design.md, 'As of D').
    """

    _name = "pact.period.mixin"
    _description = "Filter by the Program's Day"

    period = fields.Selection(
        [
            ("today", "Today"),
            ("week", "Last 7 days"),
            ("month", "Last 30 days"),
            ("year", "This school year"),
        ],
        store=False,
        search="_search_period",
        help="Only for filters.",
    )

    def _search_period(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env["pact.clock"]._today()
        year = self.env["pact.school.year"]._of_date(today)
        first = {
            "today": today,
            "week": today - timedelta(days=6),
            "month": today - timedelta(days=29),
            "year": year.date_start or today,
        }
        return Domain.OR(
            Domain("date", ">=", first[period]) & Domain("date", "<=", today)
            for period in value
            if period in first
        )
