from odoo import api, fields, models

from ..access.roles import ROLES


class PactProgramStep(models.Model):
    """One rung of a program's ladder, and a column of its board."""

    _name = "pact.program.step"
    _description = "Program Step"
    _order = "program_id, sequence, id"

    program_id = fields.Many2one(
        "pact.program", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    entry = fields.Selection(
        [
            ("flag", "A confirmed flag"),
            ("referral", "An accepted referral"),
            ("decision", "A decision after the step before"),
        ],
        string="Entered by",
        required=True,
        default="decision",
    )
    role = fields.Selection(
        ROLES, string="Responsible", required=True, default="case_manager"
    )
    description = fields.Text(translate=True)
    fold = fields.Boolean(string="Folded on the Board")
    criterion_ids = fields.One2many(
        "pact.program.criterion", "step_id", string="Criteria", copy=True
    )
    rule = fields.Text(compute="_compute_rule", string="When")

    _code_unique = models.UniqueIndex(
        "(program_id, code)", "Two steps of a program have the same code."
    )

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

    def _criterion_groups(self):
        """Return the criteria as a list of groups, in the order of their numbers."""
        self.ensure_one()
        groups = self.criterion_ids.grouped("group")
        return [group for _number, group in sorted(groups.items())]
