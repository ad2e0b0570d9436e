from odoo import api, fields, models
from odoo.exceptions import UserError

# Fewer rows than this never stop an import: in a school of three rows each is a third.
FEW = 10
# Who may apply an import that stopped, for schools where they have that role.
OVERRIDE_ROLES = ("school_admin", "coordinator")


class PactImportJob(models.Model):
    """An import that would withdraw or change much of what the system sent before, or
    that replaces days of students whom it names by unknown numbers, stops and asks: it
    may be the wrong file, or half of one."""

    _inherit = "pact.import.job"

    held_count = fields.Integer(
        string="Sent Before",
        readonly=True,
        help="Absences that this system sent before for these schools and dates.",
    )
    explained_count = fields.Integer(
        string="Explained Since",
        readonly=True,
        help="Changed rows that were unverified: that a school learns the reason of an "
        "absence is the normal course, and never stops an import.",
    )
    unknown_count = fields.Integer(string="Rows of Unknown Students", readonly=True)
    stop_text = fields.Text(string="Why It Stops", compute="_compute_stop_text")
    can_override = fields.Boolean(compute="_compute_can_override")
    can_change = fields.Boolean(compute="_compute_can_override")
    override_fingerprint = fields.Char(readonly=True, copy=False)
    override_by_id = fields.Many2one(
        "res.users",
        string="Applied Nevertheless by",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    override_reason = fields.Char(readonly=True, copy=False)

    @api.depends(
        "state", "held_count", "unknown_count", "explained_count", "changed_count",
        "conflict_count", "withdrawn_count", "row_count", "mode",
        "profile_id.stop_percent",
    )  # fmt: skip
    def _compute_stop_text(self):
        for job in self:
            asks = job.state == "preview"
            job.stop_text = "\n".join(job._limit_reasons()) if asks else False

    def _stop_percent(self):
        """Return the share (in percent) above which this import stops; the profile's,
        else the setting's."""
        self.ensure_one()
        parameter = self.env["ir.config_parameter"].sudo().get_param
        default = int(parameter("pact_truancy.import_stop_percent", 5))
        return self.profile_id.stop_percent if self.profile_id else default

    def _limit_reasons(self):
        """Return why the previewed difference is not applied without a person who
        answers for it, as sentences."""
        self.ensure_one()
        if self.kind != "attendance" or self.undo_of_id:
            return []
        percent = self._stop_percent()
        reasons = []
        changed = self.changed_count + self.conflict_count - self.explained_count
        touched = self.withdrawn_count + changed
        if touched > FEW and touched * 100 > percent * self.held_count:
            reasons.append(
                self.env._(
                    "Of %(held)s absences that this system sent before for these "
                    "schools and dates, %(withdrawn)s would be withdrawn and "
                    "%(changed)s changed: more than %(percent)s %%. Is it the right "
                    "file, and all of it?",
                    held=self.held_count,
                    withdrawn=self.withdrawn_count,
                    changed=changed,
                    percent=percent,
                )
            )
        unknown = self.unknown_count
        if (
            self.mode == "replace"
            and unknown > FEW
            and unknown * 100 > percent * self.row_count
        ):
            reasons.append(
                self.env._(
                    "%(unknown)s of %(rows)s rows name students whose numbers are not "
                    "known. The file replaces what was sent before, so the days of "
                    "these students would be withdrawn. Import the students first, or "
                    "look whether the numbers are written in another way.",
                    unknown=unknown,
                    rows=self.row_count,
                )
            )
        return reasons

    def _count_values(self, plan):
        values = super()._count_values(plan)
        values["held_count"] = plan.payload.get("held", 0)
        values["explained_count"] = plan.payload.get("explained", 0)
        values["unknown_count"] = plan.payload.get("unknown", 0)
        return values

    def _check_plan(self, plan):
        """Refuse what nobody has answered for yet."""
        result = super()._check_plan(plan)
        reasons = self._limit_reasons()
        if reasons and self.override_fingerprint != self.fingerprint:
            reasons.append(self._who_may_override())
            raise UserError("\n".join(reasons))
        return result

    def _who_may_override(self):
        return self.env._(
            "Nothing was written. A coordinator of all its schools can apply it "
            "nevertheless, with a reason; a school administrator, too, who brings in "
            "the file."
        )

    def _may_override(self):
        """Return whether the current user may apply this import although it stops:
        school administrator or coordinator of each of its schools."""
        self.ensure_one()
        if self.env.su:
            return False
        now = fields.Datetime.now()
        # sudo: the user's own rows of the access table, all schools of the import
        rows = (
            self.env["pact.access"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("role", "in", OVERRIDE_ROLES),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                ]
            )
        )
        schools = self.sudo().school_ids
        return bool(schools) and schools <= rows.school_id

    @api.depends_context("uid")
    @api.depends("school_ids")
    def _compute_can_override(self):
        for job in self:
            job.can_override = job._may_override()
            job.can_change = job.has_access("write")

    def action_ask_override(self):
        """Open the question for the reason.

        :raise UserError: the user may not answer for all the schools
        """
        self.ensure_one()
        self.check_access("read")
        if not self._may_override():
            raise UserError(self._who_may_override())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply Nevertheless"),
            "res_model": "pact.import.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_job_id": self.id},
        }

    def _as_previewed(self):
        """Return the import with the rights that its difference was made with."""
        return self.with_user(self.create_uid)

    def _override(self, reason):
        """Apply although it stops; the reason stays with the import. The difference is
        the one that was previewed, so it is made with the same reach."""
        self.ensure_one()
        self.check_access("read")
        if not self._may_override():
            raise UserError(self._who_may_override())
        job = self.sudo()
        reach = job._as_previewed()._check_ready()
        job.write(
            {
                "override_fingerprint": job.fingerprint,
                "override_by_id": self.env.uid,
                "override_reason": reason,
            }
        )
        job._apply(reach)
