from odoo import models
from odoo.tools import SQL


class PactStudent(models.Model):
    _inherit = "pact.student"

    def _merge_into(self, survivor):
        """Where both have an open flag for one step, the merged record's is over: the
        other one asks the same question."""
        self.env["pact.flag"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE pact_flag f SET state = 'gone'
                     FROM pact_flag o
                    WHERE f.student_id = %s AND o.student_id = %s
                      AND o.program_id = f.program_id AND o.step_id = f.step_id
                      AND f.state IN ('open', 'snoozed')
                      AND o.state IN ('open', 'snoozed')""",
                self.id,
                survivor.id,
            )
        )
        self.env["pact.flag"].invalidate_model(["state"])
        return super()._merge_into(survivor)
