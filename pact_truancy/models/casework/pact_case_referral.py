from odoo import api, fields, models

from ..facts.words import short_date
from ..rules.pact_program_requirement import Answer
from .pact_case_gate import Line
from .pact_referral import OPEN

OPEN_REFERRAL = "action_open_referral"


class PactCase(models.Model):
    """The school's referrals, at the gate and on the case."""

    _inherit = "pact.case"

    referral_ids = fields.Many2many(
        "pact.referral", compute="_compute_referral_ids", string="Referrals"
    )

    next_is_referral = fields.Boolean(compute="_compute_next_is_referral")

    @api.depends("next_step_id")
    def _compute_next_is_referral(self):
        for case in self:
            case.next_is_referral = case.next_step_id.entry == "referral"

    @api.depends("student_id", "program_id")
    def _compute_referral_ids(self):
        referrals = self.env["pact.referral"].search(
            [
                ("student_id", "in", self.student_id.ids),
                ("program_id", "in", self.program_id.ids),
            ]
        )
        own = referrals.grouped(lambda one: (one.student_id.id, one.program_id.id))
        for case in self:
            key = (case.student_id.id, case.program_id.id)
            case.referral_ids = own.get(key, False)

    def _gate_referral(self, step, day, lines):
        """Add that a referral of this case for `step` was accepted, since the case came
        into its present step; one query for any number of cases."""
        # sudo: a gate does not depend on who asks
        rows_sudo = (
            self.env["pact.referral"]
            .sudo()
            .search(
                [
                    ("student_id", "in", self.student_id.ids),
                    ("step_id", "=", step.id),
                    ("state", "in", ("submitted", "accepted")),
                ],
                order="id",
            )
        )
        own = rows_sudo.grouped(lambda row: row.student_id.id)
        for case in self:
            rows = own.get(case.student_id.id, rows_sudo.browse())
            accepted = rows.filtered(
                lambda row, case=case: (
                    row.state == "accepted"
                    and row.case_id == case
                    and case.date_step <= row.date_decided <= day
                )
            )[-1:]
            waiting = rows.filtered(lambda row: row.state == "submitted")[-1:]
            lines[case.id].append(
                Line(
                    self.env._("An accepted referral"),
                    self._referral_answer(accepted, waiting),
                )
            )

    def _referral_answer(self, accepted, waiting):
        if accepted:
            text = self.env._(
                "The office accepted the school's referral on %(day)s.",
                day=short_date(self.env, accepted.date_decided),
            )
            return Answer(True, text, proof=((accepted._name, accepted.id),))
        if waiting:
            text = self.env._(
                "The school's truancy referral has not been accepted: it came on "
                "%(day)s, and the case manager accepts or returns it.",
                day=short_date(self.env, waiting.date_submitted),
            )
            return Answer(False, text, button=OPEN_REFERRAL)
        text = self.env._(
            "The school's truancy referral has not been accepted: none was submitted "
            "for this step. School staff do that."
        )
        # who cannot write one is offered none
        may_write = self.env.user.has_group("pact_truancy.group_pact_school_staff")
        return Answer(False, text, button=OPEN_REFERRAL if may_write else None)

    def action_open_referral(self):
        """Open the referral for the next step, or a new one."""
        self.ensure_one()
        return self.env["pact.referral"]._open_form(self.student_id, self.program_id)


class PactStudent(models.Model):
    _inherit = "pact.student"

    def action_open_referral(self):
        """Open the student's referral that is not answered yet, or a new one."""
        self.ensure_one()
        return self.env["pact.referral"]._open_form(self)

    def _merge_problems(self, survivor):
        """A child has one open referral for a step: a person withdraws the other."""
        problems = super()._merge_problems(survivor)
        # sudo: whether there are two, at whichever school
        rows_sudo = (
            self.env["pact.referral"]
            .sudo()
            .search(
                [
                    ("student_id", "in", (self | survivor).ids),
                    ("state", "in", OPEN),
                ]
            )
        )
        return problems + [
            self.env._(
                "Both records have an open referral for '%(step)s'. Withdraw one of "
                "the two first.",
                step=step.name,
            )
            for step, rows in rows_sudo.grouped("step_id").items()
            if len(rows.student_id) > 1
        ]
