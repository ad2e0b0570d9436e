from odoo import fields, models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer

PLAN = "action_plan_meeting"
OPEN = "action_open_meeting"


class PactProgramStep(models.Model):
    _inherit = "pact.program.step"

    meeting_kind_id = fields.Many2one(
        "pact.meeting.kind",
        string="Meeting",
        ondelete="restrict",
        help="The meeting with the family that belongs to this step.",
    )


class PactProgramRequirement(models.Model):
    """The meeting before the next step (R21-13, R21-17, R53-13)."""

    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[("meeting", "The meeting of the present step was held")],
        ondelete={"meeting": "cascade"},
    )

    def _sentence_meeting(self):
        return self.env._("The meeting of the present step was held")

    def _check_requirement_meeting(self, cases, day):
        """A meeting of the present step's kind was held since the case came into it;
        one query for all cases."""
        self.ensure_one()
        # sudo: a gate does not depend on who asks
        cases_sudo = cases.sudo()
        meetings_sudo = (
            self.env["pact.meeting"]
            .sudo()
            .search(
                [
                    ("case_id", "in", cases.ids),
                    ("kind_id", "in", cases_sudo.step_id.meeting_kind_id.ids),
                    ("state", "in", ("planned", "held")),
                    ("is_void", "!=", True),
                ],
                order="start, id",
            )
        )
        by_case = meetings_sudo.grouped("case_id")
        return {
            case.id: self._meeting_answer(
                case,
                by_case.get(case, meetings_sudo.browse()).filtered(
                    lambda meeting, case=case: (
                        meeting.kind_id == case.step_id.meeting_kind_id
                        and meeting.day >= case.date_step
                    )
                ),
                day,
            )
            for case in cases_sudo
        }

    def _meeting_answer(self, case, meetings, day):
        kind = case.step_id.meeting_kind_id.with_env(self.env)
        if not kind:
            return Answer(
                False,
                self.env._(
                    "'%(step)s' has no meeting. An administrator sets its kind in the "
                    "program's step.",
                    step=case.step_id.with_env(self.env).name,
                ),
            )
        held = meetings.filtered(
            lambda meeting: meeting.state == "held" and meeting.day <= day
        )[-1:]
        if held:
            return Answer(
                True,
                self.env._(
                    "%(kind)s: held on %(day)s",
                    kind=kind.name,
                    day=short_date(self.env, held.day),
                ),
                proof=((held._name, held.id),),
            )
        planned = meetings.filtered(lambda meeting: meeting.state == "planned")[:1]
        if planned:
            text = self.env._(
                "%(kind)s: planned for %(day)s, not held yet",
                kind=kind.name,
                day=short_date(self.env, planned.day),
            )
        else:
            text = self.env._("%(kind)s: not held yet", kind=kind.name)
        return Answer(False, text, button=OPEN if planned else PLAN)
