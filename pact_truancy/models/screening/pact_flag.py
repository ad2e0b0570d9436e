from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..casework.pact_case import GATE
from ..facts.references import BulkMany2one
from ..facts.words import short_date
from ..metrics.specs import Spec, describe, from_json


class PactFlag(models.Model):
    """A student whom the rules found, waiting for a person's decision.

    Says why: rule, window, count and the dates that made it (GEN-02). A screening notes
    these in `reading`; who decides relies on the numbers of that day, which are kept
    then (`snapshot_id`).
    """

    _name = "pact.flag"
    _description = "Flag"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"

    # a screening makes them a hundred thousand at a time: see BulkMany2one
    student_id = BulkMany2one(
        "pact.student", required=True, readonly=True, ondelete="restrict", index=True
    )
    school_id = BulkMany2one(
        "pact.school", required=True, readonly=True, ondelete="restrict", index=True
    )
    grade = fields.Selection(related="student_id.grade")
    complete_through = fields.Date(related="school_id.complete_through")
    program_id = BulkMany2one(
        "pact.program", required=True, readonly=True, ondelete="restrict", index=True
    )
    step_id = BulkMany2one(
        "pact.program.step", required=True, readonly=True, ondelete="restrict"
    )
    date = fields.Date(string="Flagged on", required=True, readonly=True)
    # what the rule read when the flag was made; list of dicts: sentence, measure,
    # window, size, counting, unit, value (see `pact.snapshot.content`), days
    # (packed.py); in the first one complete_through and last (ISO dates), where not all
    # of the window had come
    reading = fields.Json(readonly=True, groups=".")
    snapshot_id = fields.Many2one(
        "pact.snapshot",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="What was known when a person decided.",
    )
    # who or what made it: the flag's history begins here, without a message a flag
    screening_id = BulkMany2one(
        "pact.screening",
        string="Found by",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    value = fields.Integer(
        readonly=True,
        aggregator=None,
        help="What was counted: 1/25200 day, occasions or dates; of a rate its "
        "numerator.",
    )
    # sudo: who may read the flag reads what it says, also after the student moved on
    sentence = fields.Char(
        compute="_compute_sentence", compute_sudo=True, string="Student and Reason"
    )
    rule = fields.Text(compute="_compute_rule", compute_sudo=True)
    age = fields.Char(compute="_compute_age", help="Since when it is flagged.")
    last_date = fields.Date(string="Last Absence", readonly=True)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("snoozed", "Snoozed"),
            ("confirmed", "Confirmed"),
            ("dismissed", "Dismissed"),
            ("gone", "No longer true"),
        ],
        required=True,
        default="open",
        readonly=True,
        index=True,
        tracking=True,
    )
    date_snooze = fields.Date(string="Snoozed until", readonly=True, tracking=True)
    wakes_if_grown = fields.Boolean(
        string="Only if It Has Grown",
        readonly=True,
        help="On that day and later: back in the inbox as soon as the number is beyond "
        "what it was when the flag was put aside.",
    )
    snoozed_value = fields.Integer(readonly=True, aggregator=None)
    reason = fields.Char(readonly=True, tracking=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)
    case_id = fields.Many2one(
        "pact.case", readonly=True, ondelete="restrict", index="btree_not_null"
    )

    _once = models.UniqueIndex(
        "(student_id, program_id, step_id) WHERE state IN ('open', 'snoozed')",
        "The student already has an open flag for this step.",
    )

    @api.depends("student_id.name", "program_id.code")
    def _compute_display_name(self):
        for flag in self.sudo():  # see `sentence`
            flag.display_name = f"{flag.student_id.name} ({flag.program_id.code})"

    create_uid = BulkMany2one(
        "res.users", string="Created by", readonly=True, ondelete="restrict"
    )
    write_uid = BulkMany2one(
        "res.users", string="Last Updated by", readonly=True, ondelete="restrict"
    )

    @api.depends(
        "student_id.name", "student_id.grade", "school_id", "last_date", "snapshot_id"
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        """The full name stands first: 'Maya R.' may be two children of one school."""
        today = self.env["pact.clock"]._today()
        for flag in self:
            counted = self.env._(" and ").join(
                describe(self.env, spec, from_json(spec, part["value"]))
                for spec, part in zip(flag._specs(), flag._parts(), strict=True)
            )
            who = flag._who()
            sentence = (
                self.env._(
                    "%(who)s: %(counted)s, the last on %(date)s",
                    who=who,
                    counted=counted,
                    date=short_date(self.env, flag.last_date, today),
                )
                if flag.last_date
                else self.env._("%(who)s: %(counted)s", who=who, counted=counted)
            )
            incomplete = flag._incomplete(today)
            flag.sentence = (
                self.env._(
                    "%(sentence)s; %(incomplete)s",
                    sentence=sentence,
                    incomplete=incomplete,
                )
                if incomplete
                else sentence
            )

    def _incomplete(self, today):
        """Return in words that not all days of the window were received when the flag
        was made, or ''."""
        self.ensure_one()
        part = (self._parts() or [{}])[0]
        through, last = part.get("complete_through"), part.get("last")
        if not last or (through and through >= last):
            return ""
        if not through:
            return self.env._("attendance is not complete from this year's first day")
        return self.env._(
            "attendance is complete through %(date)s only",
            date=short_date(self.env, fields.Date.to_date(through), today),
        )

    def _parts(self):
        """Return what the flag rests on, a dict a reading: what was known when a person
        decided, else when it was made. sudo: for code that shows no more of it than
        numbers and dates."""
        self.ensure_one()
        flag_sudo = self.sudo()
        if flag_sudo.snapshot_id:
            return flag_sudo.snapshot_id._parts()
        return flag_sudo.reading or []

    def _specs(self):
        """Return the specs of `_parts`, in order."""
        return [
            Spec(**{name: part[name] for name in Spec._fields})
            for part in self._parts()
        ]

    def _who(self):
        """Return the student as everywhere: 'Maya Rivera, grade 8, Lincoln Middle'."""
        self.ensure_one()
        grades = dict(self._fields["grade"]._description_selection(self.env))
        grade = grades.get(self.grade)
        parts = (
            self.student_id.name,
            grade and grade[:1].lower() + grade[1:],
            self.school_id.name,
        )
        return ", ".join(part for part in parts if part)

    @api.depends("snapshot_id")
    def _compute_rule(self):
        for flag in self:
            content = flag._parts()
            # a criterion with two readings has one sentence
            flag.rule = "\n".join(dict.fromkeys(part["sentence"] for part in content))

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_age(self):
        today = self.env["pact.clock"]._today()
        for flag in self:
            days = (today - flag.date).days if flag.date else 0
            if days <= 0:
                flag.age = self.env._("today")
            elif days == 1:
                flag.age = self.env._("yesterday")
            else:
                flag.age = self.env._("%(days)s days ago", days=days)

    def write(self, vals):
        """A decision is made by the buttons alone: what a flag rests on, and who
        decided what, is not for anybody to type."""
        own = {name for name in vals if not name.startswith(("message_", "activity_"))}
        gated = self.env.su or self.env.context.get("pact_gate") is GATE
        if own and not gated:
            raise AccessError(
                self.env._(
                    "A flag is confirmed, dismissed or put aside by its buttons."
                )
            )
        return super().write(vals)

    def _decide(self, state, **values):
        """Set the decision of a person; refused on a flag that is already decided, so
        that two people or a double click make one decision.

        :raise UserError: names the flag and who decided it
        """
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        day = self.env["pact.clock"]._today()
        for flag in self:
            if flag.state not in ("open", "snoozed"):
                raise UserError(
                    self.env._(
                        "%(flag)s was already decided: %(state)s, by %(user)s.",
                        flag=flag.display_name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[flag.state],
                        user=flag.decided_by_id.name or self.env._("the screening"),
                    )
                )
        if state == "confirmed":
            self._check_still_true(day)
        if state in ("confirmed", "dismissed"):
            self._keep_evidence(day)
        self.with_context(pact_gate=GATE).write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                **values,
            }
        )

    def _known_before(self, case=None):
        """Settle flags of what was taken over from former records: nothing is opened
        or drafted."""
        self._keep_evidence(self.env["pact.clock"]._today())
        self.with_context(pact_gate=GATE).write(
            {
                "state": "confirmed",
                "reason": self.env._("Known before our records"),
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "date_snooze": False,
                "wakes_if_grown": False,
                "case_id": case.id if case else False,
            }
        )

    def action_confirm(self):
        """A person confirms: the case opens in its first step (R21-01). The flag of a
        step beside the ladder opens and moves no case."""
        self._decide("confirmed")
        day = self.env["pact.clock"]._today()
        self._carry_out(day)
        self.case_id._refresh_advice(day)  # what stands open says at once what is next
        return self._notify_cases()

    def _carry_out(self, day):
        """Do what confirmed flags ask for. Later rooms extend this: the flag of a step
        beside the ladder drafts its letter."""
        rungs = self.filtered("step_id.is_rung")
        for (program, step), flags in rungs.grouped(
            lambda flag: (flag.program_id, flag.step_id)
        ).items():
            snapshots = {flag.student_id.id: flag.snapshot_id for flag in flags}
            cases = self.env["pact.case"]._open(
                flags.student_id, program, step, day, snapshots
            )
            case_of = {case.student_id: case for case in cases}
            for flag in flags:
                flag.with_context(pact_gate=GATE).case_id = case_of[flag.student_id]

    def _confirmed_words(self):
        """Return in a sentence what became of confirmed flags; '%s' stands for the link
        to the one case."""
        cases = self.case_id
        if len(cases) == 1:
            return self.env._(
                "%(case)s stands in '%(step)s'.",
                case="%s",
                step=cases.step_id.name,
            )
        if cases:
            return self.env._("%(count)s cases are open.", count=len(cases))
        return self.env._("Confirmed. No case was opened or moved.")

    def _notify_cases(self):
        """Return the message that names the cases of confirmed flags, with a link."""
        cases = self.case_id
        message = self._confirmed_words()
        links = [
            {
                "label": case.display_name,
                "url": f"/odoo/action-pact_truancy.pact_case_action/{case.id}",
            }
            for case in cases[:1]
            if len(cases) == 1
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "links": links,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_ask_dismiss(self):
        """Ask for the reason, then dismiss."""
        return self._ask("dismiss", self.env._("Dismiss"))

    def action_ask_snooze(self):
        """Ask until when, then put aside."""
        return self._ask("snooze", self.env._("Snooze"))

    def _ask(self, decision, title):
        if not self:
            raise UserError(self.env._("Choose the flags first."))
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "pact.flag.decide",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_decision": decision,
                "default_flag_ids": self.ids,
                "dialog_size": "medium",
            },
        }

    def action_screen(self):
        """Run every active program for today (the button of the inbox)."""
        return self.env["pact.program"].search([]).action_screen()

    def action_dismiss(self, reason):
        """Dismiss with a reason; the same facts do not raise it again."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say in a few words why the flag is dismissed."))
        self._decide("dismissed", reason=reason.strip())
        return True

    def action_snooze(self, until, reason=None, if_grown=False):
        """Put aside until a day after today; the flag is then open again.

        :param if_grown: from that day on, and only when its number has grown since
        """
        today = self.env["pact.clock"]._today()
        until = fields.Date.to_date(until)
        if not until or until <= today:
            raise UserError(self.env._("Choose a day after today."))
        self._decide(
            "snoozed", date_snooze=until, reason=reason, wakes_if_grown=if_grown
        )
        if if_grown:
            numbers = self._numbers_now(today)
            for flag in self:
                flag.with_context(pact_gate=GATE).snoozed_value = numbers.get(flag, 0)
        return True

    def action_known(self):
        """Sort out what the office knew before these records began: dismissed, and
        back when it gets worse."""
        return self.action_dismiss(self.env._("Already known before our records"))
