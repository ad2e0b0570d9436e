from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..facts.units import DAY
from ..metrics.specs import (
    COUNTED,
    COUNTING_SELECTION,
    EVENT_MEASURES,
    MEASURE_SELECTION,
    RATE_MEASURES,
    UNIT_SELECTION,
    WHOLE_MEASURES,
    WINDOW_SELECTION,
    WINDOWS,
    WITHIN,
    Spec,
    is_rate,
    is_valid,
)

_lt = LazyTranslate(__name__)

OPERATORS = [
    ("ge", "at least"),
    ("gt", "more than"),
    ("le", "at most"),
    ("lt", "under"),
]
# the same before a number of things: 'Fewer than 3 tardies this month'
COUNT_OPERATORS = {
    "ge": _lt("At least %(counted)s"),
    "gt": _lt("More than %(counted)s"),
    "le": _lt("At most %(counted)s"),
    "lt": _lt("Fewer than %(counted)s"),
}
COMPARISONS = {"ge": SQL(">="), "gt": SQL(">"), "le": SQL("<="), "lt": SQL("<")}
# 'in one month' tells what a value is, 'in any one month' what is asked for
WITHIN = {
    **WITHIN,
    "any_month": _lt("%(counted)s in any one month of this school year"),
}
# windows of which a percentage can be taken: N school days
SCHOOL_DAY_WINDOWS = ("previous", "enrolled")
# measure -> rate that is the same as its percentage of the days possible
SHARES = {
    part: rate
    for rate, (_label, (part, whole)) in RATE_MEASURES.items()
    if whole == "possible"
}
# measures that are no share of days
NO_SHARE = {"possible", "unexcused_run", *EVENT_MEASURES}


