from odoo import fields, models
from odoo.exceptions import UserError


class PactImportCode(models.Model):
    """A code as a file writes it and what it is here; of a job, or remembered in a
    profile."""

    _name = "pact.import.code"
    _description = "Code of a File"
    # as listed: those that nobody mapped come first
    _order = "id"
    _rec_name = "value"

    profile_id = fields.Many2one(
        "pact.import.profile", ondelete="cascade", index="btree_not_null"
    )
    job_id = fields.Many2one(
        "pact.import.job", ondelete="cascade", index="btree_not_null"
    )
    value = fields.Char(string="Code in the File", required=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    code_id = fields.Many2one(
        "pact.attendance.code",
        string="Means",
        ondelete="restrict",
        help="Left empty, the code is kept as it is and counts as an unverified "
        "absence until somebody says what it means.",
    )

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(profile_id, job_id) = 1)",
        "A code belongs to one profile or to one import.",
    )
    _once_profile = models.UniqueIndex(
        "(profile_id, value) WHERE profile_id IS NOT NULL",
        "The profile has this code already.",
    )

    def write(self, vals):
        applied = self.job_id.filtered(lambda job: job.state == "applied")
        if applied and not self.env.su:
            raise UserError(
                self.env._("%(job)s was applied already.", job=applied[0].name)
            )
        return super().write(vals)
