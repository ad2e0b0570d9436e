from odoo import fields, models
from odoo.tools import SQL

OPERATIONS = [
    ("new", "New"),
    ("changed", "Changed"),
    ("conflict", "To Decide"),
    ("unchanged", "Unchanged"),
    ("withdrawn", "Withdrawn"),
    ("rejected", "Rejected"),
    ("left", "Left as It Is"),
]


class PactImportRow(models.Model):
    """One row of a file, and what an import would do with it.

    A rejected row stays `open` until a person dismisses it or a later file brings the
    same row and it is taken. `date` and `school_id` say what it speaks of, as far as it
    can be told: no school means any of the import's, no date means any of its days. So
    attendance is not complete there while rows of an applied import are open.
    """

    _name = "pact.import.row"
    _description = "Row of an Import"
    _order = "job_id, line, id"
    _rec_name = "label"

    job_id = fields.Many2one(
        "pact.import.job", required=True, readonly=True, ondelete="cascade"
    )
    operation = fields.Selection(OPERATIONS, required=True, readonly=True)
    line = fields.Integer(readonly=True, aggregator=None)
    label = fields.Char(string="Row", readonly=True)
    problem = fields.Char(string="Reason", readonly=True)
    before = fields.Char(readonly=True)
    after = fields.Char(readonly=True)
    date = fields.Date(string="Day", readonly=True)
    school_id = fields.Many2one("pact.school", readonly=True, ondelete="cascade")
    student_number = fields.Char(readonly=True)
    decision = fields.Selection(
        [("open", "Open"), ("dismissed", "Dismissed"), ("solved", "Solved")],
        readonly=True,
        help="Open: nobody said yet what becomes of the row. Solved: a later file "
        "brought it again, and it was taken.",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)
    decision_reason = fields.Char(string="Why", readonly=True)

    _job_idx = models.Index("(job_id, operation, line)")
    _open_idx = models.Index("(school_id, date) WHERE decision = 'open'")

    def _decide(self, decision, reason=None):
        """Close the open rows among these. Returns those that it closed."""
        rows = self.filtered(lambda row: row.decision == "open")
        rows.write(
            {
                "decision": decision,
                "decision_reason": reason,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        return rows

    def _place(self, places):
        """Note what rejected rows speak of; they are open from now on.

        :param places: {line: (date or None, school id or None, student number or None)}
        """
        if not self:
            return
        lines = list(places)
        dates, schools, numbers = (
            zip(*places.values(), strict=True)
            if places
            else (
                (),
                (),
                (),
            )
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE pact_import_row r
                      SET decision = 'open', date = p.date, school_id = p.school_id,
                          student_number = p.number
                     FROM (SELECT r2.id, t.date, t.school_id, t.number
                             FROM pact_import_row r2
                             LEFT JOIN unnest(%s::integer[], %s::date[], %s::integer[],
                                              %s::text[])
                                       t (line, date, school_id, number)
                               ON t.line = r2.line
                            WHERE r2.id = ANY(%s)) p
                    WHERE p.id = r.id""",
                lines,
                list(dates),
                list(schools),
                list(numbers),
                self.ids,
            )
        )
        self.invalidate_recordset()
