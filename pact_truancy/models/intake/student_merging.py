from odoo import models
from odoo.tools import SQL


class PactStudent(models.Model):
    _inherit = "pact.student"

    def _merge_into(self, survivor):
        """What files said about the merged record, and what waits to be decided about
        it, is the survivor's; where it has its own, or the row is gone, it is over."""
        # as an import does (`_apply`): whoever comes second begins again on today's
        # facts, so no file in flight writes onto the merged record
        self.env.cr.execute(
            SQL(
                """UPDATE pact_source SET code = code WHERE id IN (
                    SELECT source_id FROM pact_student_identifier
                     WHERE student_id = ANY(%s))""",
                (self | survivor).ids,
            )
        )
        moved, dropped = super()._merge_into(survivor)
        gone = [("pact.student", self.id)]
        gone += [(model, row["id"]) for model, rows in dropped.items() for row in rows]
        cr = self.env.cr
        for table in ("pact_import_said", "pact_import_conflict"):
            same = SQL("o.source_id = t.source_id")
            if table == "pact_import_conflict":
                same = SQL(
                    """o.source_id = t.source_id AND o.field = t.field
                       AND o.state = 'open' AND t.state = 'open'"""
                )
            cr.execute(
                SQL(
                    """UPDATE %(table)s t SET res_id = %(new)s
                        WHERE t.res_model = 'pact.student' AND t.res_id = %(old)s
                          AND NOT EXISTS (
                              SELECT 1 FROM %(table)s o
                               WHERE o.res_model = 'pact.student'
                                 AND o.res_id = %(new)s AND %(same)s)""",
                    table=SQL.identifier(table),
                    new=survivor.id,
                    old=self.id,
                    same=same,
                )
            )
        for model, number in gone:
            cr.execute(
                SQL(
                    """DELETE FROM pact_import_said
                        WHERE res_model = %s AND res_id = %s""",
                    model,
                    number,
                )
            )
            cr.execute(
                SQL(
                    """UPDATE pact_import_conflict
                          SET state = 'settled', decided_on = now() AT TIME ZONE 'UTC'
                        WHERE state = 'open' AND res_model = %s AND res_id = %s""",
                    model,
                    number,
                )
            )
        self.env.invalidate_all(flush=False)
        return moved, dropped
