from odoo import api, fields, models
from odoo.exceptions import UserError

from .pact_letter import GATE


class PactLetter(models.Model):
    """Letters that went out before this app was used. They are kept as sent, without a
    copy of ours: gates, repeat rules and what a letter begins find them."""

    _inherit = "pact.letter"

    is_prior = fields.Boolean(
        string="Before Our Records",
        readonly=True,
        copy=False,
        help="Sent before this app was used; no copy is kept here.",
    )
    prior_recipient = fields.Char(string="Was Sent to", readonly=True, copy=False)
    prior_lang_id = fields.Many2one(
        "res.lang", string="Was Written in", readonly=True, copy=False
    )

    @api.depends("is_prior", "prior_recipient")
    def _compute_recipients(self):
        result = super()._compute_recipients()
        for letter in self.filtered("is_prior"):
            letter.recipients = letter.prior_recipient
        return result

    def _cancel(self, reason):
        """A letter that was taken over by mistake is struck through by a coordinator:
        nothing of ours was sent, and it must not satisfy a gate."""
        struck = self.filtered(lambda one: one.is_prior and one.state == "sent")
        if struck:
            struck._strike(reason)
        rest = self - struck
        return super(PactLetter, rest)._cancel(reason) if rest else None

    def _strike(self, reason):
        self._lock_in("sent")
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say in a few words why the letter is canceled.")
            )
        self.env["pact.case"]._check_takes_over(self.access_school_id)
        self.with_context(pact_letter_gate=GATE).write(
            {"state": "canceled", "cancel_reason": reason.strip()}
        )
        # sudo: derived values, whoever caused them
        cases_sudo = self.sudo().case_id
        cases_sudo._refresh_advice(self.env["pact.clock"]._today())

    @api.model
    def _takeover_problem(self, kind, case_step, date, day):
        """Return why a letter cannot be taken over, or None.

        :param kind: `pact.letter.kind`
        :param case_step: the step of the student's open case in the program, or empty
        :param date: when it was sent
        """
        step = kind.step_id
        if date > day:
            return self.env._("It was sent in the future: is the date right?")
        if step.entry == "notice":
            return None
        if not case_step:
            return self.env._(
                "'%(letter)s' belongs to a case, and the student has no open one in "
                "'%(program)s'. Enter the case too.",
                letter=kind.name,
                program=step.program_id.name,
            )
        if step.is_rung and case_step._place() < step._place():
            return self.env._(
                "'%(letter)s' goes out in '%(step)s'; the case is only in '%(now)s'.",
                letter=kind.name,
                step=step.name,
                now=case_step.name,
            )
        return None

    @api.model
    def _take_over(self, rows):
        """Keep letters that were sent before. Nothing is drafted, printed or sent.

        :param rows: list of dicts: student_id, school_id, kind_id, date_sent,
            prior_recipient, prior_lang_id; they were checked by `_takeover_problem`
        :return: the new letters
        """
        if not rows:
            return self.browse()
        # sudo: nobody may make letters; whoever takes over was checked by the caller
        letters_sudo = self.sudo()
        students = self.env["pact.student"].browse([r["student_id"] for r in rows])
        kinds = self.env["pact.letter.kind"].sudo().browse([r["kind_id"] for r in rows])
        steps = self._present_steps(students, kinds.step_id.program_id)
        number = letters_sudo._numbers(students, kinds)
        vals_list = []
        for row, kind in sorted(
            zip(rows, kinds, strict=True), key=lambda one: one[0]["date_sent"]
        ):
            taken = steps.get((row["student_id"], kind.step_id.program_id.id))
            key = (row["student_id"], kind.id)
            number[key] = number.get(key, 0) + 1
            own = taken and taken.filtered(
                lambda one, kind=kind: one.step_id == kind.step_id
            )
            vals_list.append(
                {
                    **row,
                    "case_id": taken.case_id.id if taken else False,
                    "case_step_id": own.id if own else False,
                    "round": taken.case_id.round if taken else 1,
                    "sequence": number[key],
                    "day": row["date_sent"],
                    "state": "sent",
                    "is_prior": True,
                }
            )
        letters = letters_sudo.with_context(
            pact_letter_gate=GATE, tracking_disable=True, mail_create_nosubscribe=True
        ).create(vals_list)
        letters = letters.with_context(pact_letter_gate=None, tracking_disable=None)
        letters._drop_drafts()
        letters._settle_notices()
        return letters

    def _settle_notices(self):
        """Open flags that ask for a letter of this school year which was sent before
        are settled: confirmed, they would draft it a second time."""
        year_start = self.env["pact.program.requirement"]._year_start(
            self.env["pact.clock"]._today()
        )
        notices = self.filtered(
            lambda letter: (
                letter.kind_id.step_id.entry == "notice"
                and letter.date_sent >= year_start
            )
        )
        had = {(letter.student_id, letter.kind_id.step_id) for letter in notices}
        flags = self.env["pact.flag"].search(
            [
                ("student_id", "in", notices.student_id.ids),
                ("step_id", "in", notices.kind_id.step_id.ids),
                ("state", "in", ("open", "snoozed")),
            ]
        )
        flags.filtered(
            lambda flag: (
                flag.step_id.repeat == "year" and (flag.student_id, flag.step_id) in had
            )
        )._known_before()

    def _drop_drafts(self):
        """Cancel drafts of the very letters that were sent before: the family has
        them."""
        drafts = self.search(
            [
                ("case_id", "in", self.case_id.ids),
                ("kind_id", "in", self.kind_id.ids),
                ("state", "=", "draft"),
            ]
        )
        sent = {
            (letter.case_id, letter.kind_id, letter.round)
            for letter in self
            if letter.kind_id.step_id.is_rung
        }
        drafts.filtered(
            lambda letter: (letter.case_id, letter.kind_id, letter.round) in sent
        )._cancel(self.env._("It was sent before our records."))

    @api.model
    def _present_steps(self, students, programs):
        """Return {(student id, program id): history rows of the open case that count};
        a letter of one of these steps stands for the one the step would draft."""
        rows_sudo = (
            self.env["pact.case.step"]
            .sudo()
            .search(
                [
                    ("case_id.student_id", "in", students.ids),
                    ("case_id.program_id", "in", programs.ids),
                    ("case_id.is_open", "=", True),
                    ("voided_on", "=", False),
                ]
            )
            .filtered(lambda row: row.round == row.case_id.round)
        )
        return rows_sudo.grouped(
            lambda row: (row.case_id.student_id.id, row.case_id.program_id.id)
        )
