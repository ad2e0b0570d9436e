from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

AT_ONCE = 50


class PactImportJob(models.Model):
    """What is dropped of old imports: files and rows are children's data, and are kept
    no longer than somebody may want to look. Result and counts stay."""

    _inherit = "pact.import.job"

    file_dropped_on = fields.Datetime(
        string="Content Removed On", readonly=True, copy=False
    )

    @api.autovacuum
    def _gc_files(self):
        """Drop the content of imports that nobody touched for the days that the setting
        says (0: never). Rejected rows that wait for a decision stay, and so does a file
        that waits for a person."""
        parameter = self.env["ir.config_parameter"].sudo().get_param
        days = int(parameter("pact_truancy.import_keep_days", 30))
        if not days:
            return None
        now = fields.Datetime.now()
        domain = [
            ("file_dropped_on", "=", False),
            ("write_date", "<", now - timedelta(days=days)),
            "|",
            ("run_state", "=", False),
            ("run_state", "in", ("done", "refused")),
        ]
        jobs = self.search(domain, limit=AT_ONCE, order="id")
        rows = self.env["pact.import.row"].search(
            [("job_id", "in", jobs.ids), ("decision", "!=", "open")]
        )
        rows.unlink()
        jobs.column_ids.write({"sample": False})
        for is_read, group in jobs.grouped("is_read").items():
            # `is_read` is given so that the job does not begin anew
            group.write({"file": False, "is_read": is_read, "file_dropped_on": now})
        return len(jobs), len(jobs) == AT_ONCE

    def _file_table(self):
        if self.file_dropped_on and not self.file:
            raise UserError(
                self.env._(
                    "The content of this file was removed on %(day)s, as that of all "
                    "old files is.",
                    day=self.file_dropped_on.date(),
                )
            )
        return super()._file_table()
