from odoo import api, fields, models
from odoo.exceptions import AccessError

# differences that are kept to read; the count says how many there were
KEPT = 1000


class PactSummaryRun(models.Model):
    """A run over all students' numbers: of a new day, or a repair that says what
    differed (expected: nothing)."""

    _name = "pact.summary.run"
    _description = "Run over the Students' Numbers"
    _order = "id desc"
    _rec_name = "day"

    day = fields.Date(string="As of", required=True, readonly=True)
    kind = fields.Selection(
        [("day", "A new day"), ("repair", "Repair")], required=True, readonly=True
    )
    is_done = fields.Boolean(string="Done", readonly=True)
    last_student = fields.Integer(
        readonly=True, aggregator=None, help="Ids up to this one are done."
    )
    changed = fields.Integer(string="Rows Changed", readonly=True)
    difference_count = fields.Integer(string="Differences", readonly=True)
    # list of dicts, see `pact.student.summary._differences`: numbers, no names
    differences = fields.Json(string="What Differed", readonly=True)
    difference_text = fields.Text(
        string="Differences in Words", compute="_compute_difference_text"
    )
    create_uid = fields.Many2one("res.users", string="By", readonly=True)
    create_date = fields.Datetime(string="On", readonly=True)

    _day_once = models.UniqueIndex(
        "(day) WHERE kind = 'day'", "The run of this day was started already."
    )

    @api.depends("differences")
    def _compute_difference_text(self):
        for run in self:
            run.difference_text = "\n".join(
                self.env._(
                    "Student no. %(student)s, %(column)s: stored %(stored)s, "
                    "computed %(computed)s",
                    student=row["student_id"],
                    column=row["column"],
                    stored=_number(row["stored"]),
                    computed=_number(row["computed"]),
                )
                for row in run.differences or []
            )

    def action_repair(self):
        """Compute all numbers again, keep what differed and make it true.

        Not `@api.model`: the button in the head of the list sends the rows it is on.
        """
        if not self.env.user.has_group("pact_truancy.group_pact_administrator"):
            raise AccessError(
                self.env._("Only an administrator of the app computes all numbers.")
            )
        # sudo: a number does not depend on who asks; the result names no child
        summary_sudo = self.env["pact.student.summary"].sudo()
        day = self.env["pact.clock"]._today()
        # who waits for the scheduled job differs rightly: that is no fault to report
        while summary_sudo._refresh_some_waiting(day):
            pass
        summary_sudo._refresh_received_days(day)
        differences = summary_sudo._differences(day)
        changed = summary_sudo._refresh(day, None)
        run = self.sudo().create(
            {
                "day": day,
                "kind": "repair",
                "is_done": True,
                "changed": changed,
                "difference_count": len(differences),
                "differences": differences[:KEPT],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": run.id,
            "views": [(False, "form")],
        }

    @api.model
    def _last_day(self):
        """Return the day as of which all numbers were last brought up to date, or
        None."""
        run = self.sudo().search([("is_done", "=", True)], order="day desc", limit=1)
        return run.day or None


def _number(value):
    return "-" if value is None else f"{value:g}"
