from odoo import api, fields, models

from ..facts.units import DAY, format_days
from .specs import Counting, Spec, format_rate

YEAR = {
    "absent_days": Spec("absent", "year"),
    "unexcused_days": Spec("unexcused", "year"),
    "unverified_days": Spec("unverified", "year"),
    "excused_days": Spec("excused", "year"),
}
POSSIBLE = Spec("possible", "year")
WINDOW = Spec("unexcused", "previous", 180, "program")
RULES = Counting(excused_cap=True)


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
    def explain(self, measure, window, size=0, counting="plain"):
        """Return the words behind one number as of today, for the dialog 'Explain'
        (`pact.explain`)."""
        self.ensure_one()
        self.check_access("read")
        spec = Spec(measure, window, int(size), counting)
        return self.env["pact.explain"]._explain(
            self, [(spec, None)], self.env["pact.clock"]._today(), counting=RULES
        )
