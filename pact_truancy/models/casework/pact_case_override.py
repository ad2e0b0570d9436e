import logging

from odoo import fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError

from .pact_case import GATE


class PactCase(models.Model):
    """What a coordinator of the case's school decides against the gate: going on
    without what is missing, and taking a step back, each with a reason."""

    _inherit = "pact.case"

    # -- going on nevertheless ---------------------------------------------------------

    def _may_override(self, unmet, reason):
        return (
            reason
            and all(line.is_overridable for line in unmet)
            and self._is_coordinator()
        )

    def _offer_override(self, unmet, refusal):
        """Show a coordinator who may go on nevertheless the way to the reason, beside
        what is missing. Code that runs as superuser is nobody to ask.

        :raise RedirectWarning: `refusal` and the dialog that asks why
        """
        if self.env.su or not self._may_override(unmet, True):
            return
        offer = RedirectWarning(
            refusal,
            self.env.ref("pact_truancy.pact_case_override_action").id,
            self.env._("Go on Nevertheless ..."),
            {"default_case_id": self.id, "pact_reload": True},
        )
        # no error of the server: else Odoo logs each refused drop with a traceback
        offer.loglevel = logging.INFO
        raise offer

    def _is_coordinator(self):
        """Return whether the user is a coordinator of the case's school."""
        return self._has_role(("coordinator",))

    def _has_role(self, roles):
        """Return whether the user has one of `roles` at the case's school: roles never
        add up across schools."""
        self.ensure_one()
        if self.env.su:
            return True
        now = fields.Datetime.now()
        # sudo: one's own rights
        return bool(
            self.env["pact.access"]
            .sudo()
            .search_count(
                [
                    ("user_id", "=", self.env.uid),
                    ("school_id", "=", self.school_id.id),
                    ("role", "in", roles),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                ],
                limit=1,
            )
        )

    def action_override(self, reason):
        """Move the case into its next step without what may be overridden.

        :raise AccessError: for anybody but a coordinator
        :raise UserError: without a reason; names what may not be overridden
        """
        self.ensure_one()
        self.check_access("write")
        if not self._is_coordinator():
            raise AccessError(
                self.env._("Only a coordinator goes on without what is missing.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the step is taken nevertheless."))
        following = self._following_step()
        if not following:
            raise UserError(
                self.env._("%(case)s is in the last step.", case=self.display_name)
            )
        self._advance(following, reason)
        return True

    def action_ask_override(self):
        """Ask why the next step is taken nevertheless."""
        return self._ask_reason("override", self.env._("Go on Nevertheless"))

    def action_ask_void_step(self):
        """Ask why the last step is taken back."""
        return self._ask_reason("void", self.env._("Take Back the Last Step"))

    def _ask_reason(self, decision, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "pact.case.reason",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_case_id": self.id,
                "default_decision": decision,
                "dialog_size": "medium",
            },
        }

    # -- the way back ------------------------------------------------------------------

    def action_void_step(self, reason):
        """A coordinator takes the last step back, with a reason: the row stays, struck
        through, and counts for no gate.

        :raise AccessError: for anybody but a coordinator
        :raise UserError: without a reason, on a closed case, on its only step
        """
        self.ensure_one()
        self.check_access("write")
        if not self._is_coordinator():
            raise AccessError(self.env._("Only a coordinator takes a step back."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the step is taken back."))
        self.lock_for_update()
        self.invalidate_recordset(["step_id", "is_open", "date_step"])
        if not self.is_open:
            raise UserError(self.env._("The case is closed."))
        # sudo: history is written by code alone
        rows_sudo = self.sudo().step_history_ids.filtered(
            lambda row: not row.voided_on and row.round == self.round
        )
        rows_sudo = rows_sudo.sorted("id")
        if len(rows_sudo) < 2:
            raise UserError(
                self.env._(
                    "The case has taken no other step. Close it as 'Opened by mistake' "
                    "instead."
                )
            )
        self._void_step(rows_sudo[-1], reason.strip())
        before = rows_sudo[-2]
        self.with_context(pact_gate=GATE).write(
            {"step_id": before.step_id.id, "date_step": before.date}
        )
        return True

    def _void_step(self, row, reason):
        """Strike `row` through. Later rooms extend this: drafts are canceled."""
        row.with_context(pact_gate=GATE).write(
            {
                "void_reason": reason,
                "voided_by_id": self.env.uid,
                "voided_on": fields.Datetime.now(),
            }
        )
