from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class PactSchool(models.Model):
    _inherit = "pact.school"

    received_days = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="School days of this school year of which attendance was received.",
    )
    is_missing_today = fields.Boolean(
        string="Not Received Today",
        compute="_compute_is_missing_today",
        search="_search_is_missing_today",
        help="Today is a school day and its attendance has not been received.",
    )

    def _compute_is_missing_today(self):
        missing = self.search([("is_missing_today", "=", True), ("id", "in", self.ids)])
        for school in self:
            school.is_missing_today = school in missing

    def _search_is_missing_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        missing = Domain(
            "id",
            "any!",
            SQL(
                """SELECT s.id FROM pact_school s
                     JOIN pact_school_day d ON d.calendar_id = s.calendar_id
                      AND d.date = %(day)s AND d.is_school_day
                    WHERE NOT EXISTS (
                          SELECT 1 FROM pact_attendance_received r
                           WHERE r.school_id = s.id AND r.date = %(day)s)""",
                day=self.env["pact.clock"]._today(),
            ),
        )
        return missing if True in value else ~missing

    def write(self, vals):
        """Another limit of excused days: other numbers of its students."""
        result = super().write(vals)
        if vals.keys() & {"excused_day_cap", "own_excused_day_cap", "calendar_id"}:
            self._touch_students()
        return result

    def _touch_students(self):
        """The numbers of all who were ever enrolled here may have changed."""
        self.env["pact.student.summary"]._touch(
            SQL(
                "SELECT DISTINCT student_id FROM pact_enrollment"
                " WHERE school_id = ANY(%s)",
                self.ids,
            )
        )
