from fractions import Fraction

from odoo import api, fields, models

from ..facts.units import DAY
from ..metrics.specs import (
    COUNTING_SELECTION,
    MEASURE_SELECTION,
    WINDOW_SELECTION,
    WINDOWS,
    Spec,
)

OPERATORS = [
    ("ge", "at least"),
    ("gt", "more than"),
    ("le", "at most"),
    ("lt", "under"),
]


class PactProgramCriterion(models.Model):
    """One condition of a step. Conditions of a group must all hold; one group is
    enough. Reads as a sentence (GEN-02); its numbers are settings (GEN-01)."""

    _name = "pact.program.criterion"
    _description = "Criterion"
    _order = "step_id, group, id"

    step_id = fields.Many2one(
        "pact.program.step", required=True, ondelete="cascade", index=True
    )
    # all numbers of a program stand in one list (screens.md 7 and 8)
    program_id = fields.Many2one(
        related="step_id.program_id", store=True, precompute=True, index=True
    )
    group = fields.Integer(
        default=1,
        required=True,
        help="Conditions with the same number must all hold; one group is enough.",
    )
    measure = fields.Selection(MEASURE_SELECTION, required=True, default="unexcused")
    window = fields.Selection(WINDOW_SELECTION, required=True, default="previous")
    size = fields.Integer(string="N", default=180, help="School days of the window.")
    counting = fields.Selection(COUNTING_SELECTION, required=True, default="plain")
    operator = fields.Selection(OPERATORS, required=True, default="ge")
    threshold = fields.Float(digits=(8, 2), required=True)
    unit = fields.Selection(
        [("days", "days"), ("percent", "% of N")],
        required=True,
        default="days",
        help="A percentage is one of N itself: 5 % of 180 school days are 9 days.",
    )
    citation = fields.Char(help="Statute or text that the number comes from.")
    sentence = fields.Char(compute="_compute_sentence")

    _window_size = models.Constraint(
        "CHECK (\"window\" <> 'previous' OR size BETWEEN 1 AND 1000)",
        "The window must have between 1 and 1000 school days.",
    )
    _percent_range = models.Constraint(
        "CHECK (unit = 'days' OR threshold <= 100)",
        "A percentage of the window cannot be above 100.",
    )
    _percent_window = models.Constraint(
        "CHECK (unit = 'days' OR \"window\" = 'previous')",
        "A percentage of N needs a window of N school days.",
    )
    _threshold_positive = models.Constraint(
        "CHECK (threshold >= 0)", "The threshold cannot be negative."
    )

    @api.depends(
        "measure", "window", "size", "operator", "threshold", "unit", "counting",
        "program_id.excused_cap",
    )  # fmt: skip
    def _compute_sentence(self):
        label = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("measure", "window", "operator", "counting")
        }
        for criterion in self:
            window = label["window"].get(criterion.window, "")
            if criterion.window and WINDOWS[criterion.window][1]:
                window = window.replace("N", str(criterion.size))
            number = f"{criterion.threshold or 0:g}"
            if criterion.unit == "percent":
                days = f"{criterion.threshold * criterion.size / 100:g}"
                number = self.env._(
                    "%(percent)s %% (%(days)s days)", percent=number, days=days
                )
            else:
                number = self.env._("%(days)s days", days=number)
            measure = label["measure"].get(criterion.measure, "")
            sentence = self.env._(
                "%(measure)s in %(window)s: %(operator)s %(number)s",
                measure=measure[:1].upper() + measure[1:],
                window=window,
                operator=label["operator"].get(criterion.operator, ""),
                number=number,
            )
            rules = criterion.program_id._counting_words()
            if criterion.counting == "program" and rules:
                sentence = self.env._(
                    "%(rule)s; %(counting)s", rule=sentence, counting=rules
                )
            criterion.sentence = sentence

    def _spec(self):
        """Return the number that the criterion asks for."""
        self.ensure_one()
        size = self.size if WINDOWS[self.window][1] else 0
        return Spec(self.measure, self.window, size, self.counting)

    def _limit(self):
        """Return the threshold as an exact Fraction of 1/25200 days."""
        self.ensure_one()
        limit = Fraction(str(self.threshold)) * DAY
        return limit * self.size / 100 if self.unit == "percent" else limit

    def _holds(self, value):
        """Return whether `value` (1/25200 day) meets the criterion; exact."""
        self.ensure_one()
        limit = self._limit()
        return {
            "ge": value >= limit,
            "gt": value > limit,
            "le": value <= limit,
            "lt": value < limit,
        }[self.operator]
