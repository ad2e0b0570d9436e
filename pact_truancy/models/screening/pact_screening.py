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

    def _in_words(self):
        """Return what the runs found, together, in one sentence."""
        students = sum(self.mapped("student_count"))
        new = sum(self.mapped("new_count"))
        if not students and not any(self.mapped("is_full")):
            return self.env._("Nothing has changed since the last screening today.")
        if any(self.mapped("is_full")):
            read = (
                self.env._("1 student read")
                if students == 1
                else self.env._("%(count)s students read", count=students)
            )
        else:
            read = (
                self.env._("1 student changed since the last screening today")
                if students == 1
                else self.env._(
                    "%(count)s students changed since the last screening today",
                    count=students,
                )
            )
        return self.env._(
            "%(students)s: %(new)s, %(kept)s still true, %(gone)s no longer true.",
            students=read,
            new=self.env._("1 new flag")
            if new == 1
            else self.env._("%(count)s new flags", count=new),
            kept=sum(self.mapped("kept_count")),
            gone=sum(self.mapped("gone_count")),
        )
