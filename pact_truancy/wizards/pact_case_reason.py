from odoo import api, fields, models


class PactCaseReason(models.TransientModel):
    """Asks why: a step is taken without what is missing or taken back (coordinators),
    a case goes on the caseload or comes off it."""

    _name = "pact.case.reason"
    _description = "A Decision on a Case"

    case_id = fields.Many2one("pact.case", required=True, ondelete="cascade")
    decision = fields.Selection(
        [
            ("override", "Go on nevertheless"),
            ("void", "Take back the last step"),
            ("on", "Place on caseload"),
            ("off", "Take off the caseload"),
        ],
        required=True,
    )
    what = fields.Text(compute="_compute_what")
    reason = fields.Char(required=True)

    @api.depends("case_id", "decision")
    def _compute_what(self):
        for wizard in self:
            case = wizard.case_id
            if wizard.decision == "void":
                wizard.what = self.env._(
                    "'%(step)s' stays in the history, struck through, and counts for "
                    "nothing. Its drafts are withdrawn.",
                    step=case.step_id.name,
                )
                continue
            if wizard.decision != "override":
                wizard.what = False
                continue
            missing = [line for line in case.next_checklist or [] if not line["met"]]
            fixed = [line for line in missing if not line["is_overridable"]]
            texts = [f"- {line['refusal']}" for line in missing if line not in fixed]
            if fixed:
                texts.append(
                    self.env._("Nobody may go on without this, whatever the reason:")
                )
                texts += [f"- {line['refusal']}" for line in fixed]
            wizard.what = "\n".join(texts)

    def action_decide(self):
        """Do it, for the reason given.

        :raise UserError: names what may not be overridden
        """
        self.ensure_one()
        case = self.case_id
        decide = {
            "override": case.action_override,
            "void": case.action_void_step,
            "on": case.action_place_on_caseload,
            "off": case.action_take_off_caseload,
        }
        decide[self.decision](self.reason)
        if self.env.context.get("pact_reload"):
            # opened from a refusal: the board behind it does not know of the step
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        return {"type": "ir.actions.act_window_close"}
