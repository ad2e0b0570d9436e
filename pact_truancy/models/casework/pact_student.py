from odoo import api, fields, models
from odoo.tools import SQL


class PactStudent(models.Model):
    _inherit = "pact.student"

    case_ids = fields.One2many("pact.case", "student_id", string="Cases")

    @api.model
    def _refresh_current(self, day, students=None):
        """An open case gives its school the right to the student too, also after the
        student left it: the work goes on until the case is closed."""
        result = super()._refresh_current(day, students)
        self.env["pact.case"].flush_model(["student_id", "school_id", "is_open"])
        scope = SQL("true")
        if students is not None:
            scope = SQL("student_id = ANY(%s)", students.ids)
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_student_school_rel (student_id, school_id)
                   SELECT student_id, school_id FROM pact_case
                    WHERE is_open AND %s
                       ON CONFLICT DO NOTHING""",
                scope,
            )
        )
        self.invalidate_model(["school_ids"])
        self.env["pact.case"]._follow_moves(day, students)
        return result

    @api.model
    def _reach_query(self, day, scope):
        self.env["pact.case"].flush_model(["student_id", "school_id", "is_open"])
        return SQL(
            """%s UNION
               SELECT student_id, school_id FROM pact_case WHERE is_open AND %s""",
            super()._reach_query(day, scope),
            scope,
        )

    def action_log_intervention(self):
        """Open the small dialog that logs a contact with the student or family."""
        self.ensure_one()
        return self.env["pact.intervention"]._log_action(
            {
                "default_student_id": self.id,
                "default_school_id": self.school_id.id,
            }
        )

    def _merge_problems(self, survivor):
        """One child has one open case in a program: a person closes the other first."""
        problems = super()._merge_problems(survivor)
        mine, theirs = (
            student.case_ids.filtered("is_open") for student in (self, survivor)
        )
        both = mine.program_id & theirs.program_id
        return problems + [
            self.env._(
                "Both records have an open case in %(program)s. Close one of the two "
                "first.",
                program=program.name,
            )
            for program in both
        ]