class PactProgramCriterion(models.Model):
    """One condition of a step. Conditions of a group must all hold; one group is
    enough. Reads as a sentence (GEN-02); its numbers are settings (GEN-01)."""

    _name = "pact.program.criterion"
    _description = "Criterion"
    _inherit = ["pact.shipped"]
    _order = "step_id, group, id"

    step_id = fields.Many2one(
        "pact.program.step",
        ondelete="cascade",
        index=True,
        help="Empty: the program's own standard of progress.",
    )
    # all numbers of a program stand in one list (screens.md 7 and 8)
    program_id = fields.Many2one(
        "pact.program",
        compute="_compute_program",
        store=True,
        readonly=False,
        copy=False,
        precompute=True,
        required=True,
        ondelete="cascade",
        index=True,
    )
    purpose = fields.Selection(
        [("entry", "Enters the step"), ("progress", "Is adequate progress")],
        required=True,
        default="entry",
    )
    group = fields.Integer(
        default=1,
        required=True,
        aggregator=None,
        help="Conditions with the same number must all hold; one group is enough.",
    )
    measure = fields.Selection(MEASURE_SELECTION, required=True, default="unexcused")
    window = fields.Selection(WINDOW_SELECTION, required=True, default="previous")
    size = fields.Integer(
        string="N",
        default=180,
        aggregator=None,
        help="School days of the window; of 'the last N calendar days' calendar days.",
    )
    counting = fields.Selection(COUNTING_SELECTION, required=True, default="plain")
    operator = fields.Selection(OPERATORS, required=True, default="ge")
    # a numeric column of two places: compared as whole hundredths, so exact
    # a sum of thresholds says nothing
    threshold = fields.Float(
        string="Number", digits=(8, 2), required=True, aggregator=None
    )
    unit = fields.Selection(
        [*UNIT_SELECTION, ("percent", "%"), ("part", "of so many parts")],
        required=True,
        default="days",
    )
    parts = fields.Integer(
        default=3,
        aggregator=None,
        help="2 of 3 parts are two thirds: a share that no percentage is equal to.",
    )
    percent_of = fields.Selection(
        [("window", "of the N school days"), ("possible", "of the days possible")],
        required=True,
        default="window",
        help="Of the N school days: 5 % of 180 are always 9 days. Of the days possible:"
        " those on which the student was enrolled and attendance was received.",
    )
    takes_size = fields.Boolean(compute="_compute_takes")
    takes_share = fields.Boolean(compute="_compute_takes")
    citation = fields.Char(help="Statute or text that the number comes from.")
    sentence = fields.Text(compute="_compute_sentence")

    _threshold_positive = models.Constraint(
        "CHECK (threshold >= 0)", "The threshold cannot be negative."
    )

    @api.constrains(
        "measure", "window", "size", "counting", "operator", "threshold", "unit",
        "percent_of", "parts",
    )  # fmt: skip
    def _check_can_be_counted(self):
        for criterion in self:
            problem = criterion._problem()
            if problem:
                raise ValidationError(problem)

    _step_or_progress = models.Constraint(
        "CHECK (step_id IS NOT NULL OR purpose = 'progress')",
        "A criterion without a step can only say what adequate progress is.",
    )

    @api.depends("step_id.program_id")
    def _compute_program(self):
        for criterion in self:
            if criterion.step_id:
                criterion.program_id = criterion.step_id.program_id

    @api.depends("measure", "window", "unit")
    def _compute_takes(self):
        for criterion in self:
            criterion.takes_size = bool(
                criterion.window and WINDOWS[criterion.window][1]
            )
            criterion.takes_share = (
                criterion.unit == "percent" and criterion.measure not in RATE_MEASURES
            )

    @api.depends(
        "measure", "window", "size", "operator", "threshold", "unit", "percent_of",
        "parts", "counting", "program_id.excused_cap", "program_id.unverified_limit",
        "program_id.medical_rule", "program_id.grace_days", "program_id.grace_latest",
        "program_id.exclude_homebound", "program_id.tardy_minutes",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_sentence(self):
        for criterion in self:
            if not criterion.measure or not criterion.window:
                criterion.sentence = False
                continue
            sentence = criterion._in_words()
            rules = criterion.program_id._counting_words(
                [spec.measure for spec in criterion._specs()],
                criterion.counting == "program",
            )
            criterion.sentence = (
                self.env._("%(rule)s; %(counting)s", rule=sentence, counting=rules)
                if rules
                else sentence
            )

    @api.depends("sentence")
    def _compute_display_name(self):
        for criterion in self:
            criterion.display_name = criterion.sentence

    @api.onchange("measure", "window")
    def _onchange_measure(self):
        """Propose what fits: the unit, a window's N, the counting."""
        if self.measure in RATE_MEASURES:
            if self.unit != "part":
                self.unit = "percent"
        elif self.measure in EVENT_MEASURES:
            if self.unit not in ("occasions", "dates"):
                self.unit = "occasions"
        elif self.unit == "percent" and self.measure in NO_SHARE:
            self.unit = "days"
        if self.window and WINDOWS[self.window][1] and not self.size:
            self.size = 30 if self.window == "rolling" else 180
        if self.takes_share and self.window not in SCHOOL_DAY_WINDOWS:
            self.percent_of = "possible"
        fitting = self._spec()._replace(counting="program")
        if not is_valid(self._spec()) and is_valid(fitting):
            self.counting = "program"
        if self.unit in ("occasions", "dates") and not is_valid(self._spec()):
            self.unit = "days"

    @api.model
    def _shipped_units(self):
        return [
            {"measure", "window", "size", "counting", "operator", "threshold", "unit"}
            | {"parts", "percent_of", "group", "purpose"}
        ]

    def _groups(self):
        """Return these criteria of one step as a list of groups, in order."""
        return [group for _number, group in sorted(self.grouped("group").items())]

    # -- what is asked ---------------------------------------------------------------

    def _spec(self):
        """Return the number that the criterion asks for."""
        self.ensure_one()
        measure = self.measure
        if self._is_share():
            measure = SHARES.get(measure, measure)
        return Spec(
            measure,
            self.window,
            self.size if WINDOWS[self.window][1] else 0,
            self.counting,
            self.unit if self.unit in ("occasions", "dates") else "days",
        )

    def _specs(self):
        """Return all numbers that the criterion needs: `_spec`, and the days possible
        where a percentage of them is asked and no rate is just that."""
        spec = self._spec()
        if self._is_share() and not is_rate(spec):
            return [spec, spec._replace(measure="possible")]
        return [spec]

    def _is_share(self):
        """Return whether a sum is compared with a percentage of the days possible."""
        return (
            self.unit == "percent"
            and self.percent_of == "possible"
            and self.measure not in RATE_MEASURES
        )

    def _hundredths(self):
        """Return the threshold in hundredths of its unit, as a whole number."""
        return round(self.threshold * 100)

    def _condition(self, columns):
        """Return the comparison as SQL, the only place where it stands.

        Whole numbers on both sides, of a share crosswise: nothing is rounded. What is
        empty and a share of nothing meet nothing: the condition is never NULL.

        :param columns: {Spec: list of SQL, one, for a rate numerator and denominator}
            with each of `_specs`, in the units of `pact.metrics._select`
        """
        self.ensure_one()
        compare, limit = COMPARISONS[self.operator], self._hundredths()
        parts = [part for spec in self._specs() for part in columns[spec]]
        value = SQL("%s::bigint", parts[0])
        if len(parts) == 2:
            whole = SQL("%s::bigint", parts[1])
            condition = SQL(
                "%(whole)s > 0 "
                "AND %(value)s * %(one)s %(compare)s %(whole)s * %(limit)s",
                whole=whole,
                value=value,
                one=100 * (100 if self.unit == "percent" else self.parts),
                compare=compare,
                limit=limit,
            )
        elif self.unit == "percent":
            condition = SQL("%s * 10000 %s %s", value, compare, limit * self.size * DAY)
        else:
            one = DAY if self.unit == "days" else 1
            condition = SQL("%s * 100 %s %s", value, compare, limit * one)
        return SQL("COALESCE(%s, false)", condition)

    # -- in words --------------------------------------------------------------------

    def _label(self, name):
        """Return the label of a selection field's value in the reader's language."""
        return dict(self._fields[name]._description_selection(self.env)).get(
            self[name], ""
        )

    def _in_words(self):
        """Return the condition as people say it: 'Attendance rate this school year:
        under 90 %', 'At least 4 unexcused days in any one month of this school year'.
        """
        self.ensure_one()
        number = _text(self.threshold or 0)
        if (self.unit == "days" and self.measure in COUNTED) or (
            self.unit == "occasions" and self.measure in EVENT_MEASURES
        ):
            one, several = COUNTED[self.measure]
            counted = self.env._(one if number == "1" else several) % {"days": number}
            counted = self.env._(COUNT_OPERATORS[self.operator]) % {"counted": counted}
            return self._within(counted)
        words = {
            "what": self._within(_capital(self._label("measure"))),
            "operator": self._label("operator"),
            "number": number,
        }
        if self.unit == "part":
            return self.env._(
                "%(what)s: %(operator)s %(number)s of %(parts)s parts",
                parts=self.parts,
                **words,
            )
        if self.unit == "percent":
            if self.measure in RATE_MEASURES:
                return self.env._("%(what)s: %(operator)s %(number)s %%", **words)
            if self.percent_of == "possible":
                return self.env._(
                    "%(what)s: %(operator)s %(number)s %% of the days possible", **words
                )
            days = _text(Decimal(self._hundredths() * self.size) / 10000)
            return self.env._(
                "%(what)s: %(operator)s %(number)s %% (%(days)s days)",
                days=days,
                **words,
            )
        if self.unit == "dates":
            return (
                self.env._("%(what)s: on %(operator)s %(number)s date", **words)
                if number == "1"
                else self.env._("%(what)s: on %(operator)s %(number)s dates", **words)
            )
        return (
            self.env._("%(what)s: on %(operator)s %(number)s occasion", **words)
            if number == "1"
            else self.env._("%(what)s: on %(operator)s %(number)s occasions", **words)
        )

    def _within(self, counted):
        return self.env._(WITHIN[self.window]) % {
            "counted": counted,
            "size": self.size,
        }

    def _problem(self):
        """Return in a sentence why this cannot be asked, or None."""
        self.ensure_one()
        measure = {"measure": _capital(self._label("measure"))}
        if WINDOWS[self.window][1] and not 1 <= self.size <= 1000:
            return self.env._("The window must have between 1 and 1000 days.")
        if self.unit == "part" and self.measure not in RATE_MEASURES:
            return self.env._(
                "Parts are of a share: choose a rate or share as the measure."
            )
        if self.measure in RATE_MEASURES and self.unit not in ("percent", "part"):
            return self.env._(
                "'%(measure)s' is compared with a percentage: choose %% as the unit.",
                **measure,
            )
        if self.measure in EVENT_MEASURES and self.unit in ("days", "percent"):
            return self.env._(
                "'%(measure)s' are counted in occasions or in dates, not in days.",
                **measure,
            )
        if self.measure in WHOLE_MEASURES and self.window == "any_month":
            return self.env._(
                "'%(measure)s' has no highest month. Choose another window.", **measure
            )
        if self.unit == "percent" and self.measure not in RATE_MEASURES:
            problem = self._share_problem(measure)
            if problem:
                return problem
        spec = self._spec()
        if not is_valid(spec) and is_valid(spec._replace(counting="program")):
            return self.env._(
                "'%(measure)s' come from the program's counting rules: choose 'By the "
                "program's counting rules'.",
                **measure,
            )
        if not all(is_valid(spec) for spec in self._specs()):
            return self.env._("'%(measure)s' is counted in days.", **measure)
        return self._number_problem()

    def _share_problem(self, measure):
        if self.percent_of == "window" and self.window not in SCHOOL_DAY_WINDOWS:
            return self.env._(
                "A percentage of N needs a window of N school days. Choose 'of the "
                "days possible', or another window."
            )
        if self.percent_of == "possible" and self.window == "any_month":
            return self.env._(
                "A percentage of the days possible has no highest month. Choose "
                "another window."
            )
        if self.measure in NO_SHARE and (
            self.percent_of == "possible" or self.measure != "possible"
        ):
            return self.env._(
                "'%(measure)s' is not a share of days: choose days as the unit.",
                **measure,
            )
        return None

    def _number_problem(self):
        if self.unit == "part" and not 0 < self._hundredths() <= self.parts * 100:
            return self.env._("Name some of the parts, at most all of them.")
        if self.unit == "percent" and self.threshold > 100:
            return self.env._("A percentage of days cannot be above 100.")
        if self.unit in ("occasions", "dates") and self._hundredths() % 100:
            return self.env._("Occasions and dates are whole numbers.")
        if not self._hundredths() and self.operator == "ge":
            return self.env._("'At least 0' holds for every student. Name a number.")
        if not self._hundredths() and self.operator == "lt":
            return self.env._("Nothing is under 0. Name a number.")
        return None


def _capital(text):
    return text[:1].upper() + text[1:]


def _text(number):
    """Return a number as people write it: '9', '8.5'; at most four places."""
    text = f"{number:.4f}".rstrip("0").rstrip(".")
    return text or "0"
