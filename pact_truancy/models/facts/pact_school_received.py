import operator as operators

from odoo import api, fields, models
from odoo.fields import Domain

from .words import short_date

COMPARE = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}
MOST_GAPS = 6


class PactSchool(models.Model):
    """How much of this school year's attendance has arrived, as of the program's day;
    computed for all schools on the screen by one query."""

    _inherit = "pact.school"

    rollup_ids = fields.One2many(
        "pact.attendance.rollup", "school_id", string="Roll-Up Rules"
    )
    complete_through = fields.Date(
        string="Attendance Complete through",
        compute="_compute_complete_through",
        search="_search_complete_through",
        help="Up to this day every school day of the year was received and no rejected "
        "row of a file waits for a decision.",
    )
    missing_days = fields.Integer(
        string="Days Missing",
        compute="_compute_missing_days",
        search="_search_missing_days",
        help="School days of this year before today of which nothing was received.",
    )
    missing_text = fields.Char(string="Missing", compute="_compute_missing_days")

    @api.depends("calendar_id")
    def _compute_complete_through(self):
        through = self.env["pact.attendance.received"]._complete_through(
            self._origin, self.env["pact.clock"]._today()
        )
        for school in self:
            school.complete_through = through.get(school._origin.id)

    def _search_complete_through(self, operator, value):
        """Compare with a day; an empty label is before every day."""
        if operator != "in" and operator not in COMPARE:
            return NotImplemented
        schools = self.with_context(active_test=False).search([])
        through = self.env["pact.attendance.received"]._complete_through(
            schools, self.env["pact.clock"]._today()
        )
        if operator == "in":
            days = {fields.Date.to_date(day) or None for day in value}
            found = [s for s in schools.ids if through.get(s) in days]
        else:
            day = fields.Date.to_date(value)
            before_all = operator in ("<", "<=")
            found = [
                school
                for school in schools.ids
                if (
                    COMPARE[operator](through[school], day)
                    if school in through
                    else before_all
                )
            ]
        return Domain("id", "in", found)

    @api.depends("calendar_id")
    def _compute_missing_days(self):
        missing = self.env["pact.attendance.received"]._missing_days(
            self._origin, self.env["pact.clock"]._today()
        )
        for school in self:
            days = missing.get(school._origin.id, [])
            school.missing_days = len(days)
            school.missing_text = self._gaps(days)

    def _search_missing_days(self, operator, value):
        if operator != "in" and operator not in COMPARE:
            return NotImplemented
        schools = self.with_context(active_test=False).search([])
        missing = self.env["pact.attendance.received"]._missing_days(
            schools, self.env["pact.clock"]._today()
        )
        counts = {school: len(missing.get(school, ())) for school in schools.ids}
        if operator == "in":
            found = [school for school, count in counts.items() if count in value]
        else:
            compare = COMPARE[operator]
            found = [s for s, count in counts.items() if compare(count, value)]
        return Domain("id", "in", found)

    @api.model
    def _gaps(self, days):
        """Return missing days in words, the latest first; school days that follow each
        other as one span.

        :param days: [(date, day_index)], ascending
        """
        today = self.env["pact.clock"]._today()
        spans = []
        for day, place in days:
            if spans and place == spans[-1][2] + 1:
                spans[-1][1:] = day, place
            else:
                spans.append([day, day, place])
        words = []
        for first, last, _place in reversed(spans[-MOST_GAPS:]):
            text = short_date(self.env, first, today)
            if first != last:
                text = self.env._(
                    "%(first)s to %(last)s",
                    first=text,
                    last=short_date(self.env, last, today),
                )
            words.append(text)
        if len(spans) > MOST_GAPS:
            words.append(self.env._("and %(count)s more", count=len(spans) - MOST_GAPS))
        return "; ".join(words) or False


class PactDistrict(models.Model):
    _inherit = "pact.district"

    rollup_ids = fields.One2many(
        "pact.attendance.rollup", "district_id", string="Roll-Up Rules"
    )


class PactStudent(models.Model):
    _inherit = "pact.student"

    complete_through = fields.Date(related="school_id.complete_through")
