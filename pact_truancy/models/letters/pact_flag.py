from odoo import fields, models

from ..facts.words import short_date


class PactFlag(models.Model):
    """A confirmed flag beside the ladder drafts its letter."""

    _inherit = "pact.flag"

    letter_ids = fields.One2many("pact.letter", "flag_id", string="Letters")

    def _carry_out(self, day):
        """Draft the letters of flags beside the ladder; no case is opened (SOP-07)."""
        result = super()._carry_out(day)
        notices = self.filtered(lambda flag: flag.step_id.entry == "notice")
        # sudo: what is drafted does not depend on who confirmed
        self.env["pact.letter"].sudo()._draft_notices(notices.sudo(), day)
        return result

    def _confirmed_words(self):
        """Say also what letters were drafted, and of those that wait since when they
        may go."""
        # sudo: counts, and the days of letters that the user just asked for
        letters = self.sudo().letter_ids.filtered(lambda one: one.state == "draft")
        waiting = letters.filtered("not_before")
        ready = letters - waiting
        words = [super()._confirmed_words()] if self.case_id or not letters else []
        if len(ready) == 1:
            words.append(
                self.env._(
                    "'%(letter)s' is drafted.",
                    letter=ready.kind_id.with_env(self.env).name,
                )
            )
        elif ready:
            words.append(self.env._("%(count)s letters are drafted.", count=len(ready)))
        if len(waiting) == 1:
            words.append(waiting._wait_words())
        elif waiting:
            words.append(
                self.env._(
                    "%(count)s letters wait, the first until %(day)s; they come back "
                    "by themselves.",
                    count=len(waiting),
                    day=short_date(self.env, min(waiting.mapped("not_before"))),
                )
            )
        return " ".join(words)
