from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .layout import SHEETS
from .pact_takeover_row import OPERATIONS

SERVER_FIELDS = {
    "state", "applied_by_id", "applied_on", "result", "row_ids",
    *(f"{operation}_count" for operation, _label in OPERATIONS),
}  # fmt: skip


class PactTakeover(models.Model):
    """A running year that is taken over from former records by one workbook: cases,
    letters, interventions, referrals, orders, totals. First as a preview, then all good
    rows at once; the same file again finds everything known and writes nothing.

    What came this way is marked 'before our records' and satisfies gates and waiting
    times. No letter is drafted or sent. The workbook holds children's data: it is seen
    by who made the record and by coordinators of all its schools.
    """

    _name = "pact.takeover"
    _description = "Taking Over a Running Year"
    _order = "id desc"

    name = fields.Char(compute="_compute_name", store=True)
    state = fields.Selection(
        [("file", "File"), ("preview", "Preview"), ("applied", "Taken Over")],
        required=True,
        default="file",
        readonly=True,
        copy=False,
        index=True,
    )
    source_id = fields.Many2one(
        "pact.source",
        string="Information System",
        required=True,
        ondelete="restrict",
        default=lambda self: self._default_source(),
        domain="[('id', 'in', allowed_source_ids)]",
        help="Whose student numbers stand in the workbook.",
    )
    allowed_source_ids = fields.Many2many(
        "pact.source", compute="_compute_allowed_source_ids"
    )
    file = fields.Binary(string="Workbook", attachment=True, copy=False)
    file_name = fields.Char()
    school_ids = fields.Many2many(
        "pact.school", string="Schools", readonly=True, copy=False
    )
    row_ids = fields.One2many("pact.takeover.row", "takeover_id", string="Rows")
    new_count = fields.Integer(string="Good", readonly=True, copy=False)
    known_count = fields.Integer(string="Known", readonly=True, copy=False)
    rejected_count = fields.Integer(string="Rejected", readonly=True, copy=False)
    applied_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    applied_on = fields.Datetime(readonly=True, copy=False)
    result = fields.Char(readonly=True, copy=False)

    @api.depends("file_name", "create_date")
    def _compute_name(self):
        # stored, so in the office's time and not in the reader's
        office = self.with_context(tz=self.env["pact.clock"]._office_tz())
        for takeover in self:
            moment = fields.Datetime.context_timestamp(
                office, takeover.create_date or fields.Datetime.now()
            )
            parts = (takeover.file_name, moment.strftime("%Y-%m-%d %H:%M"))
            takeover.name = ", ".join(filter(None, parts))

    @api.model
    def _default_source(self):
        return self.env["pact.import.job"]._default_source() or self._sources()[:1]

    @api.model
    def _sources(self):
        return self.env["pact.import.job"]._offered_sources()

    @api.depends_context("uid")
    def _compute_allowed_source_ids(self):
        sources = self._sources()
        for takeover in self:
            takeover.allowed_source_ids = sources

    @api.model_create_multi
    def create(self, vals_list):
        self._check_server_fields(*vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            # the schools are those of the rows: named by hand, they would show the
            # children of one school to who coordinates another
            self._check_server_fields(vals)
            if "school_ids" in vals:
                self._check_server_fields(dict.fromkeys(SERVER_FIELDS))
            if self.filtered(lambda one: one.state == "applied"):
                raise UserError(self.env._("This was taken over already: it stays."))
        result = super().write(vals)
        if {"file", "source_id"} & vals.keys():
            # what was read of another file is over
            self._forget()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        if self.filtered(lambda one: one.state == "applied"):
            raise UserError(self.env._("What was taken over stays on record."))

    @api.model
    def _check_server_fields(self, *vals_list):
        named = set().union(*vals_list) & SERVER_FIELDS
        if named and not self.env.su:
            raise AccessError(self.env._("These fields are set by the app itself."))

    def _forget(self):
        # sudo: only the app sets these
        own_sudo = self.sudo()
        own_sudo.row_ids.unlink()
        own_sudo.write(
            {
                "state": "file",
                "school_ids": [(5,)],
                **{f"{operation}_count": 0 for operation, _label in OPERATIONS},
            }
        )

    # -- what a person does ------------------------------------------------------------

    def action_preview(self):
        """Read the workbook and say of each row what taking it over would do; writes
        nothing else.

        :raise UserError: the file, a sheet or a column cannot be read at all
        """
        self.ensure_one()
        self.check_access("write")
        self._refuse_applied()
        self._keep(self._plan(self.env["pact.clock"]._today()))
        return True

    def action_apply(self):
        """Take over all good rows, in one transaction. Where something changed since
        the preview, only the preview is made anew.

        :raise UserError: without a preview, or when there is nothing to take over
        """
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        self._refuse_applied()
        if self.state != "preview":
            raise UserError(self.env._("Look at the preview first."))
        self._one_at_a_time()
        day = self.env["pact.clock"]._today()
        plan = self._plan(day)
        if plan._outcome() != self.sudo().row_ids._outcome():
            self._keep(plan)
            return self._tell(
                self.env._(
                    "Something changed since the preview. Look at it again, then take "
                    "over."
                ),
                "warning",
            )
        if not self.new_count:
            raise UserError(
                self.env._("There is nothing to take over: no row is new and good.")
            )
        result = ", ".join(plan._carry_out(day))
        # sudo: only the app sets these
        self.sudo().write(
            {
                "state": "applied",
                "applied_by_id": self.env.uid,
                "applied_on": fields.Datetime.now(),
                "result": result,
            }
        )
        return self._tell(result, "success")

    def _refuse_applied(self):
        if self.state == "applied":
            raise UserError(self.env._("This was taken over already: it stays."))

    def _one_at_a_time(self):
        """Two people who take over the same rows at once: the second one's transaction
        cannot see what the first wrote. Both change this row, so that PostgreSQL ends
        it with a serialization failure, and Odoo starts it again."""
        # the name of nothing changes; a plain lock would not end the second one
        self.env.cr.execute(
            SQL(
                "UPDATE pact_source SET write_date = write_date WHERE id = %s",
                self.source_id.id,
            )
        )

    def _keep(self, plan):
        """Keep the preview."""
        # sudo: only the app sets these
        own_sudo = self.sudo()
        own_sudo.row_ids.unlink()
        self.env["pact.takeover.row"].sudo().create(
            [
                {
                    "takeover_id": self.id,
                    "sheet": entry.row.sheet,
                    "line": entry.row.line,
                    "label": entry.label,
                    "operation": entry.operation,
                    "problem": entry.problem,
                }
                for entry in plan.entries
            ]
        )
        own_sudo.write(
            {
                "state": "preview",
                "school_ids": [(6, 0, sorted(plan.school_ids))],
                **{
                    f"{operation}_count": sum(
                        entry.operation == operation for entry in plan.entries
                    )
                    for operation, _label in OPERATIONS
                },
            }
        )

    def _tell(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- pages -------------------------------------------------------------------------

    def action_open_rows(self):
        """Open the rows of one of the numbers (`operation` in the context)."""
        self.ensure_one()
        self.check_access("read")
        operation = self.env.context.get("operation")
        labels = dict(
            self.env["pact.takeover.row"]
            ._fields["operation"]
            ._description_selection(self.env)
        )
        return {
            "type": "ir.actions.act_window",
            "name": labels.get(operation, self.env._("Rows")),
            "res_model": "pact.takeover.row",
            "view_mode": "list",
            "domain": [("takeover_id", "=", self.id), ("operation", "=", operation)],
            "context": {"create": False, "edit": False, "delete": False},
        }

    @api.model
    def action_template(self):
        """Download the empty workbook; whoever may take over may have it."""
        self.browse().check_access("create")
        return {
            "type": "ir.actions.act_url",
            "url": "/pact/takeover/template.xlsx",
            "target": "self",
        }

    def action_download_rejected(self):
        """Download the rejected rows as a workbook that can be corrected and read
        again."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/pact/takeover/{self.id}/rejected.xlsx",
            "target": "self",
        }

    @api.model
    def _sheets(self):
        """Return the sheets that can be taken over."""
        return SHEETS
