from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..access.roles import ROLES

ENTRIES = [
    ("flag", "A confirmed flag"),
    ("referral", "An accepted referral"),
    ("decision", "A decision after the step before"),
    # beside the ladder: they move no case
    ("notice", "A confirmed flag, beside the ladder"),
    ("aside", "A decision at any time, beside the ladder"),
]
RUNGS = ("flag", "referral", "decision")


class PactProgramStep(models.Model):
    """One rung of a program's ladder, and a column of its board."""

    _name = "pact.program.step"
    _description = "Program Step"
    _inherit = ["pact.shipped"]
    _order = "program_id, sequence, id"

    program_id = fields.Many2one(
        "pact.program", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    entry = fields.Selection(
        ENTRIES, string="Entered by", required=True, default="decision"
    )
    is_rung = fields.Boolean(
        compute="_compute_is_rung",
        search="_search_is_rung",
        help="A step of the ladder, and so a column of the board.",
    )
    role = fields.Selection(
        ROLES, string="Responsible", required=True, default="case_manager"
    )
    description = fields.Text(translate=True)
    fold = fields.Boolean(string="Folded on the Board")
    criterion_ids = fields.One2many(
        "pact.program.criterion",
        "step_id",
        string="Criteria",
        domain=[("purpose", "=", "entry")],
        copy=True,
    )
    progress_ids = fields.One2many(
        "pact.program.criterion",
        "step_id",
        string="What Is Adequate Progress",
        domain=[("purpose", "=", "progress")],
        copy=True,
        help="Only where it differs from the program's own.",
    )
    requirement_ids = fields.One2many(
        "pact.program.requirement", "step_id", string="Requirements", copy=True
    )
    # the gate
    asks_progress = fields.Boolean(
        string="Only without Adequate Progress",
        help="The step is for students whose attendance did not improve.",
    )
    is_statutory = fields.Boolean(
        string="For Compulsory Age Only",
        help="The program's ages hold for this step: the law makes it depend on them.",
    )
    # what happens in the step
    caseload = fields.Selection(
        [
            ("no", "Not by this step"),
            ("may", "The case manager may"),
            ("must", "The case manager must"),
        ],
        string="Place on Caseload",
        required=True,
        default="no",
    )
    monitor_days = fields.Integer(
        string="Watched for",
        help="School days after which attendance in this step is judged. 0: after one.",
    )
    due_days = fields.Integer(
        string="Overdue after",
        help="School days in this step after which the case is overdue. 0: never.",
    )
    success = fields.Char(
        translate=True, help="What it means that this step worked, in a sentence."
    )
    failure_step_id = fields.Many2one(
        "pact.program.step",
        string="Failure Leads to",
        ondelete="set null",
        copy=False,
        domain="[('program_id', '=', program_id), ('id', '!=', id)]",
        help="Empty: the step after this one.",
    )
    # of a notice
    repeat = fields.Selection(
        [
            ("year", "Once a school year"),
            ("more", "Again after so many more"),
        ],
        string="Comes",
        required=True,
        default="year",
        help="A step beside the ladder comes once a school year, or again when the "
        "first criterion's number has grown by so many.",
    )
    repeat_more = fields.Integer(string="So Many More", default=5)
    rule = fields.Text(compute="_compute_rule", string="When")
    demands = fields.Text(compute="_compute_demands", string="What It Demands")

    _code_unique = models.UniqueIndex(
        "(program_id, code)", "Two steps of a program have the same code."
    )

    _days_positive = models.Constraint(
        "CHECK (monitor_days >= 0 AND due_days >= 0 AND repeat_more > 0)",
        "Days of a step cannot be negative.",
    )

    @api.constrains("entry", "is_statutory", "failure_step_id")
    def _check_failure(self):
        """A case takes each step once a round, so failure leads on, not back."""
        for step in self:
            failure = step.failure_step_id
            if failure and (
                failure.program_id != step.program_id or not failure.is_rung
            ):
                raise ValidationError(
                    self.env._(
                        "Failure of '%(step)s' leads to another step of its own "
                        "program's ladder.",
                        step=step.name,
                    )
                )
            if failure and failure._place() <= step._place():
                raise ValidationError(
                    self.env._(
                        "Failure of '%(step)s' leads to a later step, not to "
                        "'%(failure)s'.",
                        step=step.name,
                        failure=failure.name,
                    )
                )

    def _place(self):
        """Return what tells the order of steps of one program, as the board has them:
        new steps often share a number."""
        self.ensure_one()
        return (self.sequence, self.id)

    def _shipped_children(self):
        return [self.criterion_ids, self.progress_ids, self.requirement_ids]

    @api.depends("entry")
    def _compute_is_rung(self):
        for step in self:
            step.is_rung = step.entry in RUNGS

    def _search_is_rung(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain("entry", "in", RUNGS)
        return domain if True in value else ~domain

    @api.depends("criterion_ids.sentence", "criterion_ids.group", "entry")
    def _compute_rule(self):
        """The criteria as one text: conditions joined by 'and', groups by 'or'."""
        for step in self:
            step.rule = self.env._("\nor ").join(
                self.env._("\nand ").join(
                    criterion.sentence or "" for criterion in group
                )
                for group in step._criterion_groups()
            )

    @api.depends("requirement_ids.sentence", "asks_progress")
    @api.depends_context("lang")
    def _compute_demands(self):
        """The requirements as one text, a line each."""
        for step in self:
            lines = step.requirement_ids.mapped("sentence")
            if step.asks_progress:
                lines = [self.env._("No adequate progress"), *lines]
            step.demands = "\n".join(filter(None, lines)) or False

    def _criterion_groups(self):
        """Return the criteria as a list of groups, in the order of their numbers."""
        self.ensure_one()
        return self.criterion_ids._groups()

    def _progress(self):
        """Return the criteria of adequate progress in this step: its own, else the
        program's (R53-17)."""
        self.ensure_one()
        return self.progress_ids or self.program_id.progress_ids
