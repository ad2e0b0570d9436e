from odoo import api, fields, models
from odoo.exceptions import AccessError


class PactProgramRequirement(models.Model):
    """Safeguards as data: for students with a restricted circumstance somebody is
    consulted before the step."""

    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[("consultation", "A consultation, for some students")],
        ondelete={"consultation": "cascade"},
    )
    circumstance_kind_ids = fields.Many2many(
        "pact.student.circumstance.kind",
        string="Of Students with",
        help="Only their cases are asked for it. None: any of these circumstances.",
    )

    @api.model
    def _named_kinds(self):
        return super()._named_kinds() | {"consultation"}

    def _sentence_consultation(self):
        return self._data_name()

    def _check_requirement_consultation(self, cases, day):
        """Only cases of students with the circumstance are concerned; who may not read
        it learns only that a consultation is missing or was held."""
        self.ensure_one()
        ids = self.env["pact.student.circumstance"]._concerned(
            cases.student_id, self.sudo().circumstance_kind_ids, day
        )
        concerned = cases.filtered(lambda case: case.student_id.id in ids)
        return {
            case_id: answer._replace(public=self._public(answer))
            for case_id, answer in self._items_answers(concerned, day).items()
        }

    def _public(self, answer):
        """Return (what, text) for everybody."""
        if answer.met:
            return self.env._("A consultation"), self.env._("A consultation was held")
        return self.env._("A consultation"), self.env._("A consultation is missing")


class PactCaseItem(models.Model):
    _inherit = "pact.case.item"

    @api.model_create_multi
    def create(self, vals_list):
        """A consultation is entered by who may read why it is needed.

        :raise AccessError: for anybody else
        """
        items = super().create(vals_list)
        private = items.sudo().filtered(lambda item: item.kind == "consultation")
        schools = private.school_id
        readable = self.env["pact.student.circumstance"]._reading_schools(schools)
        if schools - readable and not self.env.su:
            raise AccessError(
                self.env._(
                    "This consultation is entered by the principal or the office."
                )
            )
        return items


class PactCase(models.Model):
    _inherit = "pact.case"

    def _gate(self, day):
        """Mask what restricted circumstances ask for from who may not read them."""
        return self._mask(super()._gate(day))

    def _mask(self, gate):
        """Return {case id: lines} of these cases as the user may read them."""
        private = {
            case_id
            for case_id, lines in gate.items()
            if any(line.answer.public for line in lines)
        }
        if not private:
            return gate
        # sudo: schools of cases that the user asks about
        cases_sudo = self.sudo().filtered(lambda case: case.id in private)
        schools = self.env["pact.student.circumstance"]._reading_schools(
            cases_sudo.school_id
        )
        for case in cases_sudo:
            if case.school_id not in schools:
                gate[case.id] = [line.masked() for line in gate[case.id]]
        return gate
