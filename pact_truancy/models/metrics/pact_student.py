from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..facts.units import DAY, format_days
from .pact_student_summary import RULES
from .specs import MEASURE_SELECTION, Spec, format_rate, is_valid

YEAR = {
    "absent_days": Spec("absent", "year"),
    "unexcused_days": Spec("unexcused", "year"),
    "unverified_days": Spec("unverified", "year"),
    "excused_days": Spec("excused", "year"),
}
POSSIBLE = Spec("possible", "year")
WINDOW = Spec("unexcused", "previous", 180, "program")


class PactStudent(models.Model):
    """The counts that matter, for the students on the screen: computed live by one
    call for all of them, as of the program's day."""

    _inherit = "pact.student"

    absent_days = fields.Float(compute="_compute_counts", string="Absent This Year")
    unexcused_days = fields.Float(
        compute="_compute_counts", string="Unexcused This Year"
    )
    unverified_days = fields.Float(
        compute="_compute_counts", string="Unverified This Year"
    )
    excused_days = fields.Float(compute="_compute_counts", string="Excused This Year")
    possible_days = fields.Integer(
        compute="_compute_counts", string="School Days Enrolled"
    )
    unexcused_window_days = fields.Float(
        compute="_compute_counts", string="Unexcused, Last 180 School Days"
    )
    attendance_rate = fields.Char(
        compute="_compute_counts", help="Days attended of the days enrolled this year."
    )
    # the same for lists, kept (see `pact.student.summary`): sorted and filtered by the
    # database. sudo: who may see the student may see these
    summary_id = fields.Many2one(
        "pact.student.summary",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    listed_absent = fields.Float(related="summary_id.absent", string="Absent")
    listed_unexcused = fields.Float(related="summary_id.unexcused", string="Unexcused")
    listed_unverified = fields.Float(
        related="summary_id.unverified", string="Unverified"
    )
    listed_unexcused_window = fields.Float(
        related="summary_id.unexcused_window", string="Unexcused, 180 School Days"
    )
    listed_absent_window = fields.Float(
        related="summary_id.absent_window", string="Absent, 180 School Days"
    )
    listed_tardies = fields.Integer(related="summary_id.tardies", string="Tardies")
    listed_rate = fields.Float(
        string="Rate",
        compute="_compute_listed_rate",
        search="_search_listed_rate",
        digits=(5, 1),
        help="Days attended of 100 days enrolled this year. Rounded down.",
    )
    listed_day = fields.Date(
        string="Numbers as of",
        compute="_compute_listed_day",
        help="The numbers of the list; those of the student's page are of today.",
    )

    @api.model
    def _kept_by_code(self):
        return super()._kept_by_code() | {"summary_id"}

    def _merge_stays(self):
        """The kept numbers of a merged student go with the record that is put away;
        those of the survivor are made anew."""
        return super()._merge_stays() | {("pact.student.summary", "student_id")}

    @api.depends("summary_id")
    def _compute_listed_rate(self):
        # sudo: see above
        for student in self.sudo():
            absent, possible = student._listed_pair()
            student.listed_rate = (
                (possible - absent) * 1000 // possible / 10 if possible > 0 else 0
            )

    def _listed_pair(self):
        """Return (absent, possible) of the school year in days, as lists show them."""
        summary = self.summary_id
        if not summary:
            return 0, 0
        return summary.absent, summary.possible_offset + self.school_id.received_days

    def _search_listed_rate(self, operator, value):
        """Compare crosswise, so that exactly 90 % is never under 90 %. Who has no day
        has no rate."""
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        return Domain(
            "id",
            "any!",
            SQL(
                """SELECT u.student_id
                     FROM pact_student_summary u
                     JOIN pact_student s ON s.id = u.student_id
                     JOIN pact_school c ON c.id = s.school_id
                    CROSS JOIN LATERAL (
                          SELECT u.possible_offset + c.received_days AS days) p
                    WHERE p.days > 0
                      AND (p.days - u.absent) * 100 %s %s * p.days""",
                SQL(operator),  # pylint: disable=sql-injection
                float(value),
            ),
        )

    def _compute_listed_day(self):
        last = self.env["pact.summary.run"]._last_day()
        for student in self:
            # sudo: see above
            own = student.sudo().summary_id.day
            student.listed_day = max(filter(None, (own, last)), default=False)

    def _compute_counts(self):
        day = self.env["pact.clock"]._today()
        specs = [*YEAR.values(), POSSIBLE, WINDOW]
        values = self.env["pact.metrics"]._read(self._origin, day, specs, RULES)
        for student in self:
            own = values.get(student._origin.id)
            for name, spec in YEAR.items():
                student[name] = float(format_days(own[spec])) if own else 0
            student.unexcused_window_days = (
                float(format_days(own[WINDOW])) if own else 0
            )
            possible = own[POSSIBLE] if own else 0
            student.possible_days = possible // DAY
            student.attendance_rate = (
                format_rate(possible - own[YEAR["absent_days"]], possible)
                if possible
                else False
            )

    @api.readonly
    def explain(
        self, measure, window, size=0, counting="plain", unit="days", program_id=False
    ):
        """Return the words behind one number as of today, for the dialog 'Explain'
        (`pact.explain`).

        :param program_id: the program whose counting rules apply where `counting` is
            'program'; without one those of the student's page
        :raise UserError: there is no such number
        """
        self.ensure_one()
        self.check_access("read")
        day = self.env["pact.clock"]._today()
        spec = Spec(measure, window, size, counting, unit)
        words = all(isinstance(s, str) for s in (measure, window, counting, unit))
        if (
            not words
            or measure not in dict(MEASURE_SELECTION)
            or not is_valid(spec)
            or type(program_id) not in (int, bool, type(None))
        ):
            raise UserError(self.env._("There is no such number to explain."))
        rules, starts = self._explain_rules(program_id, day)
        return self.env["pact.explain"]._explain(
            self, [(spec, None)], day, counting=rules, starts=starts
        )

    def _explain_rules(self, program_id, day):
        """Return (`Counting`, starts) of a number of the student's page."""
        return RULES, None
