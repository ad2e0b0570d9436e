from odoo import api, fields, models
from odoo.tools import SQL


class PactAttendanceReceived(models.Model):
    _inherit = "pact.attendance.received"

    job_id = fields.Many2one(
        "pact.import.job",
        string="Import",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The import that brought the day first: undone, it takes the day back.",
    )

    @api.model
    def _undecided(self):
        """Rejected rows of attendance files that nobody decided on: of the day and
        school that they name, else of all that their file covers."""
        self.env["pact.import.row"].flush_model()
        self.env["pact.import.job"].flush_model()
        schools = self.env["pact.import.job"]._fields["school_ids"]
        return SQL(
            """%(before)s UNION ALL
               SELECT COALESCE(r.school_id, c.school_id),
                      COALESCE(r.date, j.date_from), COALESCE(r.date, j.date_to)
                 FROM pact_import_row r
                 JOIN pact_import_job j ON j.id = r.job_id AND j.state = 'applied'
                  AND j.kind = 'attendance'
                 LEFT JOIN (SELECT %(job)s AS job_id, %(school)s AS school_id
                              FROM %(schools)s) c
                   ON c.job_id = j.id AND r.school_id IS NULL
                WHERE r.decision = 'open'""",
            before=super()._undecided(),
            job=SQL.identifier(schools.column1),
            school=SQL.identifier(schools.column2),
            schools=SQL.identifier(schools.relation),
        )
