from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .grades import GRADES
from .match import full_name


class PactStudent(models.Model):
    """A student. Not a `res.partner`: minors do not belong in the address book that
    every employee can open."""

    _name = "pact.student"
    _description = "Student"
    _order = "last_name, first_name, id"
    _rec_names_search = ["name", "preferred_name", "identifier_ids.value"]

    first_name = fields.Char(required=True)
    middle_name = fields.Char()
    last_name = fields.Char(required=True)
    suffix = fields.Char()
    preferred_name = fields.Char(help="First name that the student goes by.")
    name = fields.Char(
        compute="_compute_name", store=True, precompute=True, index="trigram"
    )
    guardian_phone = fields.Char(
        string="Guardian's Phone", store=False, search="_search_guardian_phone"
    )
    birth_date = fields.Date()
    lang_id = fields.Many2one(
        "res.lang",
        string="Home Language",
        context={"active_test": False},
        ondelete="restrict",
    )
    # first of the lines: a new student's other lines are open to those who serve the
    # school of the enrollment, and Odoo creates lines in the order of the fields
    enrollment_ids = fields.One2many("pact.enrollment", "student_id")
    # the rules of the student decide; a teacher finds a student by number, too
    identifier_ids = fields.One2many(
        "pact.student.identifier", "student_id", bypass_search_access=True
    )
    guardian_link_ids = fields.One2many(
        "pact.student.guardian", "student_id", string="Guardians"
    )
    event_ids = fields.One2many(
        "pact.attendance.event", "student_id", string="Attendance"
    )
    note_ids = fields.One2many(
        "pact.attendance.note",
        "student_id",
        string="Notes and Calls",
        groups="pact_truancy.group_pact_school_staff,"
        "pact_truancy.group_pact_case_manager,pact_truancy.group_pact_auditor",
    )
    change_ids = fields.One2many(
        "pact.attendance.change", "student_id", string="History"
    )
    custody_notice = fields.Text(
        compute="_compute_custody_notice",
        groups="pact_truancy.group_pact_school_staff,"
        "pact_truancy.group_pact_case_manager,pact_truancy.group_pact_auditor",
    )
    # kept true by _refresh_current: on a write of an enrollment and when a day begins
    school_ids = fields.Many2many(
        "pact.school",
        "pact_student_school_rel",
        "student_id",
        "school_id",
        string="Current Schools",
        readonly=True,
        copy=False,
    )
    school_id = fields.Many2one(
        "pact.school", readonly=True, copy=False, index=True, ondelete="restrict"
    )
    grade = fields.Selection(GRADES, readonly=True, copy=False)
    homeroom_id = fields.Many2one(
        "pact.homeroom", readonly=True, copy=False, index="btree_not_null"
    )
    active = fields.Boolean(default=True)

    _school_idx = models.Index("(school_id, last_name, first_name) WHERE active")
    _name_idx = models.Index("(last_name, first_name, id) WHERE active IS TRUE")

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "id")
        return result

    @api.constrains("birth_date")
    def _check_birth_date(self):
        today = self.env["pact.clock"]._today()
        for student in self:
            if student.birth_date and student.birth_date > today:
                raise ValidationError(
                    self.env._(
                        "%(student)s cannot be born in the future.",
                        student=student.name,
                    )
                )

    @api.depends("first_name", "middle_name", "last_name", "suffix")
    def _compute_name(self):
        for student in self:
            student.name = full_name(
                student.first_name,
                student.middle_name,
                student.last_name,
                student.suffix,
            )

    def _search_guardian_phone(self, operator, value):
        return Domain("guardian_link_ids.guardian_id.phone_search", operator, value)

    @api.depends("guardian_link_ids.custody_sentence")
    def _compute_custody_notice(self):
        for student in self:
            sentences = student.guardian_link_ids.mapped("custody_sentence")
            student.custody_notice = "\n".join(filter(None, sentences)) or False

    @api.model
    def _refresh_current(self, day, students=None):
        """Make `school_ids`, `school_id`, `grade` and `homeroom_id` true for `day`.

        Current are enrollments that hold on the day or begin later; with none, the
        last one that ended, for as long as its calendar had no school day since
        (counting.md 4: between two school years). `students=None` means all.
        A few statements for any number of students.
        """
        self.env["pact.enrollment"].flush_model()
        self.env["pact.student"].flush_model()
        scope = (
            SQL("s.id = ANY(%s)", students.ids) if students is not None else SQL("true")
        )
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_current ON COMMIT DROP AS
                   SELECT s.id AS student_id, e.id AS enrollment_id, e.school_id,
                          e.grade, e.homeroom_id,
                          row_number() OVER (
                            PARTITION BY s.id
                            ORDER BY e.entry_date > %(day)s, NOT e.is_primary,
                                     e.entry_date, e.id) AS place
                     FROM pact_student s
                     JOIN pact_enrollment e ON e.student_id = s.id
                     JOIN pact_school c ON c.id = e.school_id
                    WHERE %(scope)s AND (
                       e.exit_date IS NULL OR e.exit_date >= %(day)s
                       OR NOT EXISTS (
                           SELECT 1 FROM pact_enrollment o
                            WHERE o.student_id = s.id
                              AND (o.exit_date IS NULL OR o.exit_date > e.exit_date
                                   OR o.exit_date = e.exit_date AND o.id > e.id))
                       AND NOT EXISTS (
                           SELECT 1 FROM pact_school_day d
                            WHERE d.calendar_id = COALESCE(e.calendar_id, c.calendar_id)
                              AND d.is_school_day
                              AND d.date > e.exit_date AND d.date <= %(day)s))""",
                day=day,
                scope=scope,
            )
        )
        self.env.cr.execute("ANALYZE pact_current")
        self.env.cr.execute(
            SQL(
                """DELETE FROM pact_student_school_rel r USING pact_student s
                    WHERE s.id = r.student_id AND %s AND NOT EXISTS (
                        SELECT 1 FROM pact_current c
                         WHERE c.student_id = r.student_id
                           AND c.school_id = r.school_id)""",
                scope,
            )
        )
        self.env.cr.execute(
            """INSERT INTO pact_student_school_rel (student_id, school_id)
               SELECT DISTINCT student_id, school_id FROM pact_current
               ON CONFLICT DO NOTHING"""
        )
        self.env.cr.execute(
            SQL(
                """UPDATE pact_student s
                      SET school_id = n.school_id, grade = n.grade,
                          homeroom_id = n.homeroom_id
                     FROM (SELECT s.id, c.school_id, c.homeroom_id,
                                  COALESCE(c.grade, s.grade) AS grade
                             FROM pact_student s
                             LEFT JOIN pact_current c
                                    ON c.student_id = s.id AND c.place = 1
                            WHERE %s) n
                    WHERE n.id = s.id
                      AND (s.school_id, s.grade, s.homeroom_id)
                          IS DISTINCT FROM (n.school_id, n.grade, n.homeroom_id)""",
                scope,
            )
        )
        self.env.cr.execute("DROP TABLE pact_current")
        self.invalidate_model(["school_ids", "school_id", "grade", "homeroom_id"])

    @api.model
    def _cron_day_turn(self):
        """A new day: who is enrolled where today."""
        self._refresh_current(self.env["pact.clock"]._today())
