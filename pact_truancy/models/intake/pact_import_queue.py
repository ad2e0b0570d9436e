import logging

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

STEPS = [("read", "Read"), ("preview", "Compare"), ("apply", "Apply")]
WAITING = ("queued", "running")
RUN_FIELDS = {
    "run_state", "run_step", "run_until", "run_by_id", "run_on", "run_attempts",
    "run_problem", "run_note", "unattended", "responsible_id", "arrived_by",
    "arrival_day", "folder_entry", "missing_school_ids", "file_dropped_on", "is_empty",
}  # fmt: skip
# How often a step may die (a worker killed by its memory limit) before a person looks.
MAX_ATTEMPTS = 5
# Another import of the same system was faster: the step is repeated on today's facts.
RACES = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
)


class PactImportJob(models.Model):
    """Imports in the background: big ones, and those that nobody watches.

    A step (read, compare, apply) is one transaction. What a killed worker leaves is
    either done or not begun, and the next one goes on there. A job is worked on by who
    holds the lock on its row.
    """

    _inherit = "pact.import.job"

    run_state = fields.Selection(
        [
            ("queued", "Waiting"),
            ("running", "Running"),
            ("stopped", "Waits for a Person"),
            ("refused", "Refused"),
            ("done", "Done"),
        ],
        string="In the Background",
        readonly=True,
        copy=False,
    )
    run_step = fields.Selection(STEPS, readonly=True, copy=False)
    run_until = fields.Selection(STEPS, readonly=True, copy=False)
    run_by_id = fields.Many2one(
        "res.users",
        string="Runs with the Rights of",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    run_on = fields.Datetime(string="Step Begun On", readonly=True, copy=False)
    run_attempts = fields.Integer(readonly=True, copy=False)
    run_problem = fields.Text(string="What Is Wrong", readonly=True, copy=False)
    run_note = fields.Text(readonly=True, copy=False)
    run_progress = fields.Integer(compute="_compute_run", string="Progress (%)")
    run_text = fields.Char(compute="_compute_run")
    is_big = fields.Boolean(compute="_compute_is_big")

    _run_idx = models.Index("(id) WHERE run_state = 'queued' OR run_state = 'running'")

    @api.depends("run_state", "run_step", "run_until", "row_count")
    def _compute_run(self):
        names = [name for name, _label in STEPS]
        labels = dict(self._fields["run_step"]._description_selection(self.env))
        for job in self:
            job.run_text, job.run_progress = False, 0
            if job.run_state == "done":
                job.run_progress = 100
            if job.run_state not in WAITING or not job.run_step:
                continue
            last = names.index(job.run_until or "apply") + 1
            place = names.index(job.run_step)
            job.run_progress = 100 * place // last
            if job.run_state == "queued":
                job.run_text = self.env._("Waiting for its turn.")
            elif job.row_count:
                job.run_text = self.env._(
                    "Step %(place)s of %(last)s: %(step)s, %(rows)s rows.",
                    place=place + 1,
                    last=last,
                    step=labels[job.run_step],
                    rows=job.row_count,
                )
            else:
                job.run_text = self.env._(
                    "Step %(place)s of %(last)s: %(step)s.",
                    place=place + 1,
                    last=last,
                    step=labels[job.run_step],
                )

    @api.depends("file", "row_count")
    def _compute_is_big(self):
        parameter = self.env["ir.config_parameter"].sudo().get_param
        size = int(parameter("pact_truancy.import_background_mb", 5)) * 2**20
        rows = int(parameter("pact_truancy.import_background_rows", 50_000))
        # sudo: only how many bytes the job's own file has
        attachments = self.env["ir.attachment"].sudo()
        sizes = dict(
            attachments._read_group(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "file"),
                    ("res_id", "in", self.ids),
                ],
                ["res_id"],
                ["file_size:max"],
            )
        )
        for job in self:
            job.is_big = job.row_count > rows or (sizes.get(job.id) or 0) > size

    # rights -----------------------------------------------------------------------

    @api.model
    def _check_server_fields(self, vals):
        return super()._check_server_fields(
            {name if name not in RUN_FIELDS else "state": None for name in vals}
        )

    def write(self, vals):
        # the mixin's own fields are no part of the import
        if not self.env.su and vals.keys() - {"activity_ids"}:
            self._check_idle()
            kept = {"file", "file_name", "kind", "source_id", "profile_id"}
            if kept & vals.keys() and any(job.unattended for job in self.sudo()):
                raise UserError(
                    self.env._("A file that came by itself stays as it came.")
                )
        return super().write(vals)

    def _check_idle(self):
        """Refuse to touch what is being worked on. The lock on the row decides; this
        says it in words."""
        if self.env.context.get("pact_import_run"):
            return
        busy = self.sudo().filtered(lambda job: job.run_state in WAITING)
        if busy:
            raise UserError(
                self.env._(
                    "%(job)s is being worked on in the background. You will be told "
                    "when it is done.",
                    job=busy[0].name,
                )
            )

    # buttons ----------------------------------------------------------------------

    def action_next(self):
        """Read and preview; a big file in the background."""
        self.ensure_one()
        self.check_access("write")
        self._check_idle()
        if self.state == "applied" or not self.is_big:
            return super().action_next()
        if self.is_read and self.question:
            self._propose_missing()
        if not (self.is_read and self.question):
            self.sudo()._queue("preview" if self.is_read else "read", "preview")

    def action_read(self):
        self._check_idle()
        return super().action_read()

    def action_back(self):
        self._check_idle()
        return super().action_back()

    def action_preview(self):
        self._check_idle()
        return super().action_preview()

    def action_apply(self):
        self._check_idle()
        return super().action_apply()

    def action_start_apply(self):
        """Apply the previewed difference; a big one in the background."""
        self.ensure_one()
        self.check_access("write")
        self._check_idle()
        if not self.is_big or self.state != "preview":
            return self.action_apply()
        self._check_ready()
        self.sudo()._queue("apply", "apply")

    def action_leave_queue(self):
        """Take the job out of the queue, as long as nobody works on it."""
        self.ensure_one()
        self.check_access("write")
        job = self.sudo()
        if job.unattended or job.run_state not in WAITING:
            return
        if not job.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._("%(job)s is being worked on right now.", job=job.name)
            )
        job.write({"run_state": False, "run_step": False})

    # the queue --------------------------------------------------------------------

    def _queue(self, step, until):
        """Have the steps from `step` to `until` done in the background, with the rights
        of the current user."""
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.write(
            {
                "run_state": "queued",
                "run_step": step,
                "run_until": until,
                "run_by_id": self.env.uid,
                "run_attempts": 0,
                "run_problem": False,
            }
        )
        self._wake()

    @api.model
    def _wake(self):
        """Have the queue looked at right after this transaction."""
        # sudo: to wake the cron is not to configure it
        self.env.ref("pact_truancy.ir_cron_import_run").sudo()._trigger()

    @api.model
    def _cron_run(self):
        """Work on the queue until it is empty or the time is over. Any number of
        workers may do so at once."""
        cron = self.env["ir.cron"]
        cron._commit_progress(
            remaining=self.search_count([("run_state", "in", WAITING)])
        )
        tried = []
        while job := self._next_job(tried):
            finished = job._run_step()
            if finished is None:
                tried.append(job.id)
            if not cron._commit_progress(1 if finished else 0):
                break

    @api.model
    def _next_job(self, tried=()):
        """Return the first job of the queue that nobody works on, its row locked. Files
        that came by one profile are taken in the order in which they came."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT j.id FROM pact_import_job j
                    WHERE j.run_state IN ('queued', 'running')
                      AND j.id <> ALL(%s)
                      AND NOT (j.unattended IS TRUE AND EXISTS (
                          SELECT 1 FROM pact_import_job o
                           WHERE o.run_state IN ('queued', 'running')
                             AND o.unattended AND o.profile_id = j.profile_id
                             AND o.id < j.id))
                    ORDER BY j.id
                      FOR NO KEY UPDATE SKIP LOCKED
                    LIMIT 1""",
                list(tried),
            )
        )
        found = self.browse(number for (number,) in self.env.cr.fetchall())
        found.invalidate_recordset()
        return found

    def _run_step(self):
        """Do the next step, in a transaction of its own.

        :return: True when the job left the queue, False when there is more to do, None
            when somebody else has it, or when it has to be tried later
        """
        self.ensure_one()
        cr = self.env.cr
        if self.run_attempts >= MAX_ATTEMPTS:
            self._settle(
                "stopped",
                self.env._(
                    "It was begun %(count)s times and never came to an end. The "
                    "server's administrator finds the reason in its log.",
                    count=self.run_attempts,
                ),
            )
            return True
        self.write(
            {
                "run_state": "running",
                "run_attempts": self.run_attempts + 1,
                "run_on": fields.Datetime.now(),
            }
        )
        self.env["ir.cron"]._commit_progress()
        step = self.run_step
        if not self.try_lock_for_update(allow_referencing=True):
            return None
        self.invalidate_recordset()
        if self.run_state not in WAITING or self.run_step != step:
            return None
        try:
            finished = self._do_step(step)
            self.env.flush_all()
        except RACES:
            cr.rollback()
            self._forget_attempt()
            return None
        except UserError as problem:
            cr.rollback()
            self.invalidate_recordset()
            return self._refuse(step, problem)
        except Exception:
            # one bad file must not stop those behind it
            cr.rollback()
            self.invalidate_recordset()
            _logger.exception("Import %s: step %s failed", self.id, step)
            self._settle(
                "stopped",
                self.env._(
                    "It failed for a reason that nobody foresaw. The server's "
                    "administrator finds it in the log, under import %(number)s.",
                    number=self.id,
                ),
            )
            return True
        return finished

    def _forget_attempt(self):
        self.invalidate_recordset()
        if self.try_lock_for_update(allow_referencing=True):
            self.run_attempts = max(self.run_attempts - 1, 0)

    def _as_runner(self):
        """Return the job with the rights that its run has: those of the person who
        started it, never those of the cron's user."""
        user = self.run_by_id
        if not user.active:
            raise UserError(
                self.env._("Who started the import has no account any more.")
            )
        return self.with_user(user).with_context(
            pact_import_run=True, lang=user.lang, tz=user.tz
        )

    def _do_step(self, step):
        """Return whether the job left the queue."""
        job = self._as_runner()
        note = None
        if step == "read":
            job._run_read()
            problem = job.question
            # the question may show what stands in the file
            note = self.env._("Something is left to say. The import asks it.")
        elif step == "preview" and self.run_until == "apply":
            # nobody looks in between: compared once, applied in the same transaction
            reasons = job.sudo()._import_at_once(job._check_ready())
            self.invalidate_recordset()
            self._settle("stopped" if reasons else "done", "\n".join(reasons or ()))
            return True
        elif step == "preview":
            job.action_preview()
            problem = "\n".join(job._stop_reasons())
        else:
            job.action_apply()
            problem = False
        self.invalidate_recordset()
        if problem:
            self._settle("stopped", problem, note)
            return True
        if step == self.run_until:
            self._settle("done")
            return True
        names = [name for name, _label in STEPS]
        self.write({"run_step": names[names.index(step) + 1], "run_attempts": 0})
        return False

    def _run_read(self):
        self._read()

    def _stop_reasons(self):
        """Return why a person has to look before this is applied, as sentences."""
        return self._limit_reasons()

    def _refuse(self, step, problem):
        """Leave the queue because of the error `problem`, which `step` ran into.
        Returns whether the job left it."""
        if step == "read":
            self._settle("refused", str(problem))
        else:
            # what stopped it may name a child: that is read on the import only
            note = self.env._("It could not be applied. The import says why.")
            self._settle("stopped", str(problem), note)
        return True

    def _settle(self, state, problem=False, note=None):
        """Leave the queue and tell who waits for it.

        :param note: what a task says of it, where that is not the problem itself
        """
        self.write(
            {
                "run_state": state,
                "run_problem": problem,
                "run_note": problem if note is None else note,
                "run_attempts": 0,
            }
        )
        if self.run_by_id:
            self._tell(state, problem)

    def _tell(self, state, problem):
        """Tell the person who started the run, now if they are here, and by an activity
        where there is something left to do. Neither holds a child's name."""
        user = self.run_by_id
        job = self.with_context(lang=user.lang)
        kind = "success"
        if state != "done":
            kind, text = "warning", job.env._("Your import waits for you: %(job)s.")
        elif job.state == "applied":
            text = job.env._("Your import was applied: %(job)s.")
        else:
            text = job.env._("The preview of your import is ready: %(job)s.")
        text = text % {"job": job.name}
        user._bus_send(
            "simple_notification",
            {"type": kind, "title": job.env._("Import"), "message": text},
        )
        if job.state != "applied" and user.active:
            job.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=text,
                user_id=user.id,
                date_deadline=job.env["pact.clock"]._today(),
            )

    def _apply(self, reach):
        result = super()._apply(reach)
        if self.state == "applied":
            self.activity_unlink(["mail.mail_activity_data_todo"])
            if self.run_state in ("stopped", "refused"):
                # a person took it over and applied it
                self._settle("done")
        return result
