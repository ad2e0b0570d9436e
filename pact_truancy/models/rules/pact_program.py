from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..metrics.specs import RATE_MEASURES, Counting

# counting rule -> measures that it can change
_UNEXCUSED = {
    "unexcused", "unexcused_run", "unexcused_rate", "unexcused_share", "truancy"
}  # fmt: skip
TOUCHES = {
    "medical": _UNEXCUSED | {"excused", "medical", "unverified"},
    "cap": _UNEXCUSED | {"excused"},
    "limit": _UNEXCUSED | {"unverified", "unverified_beyond"},
    "grace": _UNEXCUSED | {"unverified", "pending"},
    "homebound": {"absent", "chronic", "possible", "attended", *RATE_MEASURES},
    "tardy": {"truancy"},
}


class PactProgram(models.Model):
    """A rule book: whom it serves, its ladder of steps, how it counts."""

    _name = "pact.program"
    _description = "Program"
    _inherit = ["pact.shipped"]
    _order = "sequence, name"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    description = fields.Html(translate=True)
    active = fields.Boolean(default=True)
    is_trial = fields.Boolean(
        string="Trial Mode", help="Flags and drafts are made, but nothing leaves."
    )
    office_ids = fields.Many2many("pact.office", string="Offices")
    district_ids = fields.Many2many("pact.district", string="Districts")
    school_ids = fields.Many2many("pact.school", string="Schools")
    min_age = fields.Integer(
        string="From Age", default=6, help="Completed years on the day of screening."
    )
    max_age = fields.Integer(
        string="Under Age",
        default=17,
        help="The student must be younger than this. 0: no limit.",
    )
    step_ids = fields.One2many(
        "pact.program.step", "program_id", string="Steps", copy=True
    )
    # how attendance is counted (counting.md 15 to 20); criteria say whether they read
    # it
    age_notice = fields.Integer(
        string="Told Days before the Age Limit",
        default=30,
        help="So many days before a student of an open case outgrows the statutory "
        "steps, the case manager is told.",
    )
    excused_cap = fields.Boolean(
        string="Excused Days beyond the School's Limit Count",
        help="Excused days beyond the school's yearly limit count as unexcused.",
    )
    unverified_limit = fields.Integer(
        string="Unverified Days before They Count",
        help="On attendance probation, unverified days beyond so many in the school "
        "year count as unexcused from the probation letter's day on. 0: never.",
    )
    medical_rule = fields.Boolean(
        string="Medical Letter Rule",
        help="From a medical letter's day on, absences without documentation of a "
        "doctor or the school nurse count as unexcused.",
    )
    grace_days = fields.Integer(
        string="Days of Grace for a Note",
        help="School days after the student's return in which a note may still come. "
        "Until then an absence is pending: no flag and no letter. 0: none.",
    )
    grace_latest = fields.Integer(
        string="Grace at Most",
        default=10,
        help="School days after the absence itself after which it counts in any case.",
    )
    exclude_homebound = fields.Boolean(
        string="Leave out Homebound Days",
        help="Days homebound or in hospital leave both sides of a rate.",
    )
    tardy_minutes = fields.Integer(
        default=30,
        help="More than so many minutes late without valid excuse is an occasion of "
        "truancy (California Education Code 48260).",
    )
    # the same criteria in one list, to see and change every number (GEN-01)
    criterion_ids = fields.One2many(
        "pact.program.criterion", "program_id", string="Thresholds", copy=False
    )

    requirement_ids = fields.One2many(
        "pact.program.requirement",
        "program_id",
        string="Demands",
        copy=False,
        help="The same requirements in one list, to see and change every number.",
    )
    progress_ids = fields.One2many(
        "pact.program.criterion",
        "program_id",
        string="Adequate Progress",
        domain=[("purpose", "=", "progress"), ("step_id", "=", False)],
        copy=True,
        help="What ends the escalation, in every step that does not say otherwise.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Jurisdiction",
        help="The state whose law the program follows.",
    )
    year_end = fields.Selection(
        [
            ("carry", "Cases carry over"),
            ("close", "Cases close as 'year ended'"),
            ("restart", "Cases start again in the first step"),
        ],
        string="At the End of a School Year",
        required=True,
        default="carry",
    )
    on_move = fields.Selection(
        [("keep", "Keep the step"), ("restart", "Start again in the first step")],
        string="On a Move inside the Office",
        required=True,
        default="keep",
    )
    is_early = fields.Boolean(
        string="Cases before Any Threshold",
        help="Any enrolled student may get a case and services in the first step; the "
        "criteria hold from the next step on.",
    )
    letter_gap = fields.Integer(
        string="School Days between Letters",
        help="Least school days between two letters to a household. 0: no limit.",
    )

    _code_unique = models.UniqueIndex("(code)", "Another program has this code.")
    _ages = models.Constraint(
        "CHECK (min_age >= 0 AND (max_age = 0 OR max_age > min_age))",
        "The upper age must be above the lower one.",
    )

    _counting_positive = models.Constraint(
        "CHECK (letter_gap >= 0 AND unverified_limit >= 0 AND grace_days >= 0 "
        "AND grace_latest >= 0 AND tardy_minutes >= 0)",
        "Counting rules take no negative numbers.",
    )

    def _shipped_program(self):
        return self

    def _shipped_children(self):
        return [self.step_ids, self.progress_ids]

    def _is_in_use(self):
        return bool(self.office_ids or self.district_ids or self.school_ids)

    def _rungs(self):
        """Return the steps of the ladder, in order: those that a case stands in."""
        self.ensure_one()
        return self.step_ids.filtered("is_rung").sorted(lambda s: s._place())

    def _counting(self):
        """Return how the program reads attendance (`Counting`)."""
        self.ensure_one()
        return Counting(
            excused_cap=self.excused_cap,
            medical=self.medical_rule,
            unverified_limit=self.unverified_limit,
            grace_days=self.grace_days,
            grace_latest=self.grace_latest,
            excluded=("homebound",) if self.exclude_homebound else (),
            tardy_minutes=self.tardy_minutes,
        )

    def _counting_words(self, measures=None, by_rules=True):
        """Return the counting rules in words, '' where there is none.

        :param measures: the measures of specs.py that are asked; None names all rules,
            else only those that can change one of them
        :param by_rules: whether the numbers are read by the program's rules; where they
            are read as coded, only the minutes of a long tardy matter
        """
        lines = self._counting_lines() if by_rules else {}
        if self.tardy_minutes:
            lines["tardy"] = self.env._(
                "a tardy counts when it is longer than %(minutes)s minutes",
                minutes=self.tardy_minutes,
            )
        return "; ".join(
            line
            for rule, line in lines.items()
            if measures is None or not TOUCHES[rule].isdisjoint(measures)
        )

    def _counting_lines(self):
        """Return {rule of TOUCHES: its words} of the rules that are switched on, in the
        order in which they apply (counting.md 15)."""
        lines = {}
        if self.medical_rule:
            lines["medical"] = self.env._(
                "from a medical letter on, absences without documentation of a doctor "
                "or the school nurse count as unexcused"
            )
        if self.excused_cap:
            lines["cap"] = self.env._(
                "excused days beyond the school's yearly limit count as unexcused"
            )
        if self.unverified_limit:
            lines["limit"] = self.env._(
                "on attendance probation, unverified days beyond %(days)s in the "
                "school year count as unexcused",
                days=self.unverified_limit,
            )
        if self.grace_days:
            lines["grace"] = self.env._(
                "absences that a note may still explain do not count yet (%(days)s "
                "school days after the return, %(latest)s after the absence at the "
                "latest)",
                days=self.grace_days,
                latest=self.grace_latest,
            )
        if self.exclude_homebound:
            lines["homebound"] = self.env._(
                "days homebound or in hospital are left out"
            )
        return lines

    @api.model
    def _students_domain(self, students, field="student_id"):
        """Return the domain of records whose `field` is one of `students`, which are
        given as `pact.metrics._read` takes them: records, a domain, or None for all."""
        if students is None:
            return Domain.TRUE
        if isinstance(students, models.BaseModel):
            return Domain(field, "in", students.ids)
        # any!: a number does not depend on who asks
        return Domain(field, "any!", Domain(students))

    def _starts(self, students, day):
        """Return the dates that windows and counting rules of each student begin on, as
        of `day`, in one query a name: {name: {student id: date}}.

        The names are those of `pact.metrics._read`. Casework adds 'since_step', letters
        'since_letter'. 'order', 'order_end', 'medical', 'medical_end', 'probation' and
        'probation_end' have no records yet: the room that gets them extends this.

        :param students: records, a domain, or None for all
        """
        self.ensure_one()
        return {}

    def _find(self, students, day, groups, starts):
        """Return who meets which criteria as of `day`: {key: {student id: criteria of
        the first group that all hold}}; writes nothing. One statement for all students
        and criteria, and only those come back who meet one.

        :param groups: {key: list of groups of criteria}, see `_criterion_groups`
        :param students, starts: see `pact.metrics._read`
        """
        self.ensure_one()
        metrics = self.env["pact.metrics"]
        specs = dict.fromkeys(
            spec
            for several in groups.values()
            for group in several
            for criterion in group
            for spec in criterion._specs()
        )
        found = {key: {} for key in groups}
        if not specs:
            return found
        numbers, names = metrics._select(students, day, specs, self._counting(), starts)
        columns = {
            spec: [SQL.identifier("n", name) for name in names[spec]] for spec in specs
        }
        keys = [key for key, several in groups.items() if several]
        met = [
            SQL(
                "CASE %s END",
                SQL(" ").join(
                    SQL(
                        "WHEN %s THEN %s",
                        SQL(" AND ").join(c._condition(columns) for c in group),
                        place,
                    )
                    for place, group in enumerate(groups[key])
                ),
            )
            for key in keys
        ]
        rows = metrics._query(
            SQL(
                """SELECT f.student_id, f.met
                     FROM (SELECT n.student_id, ARRAY[%s] AS met FROM (%s) n
                           OFFSET 0) f
                    WHERE array_remove(f.met, NULL) <> '{}'""",
                SQL(", ").join(met),
                numbers,
            )
        )
        for student_id, places in rows:
            for key, place in zip(keys, places, strict=True):
                if place is not None:
                    found[key][student_id] = groups[key][place]
        return found

    def action_copy(self):
        """Copy the program with its steps, numbers and requirements, in trial mode, and
        open the copy (GEN-03)."""
        self.ensure_one()
        program = self.copy({"is_trial": True})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": program.id,
            "view_mode": "form",
        }

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        taken = set(self.with_context(active_test=False).search([]).mapped("code"))
        for program, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%(name)s (copy)", name=program.name)
            number = 2
            while f"{program.code}-{number}" in taken:
                number += 1
            vals["code"] = f"{program.code}-{number}"
            taken.add(vals["code"])
        return vals_list

    def copy(self, default=None):
        """Copy a program with its steps, rules and demands (GEN-03); failure leads to
        the copy's own steps."""
        copies = super().copy(default)
        for program, copied in zip(self, copies, strict=True):
            by_code = {step.code: step for step in copied.step_ids}
            for step in program.step_ids.filtered("failure_step_id"):
                by_code[step.code].failure_step_id = by_code[step.failure_step_id.code]
        return copies

    def _schools(self, day):
        """Return the schools that the program serves on `day`: the named ones, those
        of the named districts, and those that the named offices or their branches
        serve."""
        self.ensure_one()
        schools = self.school_ids | self.district_ids.school_ids
        if self.office_ids:
            offices = self.env["pact.office"].search(
                [("id", "child_of", self.office_ids.ids)]
            )
            every = self.env["pact.school"].search([])
            serving = every._serving_offices(day)
            schools |= every.filtered(lambda s: serving.get(s.id) in offices)
        return schools.filtered("active")

    def _student_domain(self, day):
        """Return the domain of the students that the program screens on `day`: of today
        those whose current school it serves (between two school years the last one,
        counting.md 4), of another day those enrolled at such a school on that day. Ages
        limit statutory steps only, see `_age_domain`.
        """
        self.ensure_one()
        schools = self._schools(day).ids
        domain = Domain("school_id", "in", schools)
        if day != self.env["pact.clock"]._today():
            enrolled = (
                Domain("school_id", "in", schools)
                & Domain("entry_date", "<=", day)
                & (Domain("exit_date", "=", False) | Domain("exit_date", ">=", day))
            )
            domain = Domain("enrollment_ids", "any!", enrolled)
        return domain

    def _age_domain(self, day):
        """Return the domain of the students within the program's ages on `day`
        (counting.md 14). Who has no birth date belongs to them: a missed child is worse
        than a flag that a person dismisses."""
        self.ensure_one()
        born = Domain.TRUE
        if self.min_age:
            born &= Domain("birth_date", "<=", _years_before(day, self.min_age))
        if self.max_age:
            born &= Domain("birth_date", ">", _years_before(day, self.max_age))
        return born | Domain("birth_date", "=", False)

    def _ages_text(self):
        """Return the ages of compulsory attendance in words."""
        self.ensure_one()
        if self.min_age and self.max_age:
            return self.env._(
                "from %(least)s to under %(most)s",
                least=self.min_age,
                most=self.max_age,
            )
        if self.max_age:
            return self.env._("under %(most)s", most=self.max_age)
        return self.env._("from %(least)s on", least=self.min_age)

    @api.depends("name", "is_trial")
    def _compute_display_name(self):
        for program in self:
            program.display_name = (
                self.env._("%(name)s (trial)", name=program.name)
                if program.is_trial
                else program.name
            )


def _years_before(day, years):
    """Return the last birth date of somebody who is `years` old on `day`."""
    try:
        return day.replace(year=day.year - years)
    except (
        ValueError
    ):  # Feb 29: born then, one is a year older on Mar 1 of a plain year
        return day.replace(year=day.year - years, day=28)
