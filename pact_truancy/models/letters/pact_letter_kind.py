from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PactLetterKind(models.Model):
    """A kind of letter: which step sends it, when it is drafted, who gets a copy."""

    _name = "pact.letter.kind"
    _description = "Kind of Letter"
    _inherit = ["pact.shipped"]
    _order = "sequence, name"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    step_id = fields.Many2one(
        "pact.program.step",
        string="Goes Out in",
        required=True,
        ondelete="restrict",
        index=True,
        help="The letter becomes final only once its case has come to this step.",
    )
    early_step_id = fields.Many2one(
        "pact.program.step",
        string="Ready as a Draft from",
        ondelete="restrict",
        index="btree_not_null",
        help="An earlier step in which the letter already stands as a draft.",
    )
    draft_on_entry = fields.Boolean(
        string="Drafted by Itself",
        default=True,
        help="A draft is made when a case comes into the step. It leaves only by a "
        "person's decision.",
    )
    is_order = fields.Boolean(
        string="Tells of the Order",
        help="Drafted when the order of the step is recorded, and corrected when its "
        "last day moves. It speaks of the order's days and terms, not of absences.",
    )
    copy_to_school = fields.Boolean(default=True)
    text_ids = fields.One2many("pact.letter.text", "kind_id", string="Texts")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex("(code)", "Another kind of letter has this code.")

    def _shipped_program(self):
        return self.step_id.program_id

    def _shipped_children(self):
        return [self.text_ids]

    @api.constrains("step_id", "early_step_id")
    def _check_steps(self):
        for kind in self:
            early = kind.early_step_id
            if early and (
                early.program_id != kind.step_id.program_id
                or early._place() > kind.step_id._place()
            ):
                raise ValidationError(
                    self.env._(
                        "'%(early)s' must be an earlier step of the program that "
                        "'%(step)s' belongs to.",
                        early=early.name,
                        step=kind.step_id.name,
                    )
                )

    @api.constrains("is_order", "draft_on_entry", "step_id")
    def _check_order(self):
        for kind in self.filtered("is_order"):
            if kind.draft_on_entry or not kind.step_id.makes_order:
                raise ValidationError(
                    self.env._(
                        "'%(kind)s' tells of an order: it goes out in a step that "
                        "makes one, and is drafted when the order is recorded, not "
                        "when the case comes into the step.",
                        kind=kind.name,
                    )
                )
        self.text_ids._check_placeholders()

    def _drafted_in(self, step):
        """Return whether a case that comes into `step` gets a draft of this kind."""
        self.ensure_one()
        return self.draft_on_entry and step in (self.step_id, self.early_step_id)
