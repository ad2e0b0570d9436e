from odoo import fields, models


class PactCase(models.Model):
    """Meetings and proceedings of a case."""

    _inherit = "pact.case"

    meeting_ids = fields.One2many("pact.meeting", "case_id", string="Meetings")
    proceeding_ids = fields.One2many(
        "pact.proceeding",
        "case_id",
        string="Proceedings",
        groups="pact_truancy.group_pact_case_manager,pact_truancy.group_pact_auditor",
    )

    def action_plan_meeting(self):
        """Open the form of a new meeting of the present step's kind."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan a Meeting"),
            "res_model": "pact.meeting",
            "view_mode": "form",
            "context": {"default_case_id": self.id},
        }

    def action_open_meeting(self):
        """Open the meeting of the present step that is planned, or a new one."""
        action = self.action_plan_meeting()
        kind = self.step_id.meeting_kind_id
        planned = self.meeting_ids.filtered(
            lambda meeting: (
                meeting.state == "planned"
                and not meeting.is_void
                and meeting.kind_id == kind
            )
        )
        if planned:
            action.update(name=self.env._("Meeting"), res_id=planned[:1].id)
        return action

    def _mark_left(self, day):
        result = super()._mark_left(day)
        self._cancel_meetings()
        return result

    def _close(self, day, outcome, note=None, destination=None):
        """Meetings that were to come are canceled with their case."""
        result = super()._close(day, outcome, note, destination)
        self._cancel_meetings()
        return result

    def _cancel_meetings(self):
        # sudo: they go with their case, whoever closes it
        self.sudo().meeting_ids.filtered(
            lambda meeting: meeting.state == "planned" and not meeting.is_void
        ).write({"state": "canceled"})

    def _hand_over(self, school, day):
        """Meetings and proceedings go with the case."""
        result = super()._hand_over(school, day)
        case_sudo = self.sudo()
        case_sudo.meeting_ids.write({"school_id": school.id})
        case_sudo.proceeding_ids.write({"school_id": school.id})
        return result
