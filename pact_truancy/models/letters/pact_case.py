from odoo import fields, models


class PactCase(models.Model):
    _inherit = "pact.case"

    letter_ids = fields.One2many("pact.letter", "case_id", string="Letters")
    letter_count = fields.Integer(
        compute="_compute_letter_count", string="Letters Made"
    )

    def _compute_letter_count(self):
        counts = dict(
            self.env["pact.letter"]._read_group(
                [("case_id", "in", self.ids)], ["case_id"], ["__count"]
            )
        )
        for case in self:
            case.letter_count = counts.get(case, 0)

    def _log_step(self, day, snapshots, reason=None, met=None):
        """Take in the letters that came before the case, and draft those that the step
        asks for (R21-08)."""
        rows = super()._log_step(day, snapshots, reason, met)
        # sudo: what is drafted does not depend on who moved the case
        letters_sudo = self.env["pact.letter"].sudo()
        letters_sudo._adopt(rows, day)
        letters_sudo._draft(rows, day)
        return rows

    def _close(self, day, outcome, note=None, destination=None):
        """What was not sent is withdrawn with its case; a notice goes out by its own
        numbers, unless the student moved away."""
        result = super()._close(day, outcome, note, destination)
        self._withdraw_letters(
            self.env._("The case is closed."), notices=outcome == "moved"
        )
        return result

    def _void_step(self, row, reason):
        """Drafts of a step that was taken back are withdrawn."""
        result = super()._void_step(row, reason)
        self._withdraw_letters(self.env._("The step was taken back."), row)
        return result

    def _withdraw_letters(self, reason, row=None, notices=False):
        """Cancel the letters of these cases, or of one step, that have not left.

        :param notices: also those of flags beside the ladder
        """
        # sudo: they go with their case, whoever closes it
        letters_sudo = self.sudo().letter_ids.filtered(
            lambda letter: (
                letter.state in ("draft", "to_sign", "signed")
                and (not row or letter.case_step_id == row)
                and (notices or not letter.flag_id)
            )
        )
        letters_sudo._cancel(reason)

    def action_open_letters(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pact_truancy.pact_letter_action"
        )
        action["domain"] = [("case_id", "=", self.id)]
        action["context"] = {}
        return action


class PactCaseStep(models.Model):
    _inherit = "pact.case.step"

    def _is_early(self):
        """Return whether the case was opened before any threshold and stands in its
        first step still: nobody is a truant, so no letter speaks of it (R21-27)."""
        self.ensure_one()
        return (
            self.case_id.is_early
            and self.step_id == self.step_id.program_id._rungs()[:1]
        )
