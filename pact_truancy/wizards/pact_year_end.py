from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PactYearEnd(models.TransientModel):
    """The end of a school year, first as a dry run: what would happen to which cases,
    program by program; then done in one transaction."""

    _name = "pact.year.end"
    _description = "End of a School Year"

    year_id = fields.Many2one(
        "pact.school.year", required=True, default=lambda self: self._default_year()
    )
    line_ids = fields.One2many(
        "pact.year.end.line",
        "wizard_id",
        compute="_compute_lines",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    warning = fields.Text(compute="_compute_warning")

    @api.model
    def _default_year(self):
        """The year of today; in the weeks between two years the one that ended."""
        today = self.env["pact.clock"]._today()
        return self.env["pact.school.year"].search(
            [("date_start", "<=", today)], limit=1
        )

    @api.depends("year_id")
    def _compute_lines(self):
        cases = self.env["pact.case"]
        programs = self.env["pact.program"].search([])
        for wizard in self:
            if not wizard.year_id:
                wizard.line_ids = [Command.clear()]
                continue
            wizard.line_ids = [Command.clear()] + [
                Command.create({"program_id": program.id, "policy": program.year_end})
                for program in programs
                if cases.search_count(
                    cases._year_end_domain(program, wizard.year_id), limit=1
                )
            ]

    @api.depends("year_id", "line_ids")
    def _compute_warning(self):
        cases = self.env["pact.case"]
        for wizard in self:
            staying = cases.browse()
            for line in wizard.line_ids:
                if line.policy != "close":
                    staying |= line._cases()
            bare = (
                cases._without_next_year(staying.school_id, wizard.year_id)
                if wizard.year_id
                else staying.school_id
            )
            wizard.warning = (
                self.env._(
                    "The coming school year has no school days yet at %(schools)s. "
                    "Waiting times and orders of their cases stand still until its "
                    "calendar is entered.",
                    schools=", ".join(bare.mapped("name")),
                )
                if bare
                else False
            )

    def action_apply(self):
        """Do what the lines say, all or nothing.

        :raise UserError: while the year is not over
        """
        self.ensure_one()
        self.env["pact.case"].check_access("write")
        today = self.env["pact.clock"]._today()
        if today < self._last_day():
            raise UserError(
                self.env._(
                    "School year %(year)s still has school days. This page shows what "
                    "would happen; it can be done after its last school day.",
                    year=self.year_id.name,
                )
            )
        done = 0
        for line in self.line_ids:
            cases = line._cases()
            cases.lock_for_update()
            cases._end_year(line.policy, self.year_id, today)
            done += len(cases) if line.policy != "carry" else 0
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s cases were closed or start again; the others carry "
                    "over.",
                    count=done,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _last_day(self):
        """Return the last school day of the year at any school of the cases."""
        cases = self.env["pact.case"]
        for line in self.line_ids:
            cases |= line._open_cases()
        days = cases._last_school_days(cases.school_id, self.year_id)
        return max(days.values(), default=self.year_id.date_end)


class PactYearEndLine(models.TransientModel):
    _name = "pact.year.end.line"
    _description = "End of a School Year: Program"

    wizard_id = fields.Many2one("pact.year.end", required=True, ondelete="cascade")
    program_id = fields.Many2one("pact.program", required=True, ondelete="cascade")
    policy = fields.Selection(
        lambda self: (
            self.env["pact.program"]
            ._fields["year_end"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    case_count = fields.Integer(compute="_compute_case_count", string="Cases")

    @api.depends("program_id", "policy", "wizard_id.year_id")
    def _compute_case_count(self):
        for line in self:
            line.case_count = len(line._cases())

    def _cases(self):
        """Return the cases that the line is about: of a restart those that did not
        start again yet."""
        cases = self._open_cases()
        if self.policy != "restart" or not cases:
            return cases
        return cases - cases._started_again(self.wizard_id.year_id)

    def _open_cases(self):
        """Return the year's open cases that the user may change."""
        self.ensure_one()
        cases = self.env["pact.case"]
        if not (self.program_id and self.wizard_id.year_id):
            return cases
        return cases.search(
            cases._year_end_domain(self.program_id, self.wizard_id.year_id)
        )._filtered_access("write")

    def action_open(self):
        """Show the cases behind the number."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.program_id.name,
            "res_model": "pact.case",
            "view_mode": "list,form",
            "domain": [("id", "in", self._cases().ids)],
        }
