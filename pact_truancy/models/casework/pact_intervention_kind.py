from odoo import fields, models
from odoo.exceptions import UserError


class PactInterventionKind(models.Model):
    """What a school or an office does before and between steps (R53-02, R21-05)."""

    _name = "pact.intervention.kind"
    _description = "Kind of Intervention"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("mail", "Letter"),
            ("electronic", "Text or e-mail"),
            ("visit", "Visit"),
            ("meeting", "Meeting"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    counts = fields.Boolean(
        string="Counts as an Intervention",
        default=True,
        help="Where a step asks for a number of interventions.",
    )
    is_contact = fields.Boolean(
        string="Reaches the Family",
        help="An attempt to reach the student's family, as follow-up asks for it.",
    )
    is_penalty = fields.Boolean(
        string="Penalty",
        help="A ticket or fine. It can be logged and never counts (R53-03).",
    )

    _code_unique = models.UniqueIndex("(code)", "Another kind has this code.")
    _penalty_never_counts = models.Constraint(
        "CHECK (NOT (is_penalty AND counts))",
        "A penalty can be logged, but it never counts as an intervention.",
    )

    def write(self, vals):
        """A penalty stays one: unticked, it would begin to count (R53-03)."""
        if not vals.get("is_penalty", True) and any(self.mapped("is_penalty")):
            raise UserError(
                self.env._(
                    "A penalty stays a penalty. Make another kind for what helps the "
                    "student."
                )
            )
        return super().write(vals)
