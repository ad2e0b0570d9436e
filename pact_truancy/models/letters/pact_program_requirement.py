from odoo import fields, models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer

OPEN = "action_open_letters"


class PactProgramRequirement(models.Model):
    """Notice before the next step: due process (R53-10, SOP-15, R21-09)."""

    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[("letter", "The notice of the present step was sent")],
        ondelete={"letter": "cascade"},
    )

    def _sentence_letter(self):
        return self.env._("The notice of the present step was sent")

    def _check_requirement_letter(self, cases, day):
        """A letter of each kind that goes out in the present step was sent since the
        case came into it, or before the case and stands for it (`_adopt`); one query
        for all cases."""
        self.ensure_one()
        # sudo: a gate does not depend on who asks
        cases_sudo = cases.sudo()
        # started by hand is no notice of the step; the order's letter is one
        kinds = cases_sudo.step_id.letter_kind_ids.filtered(
            lambda kind: kind.draft_on_entry or kind.is_order
        )
        letters_sudo = (
            self.env["pact.letter"]
            .sudo()
            .search(
                [
                    ("case_id", "in", cases.ids),
                    ("kind_id", "in", kinds.ids),
                    ("state", "=", "sent"),
                    ("date_sent", "<=", day),
                ],
                order="date_sent, id",
            )
        )
        by_case = letters_sudo.grouped("case_id")
        return {
            case.id: self._notice_answer(
                case,
                kinds.filtered(lambda kind, case=case: kind.step_id == case.step_id),
                by_case.get(case, letters_sudo.browse()).filtered(
                    lambda letter, case=case: (
                        letter.date_sent >= case.date_step
                        or letter.case_step_id.step_id == case.step_id
                        and letter.round == case.round
                        and not letter.case_step_id.voided_on
                    )
                ),
            )
            for case in cases_sudo
        }

    def _notice_answer(self, case, kinds, letters):
        if not kinds:
            return Answer(
                False,
                self.env._(
                    "'%(step)s' has no kind of letter. An administrator adds one under "
                    "Configuration, Kinds of letters.",
                    step=case.step_id.with_env(self.env).name,
                ),
            )
        missing = kinds - letters.kind_id
        if missing:
            names = ", ".join(missing.with_env(self.env).mapped("name"))
            return Answer(
                False,
                self.env._("%(letters)s: not sent yet", letters=names),
                button=OPEN,
            )
        return Answer(
            True,
            self.env._(", ").join(
                self.env._(
                    "%(letter)s: sent on %(day)s",
                    letter=letter.kind_id.with_env(self.env).name,
                    day=short_date(self.env, letter.date_sent),
                )
                for letter in letters
            ),
            proof=tuple((letter._name, letter.id) for letter in letters),
        )
