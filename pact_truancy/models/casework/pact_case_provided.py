from odoo import fields, models

from .pact_case_item import PROVIDED


class PactCase(models.Model):
    """What was provided for the case's steps."""

    _inherit = "pact.case"

    item_ids = fields.One2many("pact.case.item", "case_id", string="Provided")

    def _asked_requirements(self):
        """Return the requirements for which something may be provided now."""
        if not self.is_open:
            return self.env["pact.program.requirement"]
        return self._following_step().requirement_ids

    def action_provide(self):
        """Open the form of what the next step still asks for."""
        self.ensure_one()
        missing = self.env["pact.program.requirement"]
        circumstances = self.env["pact.student.circumstance"]
        kinds = set(PROVIDED)
        if not circumstances._reading_schools(self.school_id):
            kinds -= {"consultation"}
        day = self.env["pact.clock"]._today()
        for requirement in self.sudo()._asked_requirements():
            if requirement.kind in kinds:
                answer = requirement._answers(self, day)[requirement].get(self.id)
                if answer and not answer.met:
                    missing |= requirement
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Provide"),
            "res_model": "pact.case.item",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_case_id": self.id,
                "default_requirement_id": missing[:1].id,
            },
        }

    def _hand_over(self, school, day):
        result = super()._hand_over(school, day)
        self.sudo().item_ids.write({"school_id": school.id})
        return result
