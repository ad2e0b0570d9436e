from datetime import date
from typing import NamedTuple

from odoo import api, fields, models


class Answer(NamedTuple):
    """Whether a case meets one requirement as of a day.

    `text` says what is there or what is missing, in a sentence. `first_day`: the first
    day on which it can be met where time alone is missing. `proof`: what proves it,
    a list of (model, id). `button`: name of the case's method that helps, or None.
    `public`: (what, text) for who may not read the rest, None where all may.
    """

    met: bool
    text: str
    first_day: date | None = None
    proof: tuple = ()
    button: str | None = None
    public: tuple | None = None


class PactProgramRequirement(models.Model):
    """What must be there before a case may enter a step: due process as data.

    The rooms below add kinds (`selection_add`) and answer them by
    `_check_requirement_<kind>(cases, day)`, for many cases with a few queries; what
    does not concern a case is missing in the answer.
    """

    _name = "pact.program.requirement"
    _description = "Requirement"
    _inherit = ["pact.shipped"]
    _order = "step_id, sequence, id"

    step_id = fields.Many2one(
        "pact.program.step", required=True, ondelete="cascade", index=True
    )
    program_id = fields.Many2one(
        related="step_id.program_id", store=True, precompute=True, index=True
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("wait", "School days since the last step")], required=True
    )
    count = fields.Integer(
        string="How Many", default=1, help="School days, interventions, services."
    )
    name = fields.Char(
        string="What",
        translate=True,
        help="What is asked for, as those read it who provide it.",
    )
    takes_count = fields.Boolean(compute="_compute_takes")
    takes_name = fields.Boolean(compute="_compute_takes")
    citation = fields.Char(help="Statute or text that asks for it.")
    is_overridable = fields.Boolean(
        string="May Be Overridden",
        default=True,
        help="A coordinator may go on without it, with a reason.",
    )
    sentence = fields.Char(compute="_compute_sentence", string="Requirement")

    _count_positive = models.Constraint(
        "CHECK (count > 0)", "A requirement asks for at least one."
    )

    @api.model
    def _shipped_units(self):
        return [{"kind", "count"}]

    @api.model
    def _counted_kinds(self):
        """Return the kinds that take a number."""
        return {"wait"}

    @api.model
    def _named_kinds(self):
        """Return the kinds that say in words what they ask for."""
        return set()

    @api.depends("kind")
    def _compute_takes(self):
        counted, named = self._counted_kinds(), self._named_kinds()
        for requirement in self:
            requirement.takes_count = requirement.kind in counted
            requirement.takes_name = requirement.kind in named

    @api.depends("kind", "count", "name")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for requirement in self:
            sentence = getattr(requirement, f"_sentence_{requirement.kind}", None)
            requirement.sentence = sentence() if sentence else False

    @api.depends("sentence")
    def _compute_display_name(self):
        for requirement in self:
            requirement.display_name = requirement.sentence or requirement.name

    def _sentence_wait(self):
        return self.env._(
            "At least %(count)s school days since the last step", count=self.count
        )

    def _answers(self, cases, day):
        """Return {requirement: {case id: Answer}} of `cases`; a case that a requirement
        does not concern is missing there.

        :param day: as of the end of this day
        """
        return {
            one: getattr(one, f"_check_requirement_{one.kind}")(cases, day)
            for one in self
        }
