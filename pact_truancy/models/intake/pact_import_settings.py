from odoo import fields, models

from .pact_import_field import KINDS
from .values import DATE_FORMATS


class PactImportSettings(models.AbstractModel):
    """How to read the files of one information system: what a profile remembers and
    what a job uses."""

    _name = "pact.import.settings"
    _description = "How to Read a File"

    kind = fields.Selection(KINDS, required=True, default="attendance")
    source_id = fields.Many2one(
        "pact.source",
        string="Information System",
        required=True,
        ondelete="restrict",
        domain="[('code', '!=', 'staff')]",
        help="The system that the file comes from; student numbers are its own.",
    )
    date_format = fields.Selection(
        DATE_FORMATS,
        string="Dates Look Like",
        help="One format for the whole file: it is never guessed row by row.",
    )
    encoding = fields.Selection(
        [
            ("utf-8-sig", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows-1252"),
        ],
        help="Leave empty: it is found out from the file.",
    )
    delimiter = fields.Selection(
        [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")],
        string="Separator",
        help="Leave empty: it is found out from the file.",
    )
    student_by_school = fields.Boolean(
        string="Student Numbers Repeat between Schools",
        help="A student is then known by school number and student number together.",
    )
    view_value = fields.Char(
        string="View That Counts",
        help="For files that hold several rows a day, one a view: the view to read.",
    )
    minutes_per_day = fields.Integer(
        help="Minutes of a whole school day; with it, missed minutes in the file say "
        "how much of the day was missed.",
    )
    mode = fields.Selection(
        [
            ("replace", "Replaces all attendance of these schools and dates"),
            ("add", "Adds to what is there"),
        ],
        string="The File",
        help="Replaces: what this system sent before for these schools and dates, and "
        "no longer sends, is withdrawn. Adds: the file holds only new or changed rows.",
    )

    _minutes_positive = models.Constraint(
        "CHECK (COALESCE(minutes_per_day, 0) BETWEEN 0 AND 1440)",
        "A school day has at most 1,440 minutes.",
    )

    def _settings_values(self):
        """Return the settings of one record, to copy to another."""
        self.ensure_one()
        names = ("date_format", "encoding", "delimiter", "student_by_school")
        names += ("view_value", "minutes_per_day", "mode")
        return {name: self[name] for name in names}
