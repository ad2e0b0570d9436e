from odoo import models
from odoo.exceptions import UserError


class PactStudent(models.Model):
    _inherit = "pact.student"

    def _explain_rules(self, program_id, day):
        """A program's number is explained by the program's counting rules."""
        if not program_id:
            return super()._explain_rules(program_id, day)
        program = self.env["pact.program"].browse(program_id).exists()
        if not program:
            raise UserError(self.env._("There is no such program."))
        program.check_access("read")
        return program._counting(), program._starts(self, day)
