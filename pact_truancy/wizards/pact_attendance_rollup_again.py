from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.facts.words import part_of_day, short_date

# so many days are shown by name; the counts are of all
SHOWN = 40


class PactAttendanceRollupAgain(models.TransientModel):
    """Shows what a changed roll-up rule would make of past days, then runs it."""

    _name = "pact.attendance.rollup.again"
    _description = "Run a Roll-Up Rule Again"

    rollup_id = fields.Many2one(
        "pact.attendance.rollup", required=True, readonly=True, ondelete="cascade"
    )
    rule = fields.Char(related="rollup_id.name")
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )
    summary = fields.Text(compute="_compute_preview")
    lines = fields.Text(string="Days That Change", compute="_compute_preview")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard._schools()  # refuses who may not run it
        return wizards

    @api.depends("rollup_id")
    def _compute_dates(self):
        """This school year, inside the dates of the rule, up to today."""
        today = self.env["pact.clock"]._today()
        start = self.env["pact.school.year"]._of_date(today).date_start or today
        for wizard in self:
            rule = wizard.rollup_id
            wizard.date_from = max(filter(None, (start, rule.date_from)))
            wizard.date_to = min(filter(None, (today, rule.date_to)))

    def _schools(self):
        """Return the schools whose days follow the rule.

        :raise AccessError: neither administrator of the app nor coordinator of them
        """
        self.ensure_one()
        rule = self.rollup_id
        schools = rule.school_id or self.env["pact.school"].search(
            [("district_id", "=", rule.district_id.id)]
        )
        if self.env.user.has_group("pact_truancy.group_pact_administrator"):
            return schools
        now = fields.Datetime.now()
        # sudo: the user's own rows of the access table
        own = (
            self.env["pact.access"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("role", "=", "coordinator"),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                ]
            )
        )
        if schools - own.school_id:
            raise AccessError(
                self.env._(
                    "An administrator of the app or a coordinator of all these "
                    "schools runs a rule again."
                )
            )
        return schools

    @api.depends("rollup_id", "date_from", "date_to")
    def _compute_preview(self):
        for wizard in self:
            wizard.summary = wizard.lines = False
            if not (wizard.rollup_id and wizard.date_from and wizard.date_to):
                continue
            counts = self.env["pact.attendance.rollup"]._stage_again(
                wizard._schools(), wizard.date_from, wizard.date_to
            )
            wizard.summary = wizard._in_words(counts)
            wizard.lines = wizard._shown_lines()

    def _in_words(self, counts):
        _ = self.env._
        if not any(counts.values()):
            return _("Nothing changes.")
        texts = [_("%(count)s absences change.", count=counts["changed"])]
        if counts["held"]:
            texts.append(
                _(
                    "%(count)s that staff decided on keep what holds.",
                    count=counts["held"],
                )
            )
        if counts["too_much"]:
            texts.append(
                _(
                    "%(count)s stay: their day would be more than one whole day.",
                    count=counts["too_much"],
                )
            )
        return "\n".join(texts)

    def _shown_lines(self):
        """Return the first absences that change and the reader may see, as text: an
        administrator of the app sees no child by that role alone."""
        events = self.env["pact.attendance.event"]
        if not events.has_access("read"):
            return False
        cr = self.env.cr
        cr.execute(
            "SELECT event_id, portion FROM pact_rollup_again"
            " WHERE NOT held AND NOT too_much"
        )
        portions = dict(cr.fetchall())
        found = events.search(
            [("id", "in", list(portions))], limit=SHOWN, order="date desc, student_id"
        )
        return (
            "\n".join(
                self.env._(
                    "%(date)s, %(student)s, %(code)s: %(before)s -> %(after)s",
                    date=short_date(self.env, event.date),
                    student=event.student_id.name,
                    code=event.code_id.code,
                    before=part_of_day(self.env, event.portion),
                    after=part_of_day(self.env, portions[event.id]),
                )
                for event in found
            )
            or False
        )

    def action_run(self):
        """Write what the preview shows, with its history."""
        self.ensure_one()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The dates end before they begin."))
        counts = self.env["pact.attendance.rollup"]._apply_again(
            self._schools(), self.date_from, self.date_to
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Done. Absences changed: %(count)s.", count=counts["changed"]
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
