from odoo import api, fields, models


class PactSchoolYear(models.Model):
    _name = "pact.school.year"
    _description = "School Year"
    _order = "date_start desc"

    name = fields.Char(required=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)

    _dates = models.Constraint(
        "CHECK (date_end > date_start)", "A school year must end after it begins."
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (daterange(date_start, date_end, '[]') WITH &&)",
        "Two school years may not share a day.",
    )

    @api.model
    def _of_date(self, day):
        """Return the school year that contains `day`, or an empty record."""
        return self.search(
            [("date_start", "<=", day), ("date_end", ">=", day)], limit=1
        )
