from odoo import api, fields, models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer

PROVIDE = "action_provide"


class PactProgramRequirement(models.Model):
    """Documents and statements are provided on the case; data there too, where the
    referral form has no place for them."""

    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[
            ("document", "A document"),
            ("statement", "A statement of a person"),
        ],
        ondelete={"document": "cascade", "statement": "cascade"},
    )

    @api.model
    def _named_kinds(self):
        return super()._named_kinds() | {"document", "statement"}

    def _sentence_document(self):
        return self.env._("%(what)s, as a document", what=self._data_name())

    def _sentence_statement(self):
        return self.env._("%(what)s, in words", what=self._data_name())

    def _check_requirement_data(self, cases, day):
        """Met by the referral or by what was provided on the case."""
        answers = super()._check_requirement_data(cases, day)
        open_cases = cases.filtered(lambda case: not answers[case.id].met)
        if self.step_id.entry == "referral" or not open_cases:
            return answers
        return {**answers, **self._items_answers(open_cases, day)}

    def _check_requirement_document(self, cases, day):
        return self._items_answers(cases, day)

    def _check_requirement_statement(self, cases, day):
        return self._items_answers(cases, day)

    def _items_answers(self, cases, day):
        """Met by an item of this requirement that was provided since the case came
        into its present step; one query for all cases."""
        self.ensure_one()
        # sudo: a gate does not depend on who asks
        items_sudo = (
            self.env["pact.case.item"]
            .sudo()
            .search(
                [
                    ("case_id", "in", cases.ids),
                    ("requirement_id", "=", self.id),
                    ("is_void", "!=", True),
                    ("date", "<=", day),
                ],
                order="date, id",
            )
        )
        last = {item.case_id.id: item for item in items_sudo}
        return {
            case.id: self._item_answer(last.get(case.id), case) for case in cases.sudo()
        }

    def _item_answer(self, item, case):
        what = self._data_name()
        if item and item.date >= case.date_step:
            return Answer(
                True,
                self.env._(
                    "%(what)s: provided on %(day)s",
                    what=what,
                    day=short_date(self.env, item.date),
                ),
                proof=((item._name, item.id),),
            )
        if item:
            text = self.env._(
                "%(what)s: the last is of %(day)s, before the present step",
                what=what,
                day=short_date(self.env, item.date),
            )
        else:
            text = self.env._("%(what)s: not provided yet", what=what)
        return Answer(False, text, button=PROVIDE)
