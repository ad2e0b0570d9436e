from datetime import timedelta

from odoo import api, fields, models

from .layouts import normalize


class PactImportProfile(models.Model):
    """What is remembered about the files of one information system, so that the next
    file of the same layout needs no mapping. It holds no child's data."""

    _name = "pact.import.profile"
    _description = "Import Profile"
    _inherit = ["pact.import.settings", "mail.thread", "mail.activity.mixin"]
    _order = "source_id, kind, name"

    name = fields.Char(required=True)
    column_ids = fields.One2many("pact.import.column", "profile_id", string="Columns")
    code_ids = fields.One2many("pact.import.code", "profile_id", string="Codes")
    active = fields.Boolean(default=True)
    school_ids = fields.Many2many(
        "pact.school",
        string="Schools",
        help="The schools that the files speak of. Empty: those that a file names.",
    )
    cover_dates = fields.Selection(
        [
            ("file", "From the first to the last day in the file"),
            ("year", "This school year to date"),
            ("last", "The last school days"),
        ],
        string="Dates",
        default="file",
        required=True,
        help="The days of which a file says everything: proposed for each import. A "
        "file that replaces withdraws what it no longer holds of them.",
    )
    cover_days = fields.Integer(string="School Days", default=5)
    covers_today = fields.Boolean(
        string="The Day Itself, Too",
        help="The file is made when the day's attendance is complete. Otherwise it "
        "speaks of the days up to the day before.",
    )
    stop_percent = fields.Integer(
        string="Stop above (%)",
        default=lambda self: int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("pact_truancy.import_stop_percent", 5)
        ),
        help="If more than this share of what the system sent before for the same "
        "schools and dates would be withdrawn or changed, the import stops and asks. "
        "Files that are corrected in the course of a day need a higher one.",
    )

    _cover_days_positive = models.Constraint(
        "CHECK (cover_dates <> 'last' OR cover_days BETWEEN 1 AND 400)",
        "Say how many school days a file covers: 1 to 400.",
    )
    _stop_percent_range = models.Constraint(
        "CHECK (stop_percent BETWEEN 0 AND 100)", "A share is 0 to 100 %."
    )
    _source_idx = models.Index("(source_id, kind)")

    @api.model
    def _find(self, source, kind, headers):
        """Return the profile of `source` whose columns are all in `headers`; the one
        that knows most of them, or an empty record."""
        names = {normalize(header) for header in headers}
        best, best_count = self.browse(), 0
        for profile in self.search(
            [("source_id", "=", source.id), ("kind", "=", kind)]
        ):
            mapped = {
                normalize(column.header)
                for column in profile.column_ids
                if column.field_id
            }
            if mapped and mapped <= names and len(mapped) > best_count:
                best, best_count = profile, len(mapped)
        return best

    def _covered_dates(self, days, calendar, today):
        """Return (first, last date) of which a file speaks, or None.

        :param days: the days in the file, up to `today`
        :param calendar: calendar of one of its schools
        """
        self.ensure_one()
        rule = self.cover_dates
        if rule == "file":
            return (min(days), max(days)) if days else None
        last = today if self.covers_today else today - timedelta(days=1)
        last = max([last, *days])
        year = self.env["pact.school.year"].search(
            [("date_start", "<=", last), ("date_end", ">=", last)], limit=1
        )
        if rule == "year":
            return (year.date_start, last) if year else None
        if not calendar:
            return None
        # long enough for the days asked for, with holidays
        start = last - timedelta(days=3 * self.cover_days + 120)
        school_days = calendar._school_days(start, last)[-self.cover_days :]
        return (school_days[0], last) if school_days else None
