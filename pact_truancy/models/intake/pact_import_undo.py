from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .plan import Plan


class PactImportJob(models.Model):
    """Undo of an attendance import: an import of its own, without a file, that is
    previewed and applied like any other, and can be undone in its turn."""

    _inherit = "pact.import.job"

    name = fields.Char(recursive=True)
    undo_of_id = fields.Many2one(
        "pact.import.job",
        string="Undoes",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    undone_by_id = fields.Many2one(
        "pact.import.job",
        string="Undone by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    left_count = fields.Integer(
        string="Left as It Is",
        readonly=True,
        help="A later file or staff changed it since: that stays.",
    )
    later_text = fields.Text(compute="_compute_later_text")

    def _compute_later_text(self):
        """Name the later imports of the same system that speak of the same days: what
        they sent again unchanged would go, too."""
        for job in self:
            later = job._later_imports() if job.undo_of_id else job.browse()
            names = ", ".join(later.sudo().mapped("name"))
            job.later_text = names and self.env._(
                "Later imports speak of the same schools and days: %(names)s. What "
                "they repeated unchanged came with the import that is undone, and goes "
                "with it. Import the last file again afterwards.",
                names=names,
            )

    def _later_imports(self):
        """Return the applied imports that cover schools and days of the one that this
        job undoes, after it."""
        undone = self.undo_of_id
        return undone.sudo().search(
            [
                ("id", ">", undone.id),
                ("state", "=", "applied"),
                ("kind", "=", "attendance"),
                ("undone_by_id", "=", False),
                ("undo_of_id", "=", False),
                ("source_id", "=", undone.source_id.id),
                ("date_from", "<=", undone.date_to),
                ("date_to", ">=", undone.date_from),
                ("school_ids", "in", undone.sudo().school_ids.ids),
            ],
            order="id",
        )

    @api.depends("undo_of_id.name")
    def _compute_name(self):
        undoing = self.filtered("undo_of_id")
        result = super(PactImportJob, self - undoing)._compute_name()
        for job in undoing:
            job.name = self.env._("Undo of %(name)s", name=job.undo_of_id.name)
        return result

    def action_undo(self):
        """Open the preview of undoing this import; writes nothing yet.

        :raise UserError: it cannot be undone, and why
        """
        self.ensure_one()
        self.check_access("read")
        if self.kind != "attendance":
            raise UserError(self.env._("Only imports of attendance can be undone."))
        if self.state != "applied" or self.undone_by_id:
            raise UserError(
                self.env._("%(job)s is not applied, or undone already.", job=self.name)
            )
        Job = self.env["pact.import.job"]
        job = Job.search(
            [
                ("undo_of_id", "=", self.id),
                ("state", "!=", "applied"),
                ("create_uid", "=", self.env.uid),
            ],
            limit=1,
        )
        if not job:
            job = Job.create(
                {
                    "kind": self.kind,
                    "source_id": self.source_id.id,
                    "school_ids": [(6, 0, self.sudo().school_ids.ids)],
                    "date_from": self.date_from,
                    "date_to": self.date_to,
                }
            )
            # sudo: fields that only the server sets
            job.sudo().write({"undo_of_id": self.id, "is_read": True})
        job.action_preview()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": job.id,
            "view_mode": "form",
        }

    def _questions(self):
        return [] if self.undo_of_id else super()._questions()

    def _make_plan(self, reach):
        if not self.undo_of_id:
            return super()._make_plan(reach)
        return self.env["pact.import.attendance"]._plan_undo(self)

    def _check_plan(self, plan):
        result = super()._check_plan(plan)
        if self.undo_of_id.undone_by_id:
            raise UserError(
                self.env._("%(job)s was undone already.", job=self.undo_of_id.name)
            )
        return result

    def _carry_out(self, plan):
        if not self.undo_of_id:
            return super()._carry_out(plan)
        self.env["pact.import.attendance"]._execute_undo(self, plan)
        undone = self.undo_of_id
        undone.undone_by_id = self
        if undone.undo_of_id:
            undone.undo_of_id.undone_by_id = False
        return None

    def _remember(self):
        return None if self.undo_of_id else super()._remember()

    def _sha256(self):
        return False if self.undo_of_id else super()._sha256()

    def _solve_older(self):
        return None if self.undo_of_id else super()._solve_older()

    def _result_text(self, plan):
        text = super()._result_text(plan)
        if plan.counts.get("left"):
            text += "\n" + self.env._(
                "%(count)s were changed since by a later file or by staff, and stay.",
                count=plan.counts["left"],
            )
        return text


