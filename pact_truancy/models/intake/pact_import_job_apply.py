import hashlib

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .pact_import_row import OPERATIONS
from .plan import SHOWN

ROW_COLUMNS = ("job_id", "line", "operation", "label", "problem", "before", "after")


class PactImportJob(models.Model):
    """The difference between a file and the facts: shown first, then applied."""

    _inherit = "pact.import.job"

    def action_preview(self):
        """Show what applying would do; writes nothing but the job itself.

        :raise UserError: what is still to be said
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "applied":
            return
        reach = self._check_ready()
        # sudo: the loader keeps to `reach`; the person's own rights reach no temporary
        # table and no record that has no school yet
        self.sudo()._show(reach)

    def _show(self, reach):
        """Keep the difference to be looked at; returns the plan."""
        plan = self._make_plan(reach)
        self._keep_rows(plan)
        values = self._count_values(plan)
        if self.kind != "attendance":
            values["school_ids"] = [(6, 0, list(plan.school_ids))]
        self.write({**values, "state": "preview", "fingerprint": plan.fingerprint()})
        return plan

    def action_apply(self):
        """Apply the previewed difference in one transaction.

        Pressed twice, the second has nothing to do. Whoever comes second of two people
        sees the difference that is left.

        :raise UserError: the difference is no longer the previewed one; or rows are
            rejected and the job is all-or-nothing
        """
        self.ensure_one()
        self.check_access("write")
        reach = self._check_ready()
        self.sudo()._apply(reach)

    def _check_ready(self):
        """Return the person's reach when the job can be compared with the facts."""
        if not self.is_read:
            raise UserError(self.env._("The file was not read yet."))
        if self.question:
            raise UserError(self.question)
        self._check_source()
        loader = self.env[f"pact.import.{self.kind}"]
        reach = loader._reach()
        if self.kind == "attendance" and not all(map(reach.has, self.school_ids.ids)):
            raise UserError(
                self.env._("The file can only cover schools of your assignments.")
            )
        if self.kind == "calendar":
            self.env["pact.school.day"].check_access("create")
        return reach

    def _make_plan(self, reach):
        return self.env[f"pact.import.{self.kind}"]._plan(self, self._sheet(), reach)

    def _count_values(self, plan):
        counts = {
            f"{name}_count": plan.counts.get(name, 0) for name, _label in OPERATIONS
        }
        return {**counts, "skipped_count": plan.skipped}

    def _keep_rows(self, plan):
        """Keep the rows to show: all rejected ones, the first of each other kind."""
        rows, shown = [], {}
        for row in plan.rows:
            shown[row.operation] = shown.get(row.operation, 0) + 1
            if row.operation == "rejected" or shown[row.operation] <= SHOWN:
                texts = (row.label, row.problem, row.before, row.after)
                rows.append(
                    (self.id, row.line, row.operation, *(t or None for t in texts))
                )
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM pact_import_row WHERE job_id = ANY(%s)", (self.ids,)
        )
        self.env["pact.attendance.event"]._copy_into(
            "pact_import_row", ROW_COLUMNS, rows
        )
        self.env["pact.import.row"].invalidate_model()

    def _apply(self, reach):
        state = self._lock_for_apply()
        if state == "applied":
            return
        if state != "preview":
            raise UserError(self.env._("Look at the preview first."))
        plan = self._make_plan(reach)
        if plan.fingerprint() != self.fingerprint:
            raise UserError(
                self.env._(
                    "Something changed since the preview, so applying would do "
                    "something else than what you saw. Nothing was written. Go back "
                    "and look at the preview again."
                )
            )
        self._finish(plan)

    def _lock_for_apply(self):
        """Lock job and source; returns the job's state as it is now."""
        cr = self.env.cr
        self.flush_recordset(["state"])
        cr.execute(
            SQL("SELECT state FROM pact_import_job WHERE id = %s FOR UPDATE", self.id)
        )
        state = cr.fetchone()[0]
        if state == "applied":
            return state
        # One at a time for a system. Not an advisory lock: who waited for one still
        # reads the facts as they were before. A second writer of this row fails with a
        # serialization error instead, and Odoo repeats its request on today's facts.
        cr.execute(
            SQL("UPDATE pact_source SET code = code WHERE id = %s", self.source_id.id)
        )
        return state

    def _finish(self, plan):
        """Check and carry out `plan`, whose rows are staged in this transaction."""
        self._check_plan(plan)
        self._carry_out(plan)
        self._remember()
        self.write(
            {
                "state": "applied",
                "applied_by_id": self.env.uid,
                "applied_on": fields.Datetime.now(),
                "sha256": self._sha256(),
                "result": self._result_text(plan),
            }
        )

    def _check_plan(self, plan):
        """Refuse to carry out `plan`.

        :raise UserError: why
        """
        if self.all_or_nothing and plan.counts.get("rejected"):
            raise UserError(
                self.env._(
                    "%(count)s rows are rejected, and you asked for all or nothing. "
                    "Nothing was written.",
                    count=plan.counts["rejected"],
                )
            )

    def _carry_out(self, plan):
        self.env[f"pact.import.{self.kind}"]._execute(self, plan)

    def _sha256(self):
        return hashlib.sha256(self._content()).hexdigest()

    def _import_at_once(self, reach):
        """Preview and, if nothing speaks against it, apply in one go, comparing only
        once: for runs that nobody watches.

        :return: what a person has to look at before it is applied, as sentences: then
            the job stays at its preview. None where it was applied
        """
        if self._lock_for_apply() == "applied":
            return None
        plan = self._show(reach)
        reasons = self._stop_reasons()
        if not reasons:
            try:
                self._check_plan(plan)
            except UserError as problem:
                reasons = [str(problem)]
        if reasons:
            return reasons
        self._finish(plan)
        return None

    def _result_text(self, plan):
        unmapped = plan.payload.get("unmapped")
        texts = [
            self.env._(
                "%(new)s new, %(changed)s changed, %(withdrawn)s withdrawn, "
                "%(unchanged)s unchanged, %(rejected)s rejected.",
                **{n: plan.counts.get(n, 0) for n, _label in OPERATIONS},
            )
        ]
        if unmapped:
            texts.append(
                self.env._(
                    "Kept as unverified until somebody says what they mean: %(codes)s. "
                    "An administrator finds them among the attendance codes.",
                    codes=", ".join(unmapped),
                )
            )
        if plan.counts.get("conflict"):
            texts.append(
                self.env._(
                    "%(count)s to decide: what staff changed here stays until somebody "
                    "decides in Students > Conflicts.",
                    count=plan.counts["conflict"],
                )
            )
        texts += [f"{text} ({count})" for text, count in plan.warnings.items()]
        return "\n".join(texts)

    def _names_schools(self):
        return "school" in self.column_ids.field_id.mapped("code")

    def _remember(self):
        """Keep the mapping for the next file. Who imports may add what no profile
        knew yet; coordinators and administrators also change what it knew."""
        may_change = self.env.user.has_group(
            "pact_truancy.group_pact_coordinator"
        ) or self.env.user.has_group("pact_truancy.group_pact_administrator")
        profile = self.profile_id
        columns = [
            {"header": c.header, "sequence": c.sequence, "field_id": c.field_id.id}
            for c in self.column_ids
        ]
        if not profile:
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            covered = []
            if self.kind == "attendance" and not self._names_schools():
                covered = self.school_ids.ids
            profile = profile.create(
                {
                    **self._settings_values(),
                    "name": f"{self.source_id.name}: {kinds[self.kind]}",
                    "kind": self.kind,
                    "source_id": self.source_id.id,
                    "column_ids": [(0, 0, values) for values in columns],
                    "school_ids": [(6, 0, covered)],
                }
            )
            self.profile_id = profile
        elif may_change:
            profile.write(self._settings_values())
            kept = {c.header: (c.sequence, c.field_id.id) for c in profile.column_ids}
            new = {c["header"]: (c["sequence"], c["field_id"]) for c in columns}
            if kept != new:
                profile.column_ids.unlink()
                profile.column_ids = [(0, 0, values) for values in columns]
        known = {line.value: line for line in profile.code_ids}
        profile.code_ids = [
            (0, 0, {"value": line.value, "code_id": line.code_id.id})
            for line in self.code_ids
            if line.value not in known
        ]
        for line in self.code_ids:
            held = known.get(line.value)
            if held and held.code_id != line.code_id:
                if may_change or not held.code_id:
                    held.code_id = line.code_id
