from odoo import fields, models


class PactScreening(models.Model):
    """One run of a program's rules over the metrics: when, for which day, what it
    found. Kept so that a flag can be explained later."""

    _name = "pact.screening"
    _description = "Screening"
    _order = "id desc"
    _rec_name = "day"

    program_id = fields.Many2one(
        "pact.program", required=True, readonly=True, ondelete="restrict", index=True
    )
    day = fields.Date(string="As of", required=True, readonly=True)
    is_full = fields.Boolean(
        string="All Students",
        readonly=True,
        default=True,
        help="The first run of a day reads all students, since windows move with the "
        "day; later runs those whose facts changed.",
    )
    # what the run could see, and by which rules: the next run of the day goes on there
    moment = fields.Char(readonly=True, groups="base.group_system")
    basis = fields.Char(readonly=True, groups="base.group_system")
    rule = fields.Text(readonly=True, help="The criteria as they stood.")
    student_count = fields.Integer(string="Students Read", readonly=True)
    new_count = fields.Integer(string="New Flags", readonly=True)
    kept_count = fields.Integer(string="Flags Still True", readonly=True)
    gone_count = fields.Integer(string="No Longer True", readonly=True)
    without_calendar = fields.Char(
        string="Schools without a Calendar",
        readonly=True,
        help="Their students could not be counted.",
    )
    seconds = fields.Float(readonly=True, digits=(8, 2), aggregator=None)
    create_uid = fields.Many2one("res.users", string="By", readonly=True)
    create_date = fields.Datetime(string="On", readonly=True)
