from odoo import api, fields, models
from odoo.exceptions import UserError


class PactImportColumn(models.Model):
    """A column of a file and what it means; of a job, or remembered in a profile."""

    _name = "pact.import.column"
    _description = "Column of a File"
    _order = "sequence, id"
    _rec_name = "header"

    profile_id = fields.Many2one(
        "pact.import.profile", ondelete="cascade", index="btree_not_null"
    )
    job_id = fields.Many2one(
        "pact.import.job", ondelete="cascade", index="btree_not_null"
    )
    kind = fields.Selection(
        selection=lambda self: (
            self.env["pact.import.field"]
            ._fields["kind"]
            ._description_selection(self.env)
        ),
        compute="_compute_kind",
    )
    sequence = fields.Integer(default=10)
    header = fields.Char(string="Column in the File", required=True)
    sample = fields.Char(string="First Values", readonly=True)
    field_id = fields.Many2one(
        "pact.import.field",
        string="Means",
        ondelete="restrict",
        domain="[('kind', '=', kind)]",
    )

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(profile_id, job_id) = 1)",
        "A column belongs to one profile or to one import.",
    )
    _once_job = models.UniqueIndex(
        "(job_id, field_id) WHERE job_id IS NOT NULL AND field_id IS NOT NULL",
        "Two columns of the file cannot mean the same.",
    )

    @api.depends("profile_id.kind", "job_id.kind")
    def _compute_kind(self):
        for column in self:
            column.kind = column.profile_id.kind or column.job_id.kind

    def write(self, vals):
        applied = self.job_id.filtered(lambda job: job.state == "applied")
        if applied and not self.env.su:
            raise UserError(
                self.env._("%(job)s was applied already.", job=applied[0].name)
            )
        return super().write(vals)
