from odoo import fields, models

from ..facts.words import short_date
from ..metrics.specs import is_rate


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

    def _last_notices(self, run, step, student_ids):
        """Letters of the step that went out without a flag count too: those taken over
        from another program are not sent a second time. What was counted then is read
        as of the day on which they were sent, one statement a day."""
        last = super()._last_notices(run, step, student_ids)
        kinds = step.with_context(active_test=False).letter_kind_ids
        domain = [
            ("kind_id", "in", kinds.ids),
            ("flag_id", "=", False),
            ("state", "!=", "canceled"),
            ("student_id", "in", student_ids),
        ]
        year_start = self._year_start(run.day)
        if year_start:
            domain.append(("day", ">=", year_start))
        letters = self.env["pact.letter"].search(domain) if kinds else kinds
        program, spec = run.program_id, step._criterion_groups()[0][0]._spec()
        for day, sent in letters.grouped(lambda one: one.date_sent or one.day).items():
            students = sent.student_id
            values = self.env["pact.metrics"]._read(
                students,
                day,
                [spec],
                program._counting(),
                program._starts(students, day),
            )
            for student in students:
                value = values.get(student.id, {}).get(spec) or 0
                if is_rate(spec):
                    value = value[0] if value else 0
                last[student.id] = max(value, last.get(student.id, value))
        return last
