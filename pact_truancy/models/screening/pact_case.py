from odoo import api, fields, models


class PactCase(models.Model):
    """The flags that opened a case."""

    _inherit = "pact.case"

    flag_ids = fields.One2many("pact.flag", "case_id", string="Flags")

    @api.model
    def _take_over(self, rows, day):
        """Flags that were raised before their case was known are settled with it: to
        confirm them would say that it began today."""
        cases = super()._take_over(rows, day)
        # sudo: the flags of cases whose takeover was allowed
        flags_sudo = (
            self.env["pact.flag"]
            .sudo()
            .search(
                [
                    ("student_id", "in", cases.student_id.ids),
                    ("program_id", "in", cases.program_id.ids),
                    ("step_id.is_rung", "=", True),
                    ("state", "in", ("open", "snoozed")),
                ]
            )
        )
        case_of = {(case.student_id.id, case.program_id.id): case for case in cases}
        for flag in flags_sudo:
            case = case_of.get((flag.student_id.id, flag.program_id.id))
            if case:
                flag._known_before(case)
        return cases
