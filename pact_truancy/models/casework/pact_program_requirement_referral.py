from odoo import api, fields, models

from ..rules.pact_program_requirement import Answer


class PactProgramRequirement(models.Model):
    """Data that the school sends with its referral (R21-07, R21-14)."""

    _inherit = "pact.program.requirement"

    kind = fields.Selection(
        selection_add=[("data", "Data that the school sends")],
        ondelete={"data": "cascade"},
    )
    referral_field = fields.Selection(
        [
            ("credits", "Credits"),
            ("grades", "Grades"),
            ("discipline", "Discipline"),
            ("other_information", "Other relevant information"),
        ],
        string="On the Referral Form",
        help="The part of the Truancy Referral Form that holds it.",
    )

    @api.model
    def _named_kinds(self):
        return super()._named_kinds() | {"data"}

    def _sentence_data(self):
        return self.env._("%(what)s, sent by the school", what=self._data_name())

    def _data_name(self):
        labels = dict(self._fields["referral_field"]._description_selection(self.env))
        return self.name or labels.get(self.referral_field) or self.env._("Data")

    def _check_requirement_data(self, cases, day):
        """Met by a referral for this step that holds it and was submitted since the
        case came into its present step. Other ways of sending it extend this."""
        self.ensure_one()
        own = {}
        if self.referral_field:
            # sudo: a gate does not depend on who asks
            rows_sudo = (
                self.env["pact.referral"]
                .sudo()
                .search(
                    [
                        ("student_id", "in", cases.student_id.ids),
                        ("step_id", "=", self.step_id.id),
                        ("state", "in", ("submitted", "accepted")),
                        ("date_submitted", "<=", day),
                        (self.referral_field, "!=", False),
                    ],
                    order="id",
                )
            )
            own = rows_sudo.grouped(lambda row: row.student_id.id)
        return {
            case.id: self._data_answer(
                own.get(case.student_id.id, self.env["pact.referral"]).filtered(
                    lambda row, case=case: (
                        row.case_id == case
                        or (not row.case_id and row.date_submitted >= case.date_step)
                    )
                )
            )
            for case in cases
        }

    def _data_answer(self, referrals):
        what = self._data_name()
        if referrals:
            return Answer(
                True,
                self.env._("%(what)s: sent with the referral", what=what),
                proof=((referrals._name, referrals[-1:].id),),
            )
        return Answer(
            False, self.env._("%(what)s: not sent by the school yet", what=what)
        )
