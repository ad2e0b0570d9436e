from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

FORMER_DAYS = "pact_truancy.former_school_days"


class PactStudent(models.Model):
    _inherit = "pact.student"

    # kept true together with `school_ids`; the record rules join it
    reach_school_ids = fields.Many2many(
        "pact.school",
        "pact_student_reach_rel",
        "student_id",
        "school_id",
        string="Schools That May Read",
        readonly=True,
        copy=False,
        help="The current schools, and a former one for a set time after the exit: it "
        "keeps its own span.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """A student comes with the enrollment that gives the right to the record; a
        student without one would be found by nobody.

        :raise UserError: names the student who has none
        """
        if self.env.su:
            return super().create(vals_list)
        self.check_access("create")
        for vals in vals_list:
            if not vals.get("enrollment_ids"):
                raise UserError(
                    self.env._(
                        "Add the school at which %(student)s is enrolled: the right to "
                        "a student's record comes from there.",
                        student=" ".join(
                            vals.get(name) or "" for name in ("first_name", "last_name")
                        ).strip()
                        or self.env._("the student"),
                    )
                )
        # the enrollment first: the other lines need the right that it gives
        later = [
            name
            for name, field in self._fields.items()
            if field.type == "one2many" and name != "enrollment_ids"
        ]
        students = super().create(
            [{k: v for k, v in vals.items() if k not in later} for vals in vals_list]
        )
        for student, vals in zip(students, vals_list, strict=True):
            lines = {name: vals[name] for name in later if name in vals}
            if lines:
                student.write(lines)
        return students

    def write(self, vals):
        self._check_kept_by_code(vals)
        named = sorted(self._kept_by_code() & vals.keys())
        if named and not self.env.su:
            raise AccessError(
                self.env._(
                    "Only the app itself sets these fields: %(fields)s.",
                    fields=", ".join(self._fields[name].string for name in named),
                )
            )
        return super().write(vals)

    @api.model
    def _kept_by_code(self):
        """Return the fields that nobody writes, nor empties: with them a child could be
        kept out of lists, homerooms and numbers. Later rooms add theirs."""
        return {
            "name", "match_key", "merged_into_id", "school_id", "homeroom_id", "grade",
        }  # fmt: skip

    def _prepare_create_values(self, vals_list):
        values = super()._prepare_create_values(vals_list)
        for vals in values:
            self._check_kept_by_code(vals)
        return values

    def _check_kept_by_code(self, vals):
        """`school_ids` and what follows from it say who may see the child, so they
        follow the enrollments and nothing else; a read-only field alone does not keep
        the API from writing it."""
        kept = {"school_ids", "reach_school_ids", "school_id", "homeroom_id", "grade"}
        named = sorted(name for name in kept & vals.keys() if vals[name])
        if named and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s follow the enrollments. Change the enrollment instead.",
                    fields=", ".join(self._fields[name].string for name in named),
                )
            )

    def _just_made(self):
        """A student whom the user has just entered and who has no enrollment yet."""
        own = self.sudo().filtered(
            lambda s: s.create_uid.id == self.env.uid and not s.enrollment_ids
        )
        return own.sudo(False)

    @api.model
    def _refresh_current(self, day, students=None):
        result = super()._refresh_current(day, students)
        self._refresh_reach(day, students)
        return result

    @api.model
    def _refresh_reach(self, day, students=None):
        """Make `reach_school_ids` true for `day`; two statements for any number of
        students, and only rows that differ are written. `students=None` means all."""
        scope = (
            SQL("student_id = ANY(%s)", students.ids)
            if students is not None
            else SQL("true")
        )
        reach = self._reach_query(day, scope)
        self.env.cr.execute(
            SQL(
                """DELETE FROM pact_student_reach_rel
                    WHERE %s AND (student_id, school_id) NOT IN (%s)""",
                scope,
                reach,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_student_reach_rel (student_id, school_id)
                   %s ON CONFLICT DO NOTHING""",
                reach,
            )
        )
        self._mirror_reach(students)
        self.invalidate_model(["reach_school_ids"])

    @api.model
    def _mirror_reach(self, students):
        """Who may read a student may read what was merged into it: its history."""
        scope = SQL("true")
        if students is not None:
            scope = SQL(
                "(m.id = ANY(%(ids)s) OR m.merged_into_id = ANY(%(ids)s))",
                ids=students.ids,
            )
        self.env.cr.execute(
            SQL(
                """DELETE FROM pact_student_reach_rel r USING pact_student m
                    WHERE m.id = r.student_id AND m.merged_into_id IS NOT NULL
                      AND %s""",
                scope,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_student_reach_rel (student_id, school_id)
                   SELECT m.id, r.school_id FROM pact_student m
                     JOIN pact_student_reach_rel r ON r.student_id = m.merged_into_id
                    WHERE %s""",
                scope,
            )
        )

    @api.model
    def _reach_query(self, day, scope):
        """Return the SQL of the pairs (student_id, school_id) that may read on `day`.

        Later rooms add theirs: an open case gives the right too.

        :param scope: SQL condition on `student_id`, for each part of the union: a write
            on one student must not read all of them
        """
        return SQL(
            """SELECT student_id, school_id FROM pact_student_school_rel
                WHERE %(scope)s
               UNION
               SELECT student_id, school_id FROM pact_enrollment
                WHERE %(scope)s AND exit_date >= %(day)s::date - %(days)s
                  AND exit_date < %(day)s::date""",
            scope=scope,
            day=day,
            days=self._former_days(),
        )

    @api.model
    def _former_days(self):
        """Return for how many days after the exit a school may still read."""
        # sudo: a number of days, no person's data
        params = self.env["ir.config_parameter"].sudo()
        return int(params.get_param(FORMER_DAYS, "30"))
