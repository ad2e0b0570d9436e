from odoo import api, fields, models


class PactSchoolDay(models.Model):
    _name = "pact.school.day"
    _description = "Calendar Day"
    _inherit = ["pact.period.mixin"]
    _order = "calendar_id, date"
    _rec_name = "date"

    calendar_id = fields.Many2one(
        "pact.school.calendar", required=True, ondelete="cascade"
    )
    date = fields.Date(required=True)
    year_id = fields.Many2one(
        "pact.school.year",
        compute="_compute_year_id",
        store=True,
        precompute=True,
        required=True,
        ondelete="restrict",
        index=True,
    )
    kind = fields.Selection(
        [
            ("instruction", "Instruction"),
            ("make_up", "Make-up day"),
            ("holiday", "Holiday"),
            ("weather", "Closed: weather"),
            ("emergency", "Closed: emergency"),
            ("teacher", "Teachers only"),
            ("closed", "Closed: other"),
        ],
        required=True,
        default="instruction",
    )
    is_school_day = fields.Boolean(
        compute="_compute_is_school_day", store=True, precompute=True
    )
    day_index = fields.Integer(
        string="School Day",
        readonly=True,
        aggregator=None,
        help="Running number of the school day over all years of the calendar.",
    )
    note = fields.Char(help="Name of the holiday, or why the day was closed.")

    _date_unique = models.UniqueIndex(
        "(calendar_id, date) INCLUDE (day_index, year_id)",
        "The calendar has this day already.",
    )
    _index_unique = models.UniqueIndex(
        "(calendar_id, day_index) INCLUDE (date) WHERE is_school_day",
        "Two school days of a calendar have the same number.",
    )

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table)
        return result

    @api.depends("date")
    def _compute_year_id(self):
        years = self.env["pact.school.year"].search([])
        for day in self:
            day.year_id = next(
                (
                    year
                    for year in years
                    if day.date and year.date_start <= day.date <= year.date_end
                ),
                False,
            )

    @api.depends("date", "kind", "note")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for day in self:
            day.display_name = day.note or labels.get(day.kind)

    @api.depends("kind")
    def _compute_is_school_day(self):
        for day in self:
            day.is_school_day = day.kind in ("instruction", "make_up")

    @api.model_create_multi
    def create(self, vals_list):
        days = super().create(
            [{k: v for k, v in vals.items() if k != "day_index"} for vals in vals_list]
        )
        days.calendar_id._renumber()
        return days

    def write(self, vals):
        calendars = self.calendar_id
        result = super().write({k: v for k, v in vals.items() if k != "day_index"})
        if {"date", "kind", "calendar_id"} & vals.keys():
            (calendars | self.calendar_id)._renumber()
        return result

    @api.model
    def _write_many(self, values):
        """Write {day id: values} and number the school days anew once."""
        for record, vals in values.items():
            super(PactSchoolDay, self.browse(record)).write(vals)
        if values:
            self.browse(values).calendar_id._renumber()
        return True

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        calendars._renumber()
        return result
