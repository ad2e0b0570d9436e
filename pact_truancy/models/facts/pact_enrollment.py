from odoo import api, fields, models
from odoo.fields import Domain

from .grades import GRADES
from .statistics import analyze


class PactEnrollment(models.Model):
    """A student's time at a school. Entry and exit day both count."""

    _name = "pact.enrollment"
    _description = "Enrollment"
    _order = "entry_date desc, id desc"

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school", required=True, ondelete="restrict", index=True
    )
    grade = fields.Selection(GRADES)
    homeroom_id = fields.Many2one(
        "pact.homeroom",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('school_id', '=', school_id)]",
    )
    calendar_id = fields.Many2one(
        "pact.school.calendar",
        ondelete="restrict",
        help="Only where it differs from the school's calendar.",
    )
    is_primary = fields.Boolean(default=True)
    entry_date = fields.Date(required=True)
    exit_date = fields.Date()
    entry_reason = fields.Char()
    exit_reason = fields.Char()
    source_id = fields.Many2one("pact.source", ondelete="restrict")
    is_current = fields.Boolean(
        string="Current",
        compute="_compute_is_current",
        search="_search_is_current",
        help="Holds on the program's day.",
    )

    _once = models.UniqueIndex(
        "(student_id, school_id, entry_date)",
        "The student already has an enrollment at this school from this day.",
    )
    _span_idx = models.Index("(student_id, entry_date) INCLUDE (school_id, exit_date)")
    _school_idx = models.Index("(school_id, exit_date, student_id)")
    _dates = models.Constraint(
        "CHECK (exit_date IS NULL OR exit_date >= entry_date)",
        "The exit day cannot be before the entry day.",
    )

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "student_id")
        return result

    @api.depends("student_id.name", "school_id.name")
    def _compute_display_name(self):
        for enrollment in self:
            enrollment.display_name = (
                f"{enrollment.student_id.name}, {enrollment.school_id.name}"
            )

    @api.depends("entry_date", "exit_date")
    def _compute_is_current(self):
        today = self.env["pact.clock"]._today()
        for enrollment in self:
            enrollment.is_current = (
                bool(enrollment.entry_date)
                and enrollment.entry_date <= today
                and (not enrollment.exit_date or enrollment.exit_date >= today)
            )

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env["pact.clock"]._today()
        current = Domain("entry_date", "<=", today) & (
            Domain("exit_date", "=", False) | Domain("exit_date", ">=", today)
        )
        return current if True in value else ~current

    @api.model_create_multi
    def create(self, vals_list):
        enrollments = super().create(vals_list)
        enrollments.flush_recordset()
        analyze(self.env.cr, len(enrollments), self._table)
        enrollments._after_change(enrollments.student_id)
        return enrollments

    def write(self, vals):
        students = self.student_id
        result = super().write(vals)
        self._after_change(students | self.student_id)
        return result

    def unlink(self):
        students = self.student_id
        result = super().unlink()
        self._after_change(students)
        return result

    def _after_change(self, students):
        """Who is where today, and which events count, follow every change."""
        day = self.env["pact.clock"]._today()
        # sudo: the derived data of exactly these students, whoever enrolled them
        students_sudo = students.sudo()
        students_sudo._refresh_current(day, students_sudo)
        self.env["pact.attendance.event"].sudo()._refresh_counted(students=students)
