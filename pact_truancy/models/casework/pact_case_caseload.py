from odoo import fields, models
from odoo.exceptions import UserError

from .pact_case import GATE


class PactCase(models.Model):
    """The caseload: whom a case manager works with beyond the notices. A step says
    whether that is left to the manager (R53-06) or not (R53-08)."""

    _inherit = "pact.case"

    on_caseload = fields.Boolean(readonly=True, tracking=True, index=True)
    caseload_reason = fields.Char(readonly=True, tracking=True)
    caseload_choice = fields.Selection(related="step_id.caseload")

    def _log_step(self, day, snapshots, reason=None, met=None):
        """A step that leaves no choice places the case on the caseload (R53-08)."""
        rows = super()._log_step(day, snapshots, reason, met)
        placed = self.filtered(
            lambda case: case.step_id.caseload == "must" and not case.on_caseload
        )
        placed.with_context(pact_gate=GATE).write(
            {
                "on_caseload": True,
                "caseload_reason": self.env._("The step places it there."),
            }
        )
        return rows

    def action_place_on_caseload(self, reason):
        """Place cases on the caseload, with a reason (R53-06).

        :raise UserError: where the step does not leave it to the manager, without a
            reason, or on a closed case
        """
        reason = self._checked_reason(reason)
        for case in self:
            if not case.is_open:
                raise UserError(self.env._("The case is closed."))
            if case.step_id.caseload == "no":
                raise UserError(
                    self.env._(
                        "In '%(step)s' nobody is placed on the caseload.",
                        step=case.step_id.name,
                    )
                )
        self.with_context(pact_gate=GATE).write(
            {"on_caseload": True, "caseload_reason": reason}
        )
        return True

    def action_take_off_caseload(self, reason):
        """Take cases off the caseload, with a reason.

        :raise UserError: where the step keeps them there, or without a reason
        """
        reason = self._checked_reason(reason)
        for case in self:
            if case.is_open and case.step_id.caseload == "must":
                raise UserError(
                    self.env._(
                        "In '%(step)s' the student stays on the caseload.",
                        step=case.step_id.name,
                    )
                )
        self.with_context(pact_gate=GATE).write(
            {"on_caseload": False, "caseload_reason": reason}
        )
        return True

    def _checked_reason(self, reason):
        self.check_access("write")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why, in a few words."))
        return reason

    def action_ask_caseload(self):
        """Ask why the case goes on the caseload, or comes off it."""
        if self.on_caseload:
            return self._ask_reason("off", self.env._("Take off the Caseload"))
        return self._ask_reason("on", self.env._("Place on Caseload"))
