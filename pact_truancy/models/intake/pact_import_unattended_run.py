from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .pact_import_loader import Reach
from .readers import FileProblem


class PactImportLoader(models.AbstractModel):
    _inherit = "pact.import.loader"

    @api.model
    def _reach(self):
        """A run without a person has the reach of its profile. The key in the context
        only ever narrows what code without a person could do."""
        schools = self.env.context.get("pact_import_schools")
        if self.env.su and schools is not None:
            return Reach(self.env.uid, set(schools))
        return super()._reach()


class PactImportJob(models.Model):
    _inherit = "pact.import.job"

    unattended = fields.Boolean(string="Came by Itself", readonly=True, copy=False)
    responsible_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict", index=True
    )
    arrived_by = fields.Selection(
        [("folder", "Watched folder"), ("upload", "Upload")],
        readonly=True,
        copy=False,
    )
    is_empty = fields.Boolean(readonly=True, copy=False)
    arrival_day = fields.Date(
        readonly=True, copy=False, help="The day whose file this is."
    )
    missing_school_ids = fields.Many2many(
        "pact.school",
        "pact_import_job_missing_school_rel",
        string="Schools without a Row",
        readonly=True,
        copy=False,
    )

    _once_waiting = models.UniqueIndex(
        "(profile_id, sha256) WHERE unattended AND run_state IN ('queued', 'running')",
        "This file waits already.",
    )

    def _as_runner(self):
        if not self.unattended:
            return super()._as_runner()
        profile = self.profile_id
        if not profile.is_unattended:
            raise self._off()
        return self.sudo().with_context(
            pact_import_run=True,
            pact_import_schools=tuple(profile.school_ids.ids),
            lang=self.responsible_id.lang or self.env.lang,
        )

    def _as_previewed(self):
        return self._as_runner() if self.unattended else super()._as_previewed()

    def _check_ready(self):
        """A file that came by itself is bound by its profile, whoever goes on with
        it."""
        reach = super()._check_ready()
        if not self.unattended or self.env.su:
            return reach
        return self._as_runner()._check_ready()

    def _off(self):
        return ValidationError(
            self.env._("The profile runs unattended no more; nothing was applied.")
        )

    def _run_read(self):
        super()._run_read()
        if not self.unattended or self.kind != "attendance":
            return
        profile = self.profile_id
        missing = profile.school_ids.browse()
        sheet = self._sheet()
        if not profile.covers_all and sheet.has("school"):
            loader = self.env["pact.import.loader"]
            schools = loader._schools(self, loader._reach())
            named = {loader._school(schools, t) for t in sheet.distinct("school")}
            missing = profile.school_ids.filtered(lambda s: s.id not in named)
        # of a file that names none of them everybody concerned may know, none but them
        covered = profile.school_ids - missing or profile.school_ids
        self.write(
            {
                "school_ids": [(6, 0, covered.ids)],
                "missing_school_ids": [(6, 0, missing.ids)],
            }
        )

    def _stop_reasons(self):
        reasons = super()._stop_reasons()
        if not self.unattended:
            return reasons
        if self.rejected_count * 100 > self.profile_id.reject_limit * self.row_count:
            reasons.append(
                self.env._(
                    "%(rejected)s of %(rows)s rows are rejected, more than the "
                    "%(limit)s %% that may pass without a person.",
                    rejected=self.rejected_count,
                    rows=self.row_count,
                    limit=self.profile_id.reject_limit,
                )
            )
        applied = [("profile_id", "=", self.profile_id.id), ("state", "=", "applied")]
        # the last one is no newer one: somebody brought it for some of the schools
        last = self.search(applied, order="applied_on desc, id desc", limit=1)
        older = self.search(
            [
                *applied,
                ("sha256", "=", self.sha256),
                ("id", "<", self.id),
                ("id", "!=", last.id),
            ],
            limit=1,
        )
        if older:
            reasons.append(
                self.env._(
                    "The same file was applied on %(day)s already, and newer ones came "
                    "since. Applied again, it could undo them.",
                    day=older.applied_on.date(),
                )
            )
        return reasons

    def _refuse(self, step, problem):
        # somebody wrote since the preview, which nobody looked at: compare again
        if self.unattended and step == "apply" and not self.run_problem:
            self.write({"run_step": "preview", "run_problem": str(problem)})
            return False
        if isinstance(problem.__cause__, FileProblem):
            self.is_empty = problem.__cause__.code in ("empty", "no_rows")
        return super()._refuse(step, problem)

    def _settle(self, state, problem=False, note=None):
        result = super()._settle(state, problem, note)
        if self.unattended:
            texts = {
                "done": self.result,
                "stopped": self.env._("Waits for a person: %s", self.run_note),
                "refused": self.env._("Refused: %s", self.run_note),
            }
            profile = self.profile_id
            profile.last_result = (texts[state] or "").split("\n")[0]
            profile._review(self.arrival_day)
        return result

    def _remember(self):
        """A run without a person teaches its profile nothing but which codes there are;
        and how files come by themselves is not changed by somebody's own import."""
        profile = self.profile_id
        if not profile.is_unattended:
            return super()._remember()
        if not self.unattended:
            if self.env.user.has_group("pact_truancy.group_pact_administrator"):
                return super()._remember()
            return None
        known = set(profile.code_ids.mapped("value"))
        profile.code_ids = [
            (0, 0, {"value": line.value, "code_id": line.code_id.id})
            for line in self.code_ids
            if line.value not in known
        ]
        return None


class PactImportRow(models.Model):
    _inherit = "pact.import.row"

    def _decide(self, decision, reason=None):
        rows = super()._decide(decision, reason)
        for job in rows.job_id.filtered("unattended"):
            job.profile_id._review(job.arrival_day)
        return rows
