from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .pact_attendance_event import FLAG_ABSENT, FLAGS_OF_STAFF, flags_of_code
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

    def write(self, vals):
        """What a code means changes its events, in one statement."""
        labels = dict(self._fields["category"]._description_selection(self.env))
        before = {code: labels.get(code.category) for code in self}
        result = super().write(vals)
        counted = {"category", "is_absent", "is_chronic", "has_valid_cause", "minutes"}
        if vals.keys() & counted:
            for code, label in before.items():
                after = labels.get(code.category)
                detail = after if label == after else f"{label} -> {after}"
                code._refresh_event_flags(detail)
        return result

    def _refresh_event_flags(self, detail):
        """Write category and flags of the code's events; what staff decided stays. The
        history gets a row for each event that now counts in another way.

        :param detail: what changed, in words, for the history
        :raise ValidationError: a day would hold more than one whole day of absence
        """
        self.ensure_one()
        self.env.flush_all()
        cr = self.env.cr
        events = self.env["pact.attendance.event"]
        cr.execute(
            SQL(
                """WITH wanted AS (
                     SELECT e.id, n.number, (e.flags & %(kept)s) | %(flags)s AS flags,
                            e.category <> n.number OR e.flags & %(absent)s
                            <> c.is_absent::int * %(absent)s AS is_other
                       FROM pact_attendance_code c
                       JOIN pact_attendance_event e ON e.code_id = c.id
                       JOIN %(categories)s n ON n.code = c.category
                      WHERE c.id = %(code)s),
                   changed AS (
                     UPDATE pact_attendance_event e
                        SET category = w.number, flags = w.flags
                       FROM wanted w
                      WHERE w.id = e.id
                        AND (e.category, e.flags) IS DISTINCT FROM (w.number, w.flags)
                  RETURNING e.id, e.student_id, e.school_id, e.date, e.portion,
                            e.is_withdrawn, w.is_other)
                   INSERT INTO pact_attendance_change
                          (event_id, student_id, school_id, date, operation,
                           code_before_id, code_after_id, portion_before,
                           portion_after, detail, create_uid, create_date)
                   SELECT id, student_id, school_id, date, 'code', %(code)s, %(code)s,
                          portion, portion, %(detail)s, %(uid)s,
                          now() AT TIME ZONE 'UTC'
                     FROM changed WHERE is_other AND is_withdrawn IS NOT TRUE""",
                kept=FLAGS_OF_STAFF,
                flags=SQL(flags_of_code()),
                absent=FLAG_ABSENT,
                categories=SQL(events._category_values()),
                code=self.id,
                detail=detail,
                uid=self.env.uid,
            )
        )
        events.invalidate_model(["category", "flags", "change_ids"])
        if self.is_absent:
            self._check_event_days()

    def _check_event_days(self):
        """Refuse a code that makes a student-day more than one whole day.

        :raise ValidationError: says how many and the first of the days
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT e.student_id, e.date
                     FROM pact_attendance_event e
                     JOIN pact_attendance_code c ON c.id = e.code_id AND c.is_absent
                    WHERE e.is_withdrawn IS NOT TRUE
                      AND (e.student_id, e.date) IN (
                          SELECT student_id, date FROM pact_attendance_event
                           WHERE code_id = %s AND is_withdrawn IS NOT TRUE)
                    GROUP BY e.student_id, e.date HAVING sum(e.portion) > %s
                    ORDER BY e.date""",
                self.id,
                DAY,
            )
        )
        if rows:
            raise ValidationError(
                self.env._(
                    "%(code)s cannot count as absence: on %(count)s days a student "
                    "would then be absent more than one whole day, the first on "
                    "%(date)s. Give these absences another code or part of the day "
                    "first.",
                    code=self.code,
                    count=len(rows),
                    date=rows[0][1],
                )
            )

    @api.model
    def _by_code(self, district):
        """Return {code in upper case: record} that hold for `district`; the district's
        own code wins over a shared one of the same name."""
        codes = self.search([("district_id", "in", [False, district.id])])
        ordered = codes.sorted(lambda code: bool(code.district_id))
        return {code.code.upper(): code for code in ordered}