class PactImportAttendance(models.AbstractModel):
    """What undoing an import would do, from the history that it wrote."""

    _inherit = "pact.import.attendance"

    @api.model
    def _plan_undo(self, job):
        """Return the `Plan`; the rows stand in `pact_event_stage` as those of a file
        do: what the import brought is withdrawn, what it changed or took back says
        again what the source had said before."""
        events = self.env["pact.attendance.event"]
        cr = self.env.cr
        self.env.flush_all()
        cr.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        events._open_stage()
        cr.execute("ALTER TABLE pact_event_stage ADD COLUMN shown text")
        cr.execute(
            SQL(
                """INSERT INTO pact_event_stage
                   SELECT NULL, e.student_id, e.school_id, e.date, e.source_key,
                          b.code_id, b.portion, b.minutes, b.reason, e.id,
                          CASE WHEN l.event_id IS NOT NULL THEN 'left'
                               WHEN c.operation IN ('create', 'restore')
                               THEN CASE WHEN e.is_withdrawn THEN 'unchanged'
                                         ELSE 'withdrawn' END
                               ELSE 'changed' END,
                          l.operation, b.sent_portion, b.part, b.periods,
                          b.day_minutes, NULL
                     FROM pact_attendance_change c
                     JOIN pact_attendance_event e ON e.id = c.event_id
                    CROSS JOIN LATERAL jsonb_to_record(CASE
                        WHEN c.operation IN ('source', 'rule') THEN c.said_before
                        ELSE jsonb_build_object(
                            'code_id', e.source_code_id, 'portion', e.source_portion,
                            'sent_portion', e.source_sent_portion,
                            'minutes', e.source_minutes, 'reason', e.source_reason,
                            'periods', e.source_periods, 'part', e.source_part,
                            'day_minutes', e.source_day_minutes) END)
                       AS b(code_id int, portion int, sent_portion int, minutes int,
                            reason text, periods int, part text, day_minutes int)
                     LEFT JOIN (
                        SELECT DISTINCT ON (n.event_id) n.event_id, n.operation
                          FROM pact_attendance_change c
                          JOIN pact_attendance_change n
                            ON n.event_id = c.event_id AND n.id > c.id
                         WHERE c.job_id = %(job)s AND n.job_id IS DISTINCT FROM %(job)s
                           AND (n.operation NOT IN ('note', 'code', 'rule')
                                OR n.operation = 'rule'
                                   AND c.operation IN ('source', 'rule'))
                         ORDER BY n.event_id, n.id DESC) l ON l.event_id = e.id
                    WHERE c.job_id = %(job)s""",
                job=job.undo_of_id.id,
            )
        )
        cr.execute("ANALYZE pact_event_stage")
        events._stage_reject_full_days()
        cr.execute(
            """UPDATE pact_event_stage SET operation = 'left'
                WHERE operation IN ('rejected', 'conflict')"""
        )
        labels = dict(
            self.env["pact.attendance.change"]
            ._fields["operation"]
            ._description_selection(self.env)
        )
        events._stage_problems(
            {
                operation: self.env._("Since then: %(what)s.", what=label)
                for operation, label in labels.items()
            }
        )
        plan = Plan()
        plan.counts.update(events._stage_counts())
        plan.school_ids = set(job.school_ids.ids)
        plan.rows.extend(self._staged_rows(plan))
        plan.digest = [*events._stage_digest(), job.undo_of_id.id]
        return plan

    @api.model
    def _execute_undo(self, job, plan):
        """Write what `_plan_undo` staged; a row of history each."""
        undone = job.undo_of_id
        self.env["pact.attendance.event"].with_context(
            pact_import_undo=True
        )._apply_stage(
            job.source_id,
            self.env._("Undo of import %(name)s", name=undone.name),
            history={"job_id": job.id},
        )
        # what the import asked about is asked no more
        cr = self.env.cr
        cr.execute(
            """UPDATE pact_attendance_event e SET is_source_gone = false
                 FROM pact_import_conflict c
                WHERE c.job_id = %s AND c.state = 'open' AND c.event_id = e.id
                  AND e.is_source_gone""",
            (undone.id,),
        )
        cr.execute(
            """UPDATE pact_import_conflict
                  SET state = 'settled', decided_on = now() AT TIME ZONE 'UTC'
                WHERE job_id = %s AND state = 'open'""",
            (undone.id,),
        )
        undone.row_ids._decide("dismissed", self.env._("The import was undone."))
        received = self.env["pact.attendance.received"]
        if undone.undo_of_id:
            day = min(job.date_to, self.env["pact.clock"]._today())
            received._mark(
                job.school_ids, job.date_from, day, job.source_id, job_id=job.id
            )
        else:
            self._give_back_days(undone)
        self.env.invalidate_all(flush=False)

    @api.model
    def _give_back_days(self, undone):
        """Unmark the days that the import alone brought; of those that a later import
        speaks of, too, that one is the bringer now."""
        cr = self.env.cr
        schools = self.env["pact.import.job"]._fields["school_ids"]
        cr.execute(
            SQL(
                """UPDATE pact_attendance_received r SET job_id = k.id
                     FROM (SELECT DISTINCT ON (r.id) r.id AS day, j.id
                             FROM pact_attendance_received r
                             JOIN %(rel)s s ON s.%(school)s = r.school_id
                             JOIN pact_import_job j ON j.id = s.%(job)s
                              AND r.date BETWEEN j.date_from AND j.date_to
                            WHERE r.job_id = %(undone)s AND j.id <> %(undone)s
                              AND j.state = 'applied' AND j.kind = 'attendance'
                              AND j.undo_of_id IS NULL AND j.undone_by_id IS NULL
                            ORDER BY r.id, j.id) k
                    WHERE k.day = r.id""",
                rel=SQL.identifier(schools.relation),
                school=SQL.identifier(schools.column2),
                job=SQL.identifier(schools.column1),
                undone=undone.id,
            )
        )
        received = self.env["pact.attendance.received"]
        received.invalidate_model(["job_id"])
        received.search([("job_id", "=", undone.id)]).unlink()


class PactAttendanceEvent(models.Model):
    _inherit = "pact.attendance.event"

    @api.model
    def _raise_conflicts(self, source):
        """Undoing asks nothing: it says what the source said before."""
        if not self.env.context.get("pact_import_undo"):
            return super()._raise_conflicts(source)
        return None
