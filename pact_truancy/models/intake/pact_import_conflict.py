from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .pact_import_weigh import PROTECTED

GONE = "is_source_gone"
EVENT = "pact.attendance.event"


class PactImportConflict(models.Model):
    """An information system says something new about what staff changed here: a
    person decides. Until then, and where the answer is 'keep ours', ours holds.

    Written by imports alone, decided by `action_take` and `action_keep`. Protected
    addresses are named as such and never shown.
    """

    _name = "pact.import.conflict"
    _description = "Conflict with an Information System"
    _order = "state, school_id, id desc"

    name = fields.Char(compute="_compute_name")
    source_id = fields.Many2one(
        "pact.source", required=True, readonly=True, ondelete="restrict"
    )
    job_id = fields.Many2one(
        "pact.import.job", string="Import", readonly=True, ondelete="set null",
        groups="pact_truancy.group_pact_coordinator",
    )  # fmt: skip
    student_id = fields.Many2one(
        "pact.student", readonly=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school", readonly=True, ondelete="restrict", index=True
    )
    event_id = fields.Many2one(
        EVENT, readonly=True, ondelete="restrict", index="btree_not_null"
    )
    date = fields.Date(string="Day", readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)
    field = fields.Char(required=True, readonly=True)
    label = fields.Char(string="What", readonly=True)
    before = fields.Char(string="The Source Said", readonly=True)
    now = fields.Char(string="It Now Says", readonly=True)
    ours = fields.Char(string="Decided Here", readonly=True)
    ours_by_id = fields.Many2one(
        "res.users", string="Decided Here by", readonly=True, ondelete="restrict"
    )
    ours_on = fields.Datetime(string="Decided Here on", readonly=True)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("taken", "The file's was taken"),
            ("kept", "Ours was kept"),
            ("settled", "Settled by itself"),
        ],
        required=True,
        default="open",
        readonly=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)
    create_date = fields.Datetime(string="Since", readonly=True)

    _once = models.UniqueIndex(
        "(res_model, res_id, field, source_id) WHERE state = 'open'"
    )

    @api.depends("student_id.name", "label", "date")
    def _compute_name(self):
        for conflict in self:
            parts = (conflict.student_id.name, conflict.date, conflict.label)
            conflict.name = ", ".join(str(part) for part in parts if part)

    # -- by imports ------------------------------------------------------------------

    @api.model
    def _open_keys(self, source, model, records):
        """Return {(record id, field)} of what waits to be decided; one query."""
        return set(
            self.env.execute_query(
                SQL(
                    """SELECT res_id, field FROM pact_import_conflict
                        WHERE state = 'open' AND source_id = %s AND res_model = %s
                          AND res_id = ANY(%s)""",
                    source.id,
                    model,
                    list(records),
                )
            )
        )

    @api.model
    def _raise(self, job, conflicts, settled):
        """Open `conflicts` about people, and close those that are `settled`.

        :param conflicts: list of (model, record id, field, before, now, ours, student
            id), all but the ids in words
        :param settled: list of (model, record id, field)
        """
        loader = self.env["pact.import.loader"]
        if conflicts:
            self.env.flush_all()
            labels = {
                key: loader._label(*key) for key in {(c[0], c[2]) for c in conflicts}
            }
            names = self._guardian_names(conflicts)
            rows = [
                (*c, ": ".join(filter(None, (names.get(c[:2]), labels[c[0], c[2]]))))
                for c in conflicts
            ]
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.env.cr.execute(
                SQL(
                    """INSERT INTO pact_import_conflict AS o (source_id, job_id,
                              student_id, school_id, res_model, res_id, field, label,
                              before, now, ours, ours_by_id, ours_on, state,
                              create_uid, create_date, write_uid, write_date)
                       SELECT %(source)s, %(job)s, n.student,
                              COALESCE(e.school_id, s.school_id), n.model,
                              n.id, n.field, n.label, n.before, n.now, n.ours,
                              u.id,
                              (d.staff -> n.field ->> 1)::timestamp, 'open', %(uid)s,
                              now() AT TIME ZONE 'UTC', %(uid)s,
                              now() AT TIME ZONE 'UTC'
                         FROM unnest(%(models)s, %(ids)s, %(fields)s, %(befores)s,
                                     %(nows)s, %(ours)s, %(students)s::integer[],
                                     %(labels)s)
                              n (model, id, field, before, now, ours, student, label)
                         LEFT JOIN pact_student s ON s.id = n.student
                         LEFT JOIN pact_enrollment e ON e.id = n.id
                               AND n.model = 'pact.enrollment'
                         LEFT JOIN pact_import_said d ON d.source_id = %(source)s
                               AND d.res_model = n.model AND d.res_id = n.id
                         LEFT JOIN res_users u
                                ON u.id = (d.staff -> n.field ->> 0)::integer
                       ON CONFLICT (res_model, res_id, field, source_id)
                          WHERE state = 'open'
                       DO UPDATE SET now = excluded.now, ours = excluded.ours,
                          job_id = excluded.job_id, school_id = excluded.school_id,
                          ours_by_id = excluded.ours_by_id,
                          ours_on = excluded.ours_on""",
                    source=job.source_id.id,
                    job=job.id,
                    uid=self.env.uid,
                    **dict(
                        zip(
                            ("models", "ids", "fields", "befores", "nows", "ours",
                             "students", "labels"),
                            columns,
                            strict=True,
                        )
                    ),
                )
            )  # fmt: skip
        if settled:
            columns = [list(column) for column in zip(*settled, strict=True)]
            self.env.cr.execute(
                SQL(
                    """UPDATE pact_import_conflict c
                          SET state = 'settled', decided_on = now() AT TIME ZONE 'UTC'
                         FROM unnest(%s, %s, %s) n (model, id, field)
                        WHERE c.res_model = n.model AND c.res_id = n.id
                          AND c.field = n.field AND c.state = 'open'
                          AND c.source_id = %s""",
                    *columns,
                    job.source_id.id,
                )
            )
        self.invalidate_model()

    @api.model
    def _guardian_names(self, conflicts):
        """Return {(model, record id): name of the guardian}; two queries."""
        guardians = {c[1] for c in conflicts if c[0] == "pact.guardian"}
        links = {c[1] for c in conflicts if c[0] == "pact.student.guardian"}
        found = self.env.execute_query(
            SQL(
                """SELECT 'pact.guardian', id, name FROM pact_guardian
                    WHERE id = ANY(%s)
                   UNION ALL
                   SELECT 'pact.student.guardian', l.id, g.name
                     FROM pact_student_guardian l
                     JOIN pact_guardian g ON g.id = l.guardian_id
                    WHERE l.id = ANY(%s)""",
                list(guardians),
                list(links),
            )
        )
        return {(model, number): name for model, number, name in found}

    # -- by people -------------------------------------------------------------------

    def action_take(self):
        """Let what the file says hold. Who may change the record may do this.

        :raise UserError: decided already, or the record is gone
        """
        self._check_decidable()
        events = self.filtered("event_id")
        if events:
            events.event_id._take_source()
        for conflict in self - events:
            conflict._take_value()
        self._decide("taken")

    def action_keep(self):
        """Let what was decided here hold until the source says something else."""
        self._check_decidable()
        self._decide("kept")

    def _check_decidable(self):
        """Refuse what is decided already, and whom the record does not belong to."""
        self.check_access("read")
        for model, conflicts in self.grouped("res_model").items():
            records = self.env[model].browse(conflicts.mapped("res_id"))
            if len(records.exists()) < len(set(records.ids)):
                raise UserError(
                    self.env._("A record of these conflicts is no longer there.")
                )
            records.check_access("write")
        decided = self.filtered(lambda conflict: conflict.state != "open")
        if decided:
            raise UserError(
                self.env._(
                    "%(conflict)s was decided already.", conflict=decided[0].name
                )
            )

    def _decide(self, state):
        # sudo: conflicts are written by their own methods alone; rights were checked
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )

    def _take_value(self):
        """Write what the source said last on a person, a link or an enrollment."""
        self.ensure_one()
        # sudo: nobody has a right to what files said
        said_sudo = self.env["pact.import.said"].sudo()
        said = said_sudo._of(self.sudo().source_id, self.res_model, [self.res_id])
        value = said.get(self.res_id, {}).get(self.field)
        if self.field == PROTECTED:
            self.env["pact.guardian.address"].sudo()._keep({self.res_id: value})
            return
        record = self.env[self.res_model].browse(self.res_id)
        record.write({self.field: value or False})
