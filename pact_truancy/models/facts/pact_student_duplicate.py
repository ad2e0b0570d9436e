from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .match import is_slip
from .words import short_date


class PactStudentDuplicate(models.Model):
    """Two records that may be one child: suggested by the app, decided by a person.

    The same name (without accents, case and signs) with the same birth date; 'perhaps'
    where the birth dates differ by a slip of the pen. Twins have different first names
    and are none. What was dismissed is not suggested again.
    """

    _name = "pact.student.duplicate"
    _description = "Perhaps the Same Student"
    _order = "state, kind desc, id desc"

    name = fields.Char(compute="_compute_name")
    student_id = fields.Many2one(
        "pact.student", required=True, readonly=True, ondelete="cascade", index=True,
        context={"active_test": False},
    )  # fmt: skip
    other_id = fields.Many2one(
        "pact.student", required=True, readonly=True, ondelete="cascade", index=True,
        context={"active_test": False},
    )  # fmt: skip
    kind = fields.Selection(
        [
            ("same", "Same name and birth date"),
            ("perhaps", "Same name, birth date nearly the same"),
            ("person", "Chosen by a person"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("merged", "Merged"),
            ("dismissed", "Two children"),
        ],
        required=True,
        default="open",
        readonly=True,
    )
    student_facts = fields.Text(compute="_compute_facts", string="First Record")
    other_facts = fields.Text(compute="_compute_facts", string="Second Record")
    preview = fields.Text(compute="_compute_preview", string="What Merging Does")
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)

    _once = models.UniqueIndex("(student_id, other_id)")
    _order_of_two = models.Constraint(
        "CHECK (student_id < other_id)", "The older record stands first."
    )

    @api.depends("student_id.name", "other_id.name")
    def _compute_name(self):
        for pair in self:
            pair.name = f"{pair.student_id.name} / {pair.other_id.name}"

    @api.depends("student_id", "other_id")
    def _compute_facts(self):
        for pair in self:
            pair.student_facts = self._facts(pair.student_id)
            pair.other_facts = self._facts(pair.other_id)

    @api.model
    def _facts(self, student):
        """Return what tells two records apart, in a few lines."""
        born = student.birth_date
        lines = [
            student.name,
            self.env._("Born: %(date)s", date=short_date(self.env, born))
            if born
            else self.env._("Birth date not known"),
        ]
        lines += [
            f"{row.source_id.name}: {row.value}" for row in student.identifier_ids
        ]
        for row in student.enrollment_ids:
            first = short_date(self.env, row.entry_date)
            last = row.exit_date and short_date(self.env, row.exit_date)
            lines.append(
                self.env._(
                    "%(school)s, %(first)s to %(last)s",
                    school=row.school_id.name,
                    first=first,
                    last=last,
                )
                if last
                else self.env._(
                    "%(school)s, since %(first)s",
                    school=row.school_id.name,
                    first=first,
                )
            )
        names = student.guardian_link_ids.guardian_id.mapped("name")
        if names:
            lines.append(self.env._("Guardians: %(names)s", names=", ".join(names)))
        return "\n".join(lines)

    @api.depends_context("uid")
    @api.depends("student_id", "other_id", "state")
    def _compute_preview(self):
        for pair in self:
            pair.preview = False
            if pair.state != "open":
                continue
            # sudo: who may merge reads both; the rows of all rooms are only counted
            kept, other = pair.student_id.sudo(), pair.other_id.sudo()
            if not pair._may_decide((kept | other).enrollment_ids.school_id):
                # what was recorded at a school of somebody else stays there
                pair.preview = self._who_may_decide()
                continue
            lines = other._merge_problems(kept)
            lines += [
                self.env._(
                    "%(model)s: %(first)s and %(second)s",
                    model=label,
                    first=kept._merge_counts().get(label, 0),
                    second=count,
                )
                for label, count in other._merge_counts().items()
            ]
            pair.preview = "\n".join(lines)

    @api.model
    def _find(self, students=None):
        """Suggest pairs; those of `students` (ids) or all. Open suggestions that no
        longer hold go away. A few statements for any number of students."""
        self.env.flush_all()
        scope = SQL("true")
        if students is not None:
            scope = SQL("(a.id = ANY(%(ids)s) OR b.id = ANY(%(ids)s))", ids=students)
        rows = self.env.execute_query(
            SQL(
                """SELECT LEAST(a.id, b.id), GREATEST(a.id, b.id), a.birth_date,
                          b.birth_date
                     FROM pact_student a
                     JOIN pact_student b ON b.match_key = a.match_key AND b.id > a.id
                    WHERE %s AND a.active AND b.active AND (
                          a.birth_date = b.birth_date
                          OR extract(year FROM a.birth_date)
                             = extract(year FROM b.birth_date)
                          OR to_char(a.birth_date, 'MMDD')
                             = to_char(b.birth_date, 'MMDD')
                          OR to_char(a.birth_date, 'MM')
                             = to_char(b.birth_date, 'MM'))""",
                scope,
            )
        )
        pairs = {}
        for first, second, one, two in rows:
            if one == two:
                pairs[first, second] = "same"
            elif is_slip(one, two):
                pairs[first, second] = "perhaps"
        firsts = [first for first, _second in pairs]
        seconds = [second for _first, second in pairs]
        if students is None:
            self.env.cr.execute(
                SQL(
                    """DELETE FROM pact_student_duplicate d
                        WHERE state = 'open' AND kind <> 'person'
                        AND (student_id, other_id) NOT IN (
                            SELECT * FROM unnest(%s::integer[], %s::integer[]))""",
                    firsts,
                    seconds,
                )
            )
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_student_duplicate (student_id, other_id, kind,
                          state, create_uid, create_date, write_uid, write_date)
                   SELECT n.one, n.two, n.kind, 'open', %(uid)s,
                          now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM unnest(%(firsts)s::integer[], %(seconds)s::integer[],
                                 %(kinds)s::text[]) n (one, two, kind)
                   ON CONFLICT (student_id, other_id) DO NOTHING""",
                uid=self.env.uid,
                firsts=firsts,
                seconds=seconds,
                kinds=list(pairs.values()),
            )
        )
        self.invalidate_model()

    @api.model
    def _cron_find(self):
        self._find()

    # -- decisions -------------------------------------------------------------------

    def action_keep_first(self):
        """Merge the second record into the first, with all history."""
        return self._decide_merge("student_id", "other_id")

    def action_keep_second(self):
        """Merge the first record into the second, with all history."""
        return self._decide_merge("other_id", "student_id")

    def _decide_merge(self, kept, merged):
        self.ensure_one()
        self._check_may_decide()
        pair_sudo = self.sudo()
        survivor = pair_sudo[kept]
        pair_sudo[merged]._merge(survivor)
        self._decide("merged")
        return {
            "type": "ir.actions.act_window",
            "res_model": "pact.student",
            "res_id": survivor.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_dismiss(self):
        """Two children: not suggested again."""
        self._check_may_decide()
        self._decide("dismissed")

    def _check_may_decide(self):
        self.check_access("read")
        decided = self.filtered(lambda pair: pair.state != "open")
        if decided:
            raise UserError(
                self.env._("%(pair)s was decided already.", pair=decided[0].name)
            )
        for pair in self:
            # sudo: the schools of all enrollments, whoever asks
            if not pair._may_decide(
                (pair.student_id | pair.other_id).sudo().enrollment_ids.school_id
            ):
                raise AccessError(self._who_may_decide())

    @api.model
    def _who_may_decide(self):
        return self.env._(
            "Two records are merged by a coordinator of all schools concerned, or "
            "within one school by its administrator."
        )

    def _may_decide(self, schools):
        """Return whether the user may decide about students of `schools` (all there
        ever were); the access room answers."""
        return self.env.su

    def _decide(self, state):
        # sudo: written by its own methods alone; rights were checked
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
