from odoo import api, fields, models
from odoo.tools import SQL


class PactStudent(models.Model):
    _inherit = "pact.student"

    standing = fields.Char(
        compute="_compute_standing",
        string="Flag or Step",
        help="The step of the open case, or the program whose rules found the student.",
    )

    @api.depends_context("uid", "lang")
    def _compute_standing(self):
        """Return in a few words where each student stands; two queries for any number.
        Who may see neither flags nor cases sees nothing."""
        words = {student: [] for student in self._origin}
        cases, flags = self.env["pact.case"], self.env["pact.flag"]
        mine = [("student_id", "in", self._origin.ids)]
        if cases.has_access("read"):
            for case in cases.search([*mine, ("is_open", "=", True)]):
                words[case.student_id].append(
                    self.env._(
                        "%(program)s: %(step)s",
                        program=case.program_id.code,
                        step=case.step_id.name,
                    )
                )
        if flags.has_access("read"):
            for flag in flags.search([*mine, ("state", "=", "open")]):
                words[flag.student_id].append(
                    self.env._("%(program)s: flag", program=flag.program_id.code)
                )
        for student in self:
            student.standing = ", ".join(words.get(student._origin, [])) or False

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
