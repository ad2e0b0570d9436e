from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .units import CATEGORY_LABELS, DAY, format_days, to_portion


class PactAttendanceCode(models.Model):
    """What an absence is called and how it counts. Codes of a district extend the
    shared ones: a new valid cause is a new code (R21-03)."""

    _name = "pact.attendance.code"
    _description = "Attendance Code"
    _order = "sequence, code"
    _rec_names_search = ["code", "name"]

    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    category = fields.Selection(CATEGORY_LABELS, required=True)
    is_absent = fields.Boolean(
        compute="_compute_is_absent",
        store=True,
        readonly=False,
        precompute=True,
        help="The missed part of the day counts as absence.",
    )
    is_chronic = fields.Boolean(
        compute="_compute_is_absent",
        store=True,
        readonly=False,
        precompute=True,
        string="Counts as Chronic Absence",
    )
    has_valid_cause = fields.Boolean(
        compute="_compute_is_absent",
        store=True,
        readonly=False,
        precompute=True,
        string="Valid Cause",
        help="A tardy with this code is no occasion of truancy.",
    )
    minutes = fields.Integer(
        string="Missed Minutes",
        help="Minutes missed at least, where the source does not say: a code for 'more "
        "than 30 minutes late' says 31.",
    )
    portion = fields.Integer(
        default=DAY,
        required=True,
        help="Missed part of a day where the source does not say, in 1/25200 day.",
    )
    days = fields.Float(compute="_compute_days", inverse="_inverse_days", digits=(4, 2))
    twin_id = fields.Many2one(
        "pact.attendance.code",
        ondelete="restrict",
        help="The code that an absence gets when it turns unexcused (ECE to UNX).",
    )
    district_id = fields.Many2one(
        "pact.district",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: shared by all districts.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(district_id, 0))", "This code already exists."
    )
    _portion_range = models.Constraint(
        f"CHECK (portion BETWEEN 0 AND {DAY})",
        "A code stands for at most one whole day.",
    )

    _minutes_positive = models.Constraint(
        "CHECK (minutes >= 0)", "Missed minutes cannot be negative."
    )

    @api.depends("category")
    def _compute_is_absent(self):
        for code in self:
            absent = code.category not in ("present", "tardy", "activity")
            code.is_absent = absent
            code.is_chronic = absent and code.category != "homebound"
            code.has_valid_cause = code.category not in (
                "unexcused",
                "unverified",
                "tardy",
            )

    @api.depends("portion")
    def _compute_days(self):
        for code in self:
            code.days = float(format_days(code.portion))

    def _inverse_days(self):
        for code in self:
            code.portion = to_portion(code.days)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for code in self:
            code.display_name = f"{code.code} - {code.name}" if code.code else code.name

    @api.constrains("twin_id")
    def _check_twin(self):
        for code in self:
            if code.twin_id == code:
                raise ValidationError(self.env._("A code cannot be its own twin."))

    @api.model
    def _by_code(self, district):
        """Return {code in upper case: record} that hold for `district`; the district's
        own code wins over a shared one of the same name."""
        codes = self.search([("district_id", "in", [False, district.id])])
        ordered = codes.sorted(lambda code: bool(code.district_id))
        return {code.code.upper(): code for code in ordered}
