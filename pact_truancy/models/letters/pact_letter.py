from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..facts.units import format_days
from ..metrics.specs import format_value, from_json, is_rate, is_weaker

# fields that a person may write by hand while the letter is a draft
OPEN = {"signer_name", "signer_title"}
# what the message thread under the letter writes
THREAD = ("message_", "activity_", "website_message_")
GATE = object()  # passed in the context by code only: RPC cannot send this object


class PactLetter(models.Model):
    """One notice about one student. The machine drafts it, a person makes it final and
    sends it; what was sent is never altered."""

    _name = "pact.letter"
    _description = "Letter"
    _inherit = ["mail.thread"]
    _order = "day desc, id desc"

    name = fields.Char(compute="_compute_name", store=True, string="Number")
    case_id = fields.Many2one(
        "pact.case",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: a notice that goes out before any case.",
    )
    case_step_id = fields.Many2one(
        "pact.case.step", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    kind_id = fields.Many2one(
        "pact.letter.kind",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    program_id = fields.Many2one(
        related="kind_id.step_id.program_id", store=True, index=True, precompute=True
    )
    round = fields.Integer(default=1, required=True, readonly=True)
    sequence = fields.Integer(
        default=1, required=True, readonly=True, help="1: the first of its kind."
    )
    student_id = fields.Many2one(
        "pact.student", required=True, readonly=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school", required=True, readonly=True, ondelete="restrict", index=True
    )
    access_school_id = fields.Many2one(
        "pact.school",
        compute="_compute_access_school_id",
        compute_sudo=True,
        store=True,
        precompute=True,
        index=True,
        string="Kept at",
        help="Whose staff sees the letter: the case's school, else the letter's own.",
    )
    day = fields.Date(string="Date", required=True, readonly=True)
    snapshot_id = fields.Many2one("pact.snapshot", readonly=True, ondelete="restrict")
    days = fields.Float(
        compute="_compute_days", digits=(6, 2), help="Days that the letter speaks of."
    )
    office_id = fields.Many2one(
        "pact.office",
        string="Letterhead",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="The office that serves the student's school on the letter's date.",
    )
    signer_name = fields.Char(help="Empty: the office's signer.")
    signer_title = fields.Char(help="Empty: the title of the office's signer.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_sign", "To sign"),
            ("signed", "Signed"),
            ("sent", "Sent"),
            ("canceled", "Canceled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        tracking=True,
    )
    reason = fields.Char(
        string="Why Nevertheless",
        readonly=True,
        tracking=True,
        help="A person's word where the numbers no longer held.",
    )
    cancel_reason = fields.Char(readonly=True, tracking=True)
    date_sent = fields.Date(string="Sent on", readonly=True, tracking=True)
    sent_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    delivery_ids = fields.One2many("pact.letter.delivery", "letter_id", string="Copies")
    recipients = fields.Char(compute="_compute_recipients")
    printed_on = fields.Datetime(compute="_compute_recipients", string="Printed")
    preview = fields.Binary(compute="_compute_preview", string="Family's Letter")
    problem = fields.Text(compute="_compute_problem", string="To Do First")

    _once = models.UniqueIndex(
        "(case_id, kind_id, round, sequence)", "This letter already exists."
    )

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "student_id")
        return result

    @api.depends("kind_id")
    def _compute_name(self):
        for letter in self:
            letter.name = f"L{letter.id:06d}" if isinstance(letter.id, int) else False

    @api.depends("case_id.school_id", "school_id")
    def _compute_access_school_id(self):
        for letter in self:
            letter.access_school_id = letter.case_id.school_id or letter.school_id

    @api.depends("name", "student_id.name", "kind_id.name")
    def _compute_display_name(self):
        for letter in self:
            letter.display_name = (
                f"{letter.kind_id.name}, {letter.student_id.name} ({letter.name})"
            )

    @api.depends("snapshot_id")
    def _compute_days(self):
        for letter in self:
            part = (letter.snapshot_id and letter.snapshot_id._parts() or [{}])[0]
            value = part.get("value", 0)
            # neither a rate nor occasions have a number of days
            has_days = isinstance(value, int) and part.get("unit", "days") == "days"
            letter.days = float(format_days(value)) if has_days else 0

    @api.depends("delivery_ids.name", "delivery_ids.printed_on")
    def _compute_recipients(self):
        for letter in self:
            copies = letter.delivery_ids
            letter.recipients = "; ".join(copies.mapped("name"))
            printed = [copy.printed_on for copy in copies if copy.printed_on]
            letter.printed_on = max(printed) if printed else False

    @api.depends("delivery_ids.pdf")
    def _compute_preview(self):
        for letter in self:
            letter.preview = letter.delivery_ids[:1].pdf

    @api.depends("state", "office_id", "snapshot_id", "delivery_ids.channel")
    @api.depends("delivery_ids.text_id", "delivery_ids.note")
    def _compute_problem(self):
        for letter in self:
            lines = letter._missing() if letter.state in ("draft", "to_sign") else []
            lines += [note for note in letter.delivery_ids.mapped("note") if note]
            letter.problem = "\n".join(lines)

    def _missing(self):
        """Return what keeps this letter from becoming final, as sentences that say who
        can provide it."""
        self.ensure_one()
        lines = []
        if not self.delivery_ids.filtered("guardian_id"):
            lines.append(
                self.env._(
                    "Nobody can receive this letter: %(student)s has no parent or "
                    "guardian who has education rights, receives mail and is under no "
                    "custody restriction. The school can enter one under Students, "
                    "Family; then press 'Update'.",
                    student=self.student_id.name,
                )
            )
        if not self.office_id:
            lines.append(
                self.env._(
                    "No office serves %(school)s on this day, so there is no "
                    "letterhead. An administrator sets the office on the county, the "
                    "district or the school.",
                    school=self.school_id.name,
                )
            )
        if not self.delivery_ids or self.delivery_ids.filtered(lambda d: not d.text_id):
            lines.append(
                self.env._(
                    "No text of '%(kind)s' is in force on this day. An administrator "
                    "adds one under Configuration, Letter texts.",
                    kind=self.kind_id.name,
                )
            )
        if not self.snapshot_id and not self.kind_id.is_order:
            lines.append(
                self.env._("The numbers have not been read yet. Press 'Update'.")
            )
        return lines

    # -- nobody writes a letter by hand ----------------------------------------------

    def write(self, vals):
        if self.env.context.get("pact_letter_gate") is not GATE:
            own = {key for key in vals if not key.startswith(THREAD)}
            if own - OPEN:
                raise AccessError(
                    self.env._("A letter is changed by its buttons only.")
                )
            if own and self.filtered(lambda letter: letter.state != "draft"):
                raise UserError(self.env._("Only a draft can be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A letter is never deleted. Cancel it with a reason instead.")
        )

    def _gated(self):
        return self.with_context(pact_letter_gate=GATE)

    # -- printing --------------------------------------------------------------------

    def action_print(self):
        """Print all copies in one file; drafts are read anew and made again."""
        self.check_access("read")
        day = self.env["pact.clock"]._today()
        copies = self.delivery_ids
        if self.has_access("write"):
            drafts = self.filtered(lambda letter: letter.state == "draft")
            drafts._refresh(day)
            copies = self.delivery_ids
            # sudo: copies are made by their letter's buttons, whose rights were checked
            copies.sudo()._make_pdf(copies.letter_id.filtered(lambda d: d in drafts))
        if not copies:
            raise UserError(
                self.env._("There is nothing to print: no letter has a recipient.")
            )
        report = self.env.ref("pact_truancy.pact_letter_report")
        return report.report_action(copies.ids, config=False)

    def action_preview(self):
        """Show the copies as pages on the screen."""
        report = self.env.ref("pact_truancy.pact_letter_report_html")
        return report.report_action(self.delivery_ids.ids, config=False)

    # -- what a person decides -------------------------------------------------------

    def _no_longer_holds(self, day):
        """Return {letter: (value in the letter, value on `day`)} in words, where a
        number became weaker since the letter's snapshot. One statement per program and
        set of specs."""
        fallen = {}
        with_numbers = self.filtered("snapshot_id")
        for (specs, program), letters in with_numbers.grouped(
            lambda letter: (
                tuple(letter.snapshot_id._specs()),
                letter.program_id,
            )
        ).items():
            counted = [spec for spec in specs if spec.measure != "possible"]
            students = letters.student_id
            now = self.env["pact.metrics"]._read(
                students,
                day,
                counted,
                program._counting(),
                program._starts(students, day),
            )
            for letter in letters:
                own = now.get(letter.student_id.id, {})
                parts = letter.snapshot_id._parts()
                for spec, part in zip(specs, parts, strict=True):
                    if spec not in counted:
                        continue
                    then, value = from_json(spec, part["value"]), own.get(spec)
                    if is_weaker(spec, value, then):
                        fallen[letter] = (
                            self._in_words(spec, then),
                            self._in_words(spec, value),
                        )
        return fallen

    @api.model
    def _in_words(self, spec, value):
        text = format_value(spec, value)
        if spec.unit == "days" and not is_rate(spec) and value is not None:
            return self.env._("%(days)s days", days=text)
        return text

    def _check_numbers(self, day, reason):
        """Refuse when a number fell below the letter's, unless a person says why the
        letter goes out nevertheless."""
        if (reason or "").strip():
            return
        fallen = self._no_longer_holds(day)
        if fallen:
            raise UserError(
                self.env._(
                    "These letters say more than the records hold today:\n%(list)s\n"
                    "Press 'Update' to read the numbers anew, cancel the letter, or "
                    "give a reason why it goes out nevertheless.",
                    list="\n".join(
                        letter._fall_text(*pair) for letter, pair in fallen.items()
                    ),
                )
            )

    def _fall_text(self, before, now):
        """Say in one line what the letter holds and what the records hold now."""
        return self.env._(
            "%(letter)s: %(before)s in the letter, %(now)s today.",
            letter=self.display_name,
            before=before,
            now=now,
        )

    def _check_may_leave(self):
        """Refuse what due process does not let out yet, and name what is missing."""
        for letter in self:
            case = letter.case_id
            step = letter.kind_id.step_id
            lines = letter._missing()
            if letter.program_id.is_trial:
                lines.append(
                    self.env._(
                        "The program '%(program)s' is in trial mode: nothing leaves.",
                        program=letter.program_id.name,
                    )
                )
            if step.entry == "notice":
                pass  # it needs no case, and an ended one does not hold it up
            elif not case.is_open:
                lines.append(self.env._("The case is closed."))
            elif step.is_rung and case.step_id._place() < step._place():
                lines.append(
                    self.env._(
                        "This letter goes out in '%(step)s'; the case is still in "
                        "'%(now)s'. The draft can be printed.",
                        step=step.name,
                        now=case.step_id.name,
                    )
                )
            if lines:
                raise UserError(
                    self.env._(
                        "%(letter)s cannot be made final yet:\n%(missing)s",
                        letter=letter.display_name,
                        missing="\n".join(f"- {line}" for line in lines),
                    )
                )

    def _lock_in(self, *states):
        """Lock these letters and refuse those that are in another state."""
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for letter in self:
            if letter.state not in states:
                raise UserError(
                    self.env._(
                        "%(letter)s is already '%(state)s'.",
                        letter=letter.display_name,
                        state=labels[letter.state],
                    )
                )

    def _finalize(self, day, reason=None):
        """Make drafts final: dated `day`, printed without the draft's mark, ready for
        the signature.

        :raise UserError: what is missing, or numbers that no longer hold
        """
        self._lock_in("draft")
        self._refresh(day)
        self._check_may_leave()
        self._check_numbers(day, reason)
        self._check_turn(day, reason)
        self._gated().write(
            {
                "state": "to_sign",
                "reason": reason,
                "not_before": False,
                "behind_id": False,
            }
        )
        # sudo: copies are made by their letter's buttons, whose rights were checked
        copies_sudo = self.delivery_ids.sudo()
        copies_sudo._make_pdf(self.sudo())
        copies_sudo._gated().write({"state": "printed"})

    def _mark_sent(self, day, sent_on=None, reason=None):
        """A person sent all copies by hand on `sent_on` (default: `day`, which is
        today); from now on nothing changes."""
        self._lock_in("to_sign", "signed")
        sent_on = sent_on or day
        for letter in self:
            if not letter.day <= sent_on <= day:
                raise UserError(
                    self.env._(
                        "%(letter)s was made final on %(first)s: it was sent on that "
                        "day or later, and not after today.",
                        letter=letter.display_name,
                        first=self.env["ir.qweb.field.date"].value_to_html(
                            letter.day, {}
                        ),
                    )
                )
        # each letter's own word counts for that letter alone
        self.filtered(lambda letter: not letter.reason)._check_numbers(day, reason)
        vals = {"state": "sent", "date_sent": sent_on, "sent_by_id": self.env.uid}
        self._gated().write({**vals, "reason": reason} if reason else vals)
        # sudo: see _finalize
        self.delivery_ids.sudo()._gated().write({"state": "sent", "date_sent": sent_on})

    def action_reset(self):
        """Take final letters that were not sent back to draft; their PDFs go."""
        self._lock_in("to_sign", "signed")
        self._gated().write({"state": "draft", "reason": False})
        # sudo: see _finalize
        copies_sudo = self.delivery_ids.sudo()._gated()
        copies_sudo.write(
            {"state": "queued", "pdf": False, "sha256": False, "printed_on": False}
        )
        return True

    def _cancel(self, reason):
        """Cancel letters that were not sent, with a reason."""
        self._lock_in("draft", "to_sign", "signed")
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say in a few words why the letter is canceled.")
            )
        self._gated().write({"state": "canceled", "cancel_reason": reason.strip()})
        # sudo: see _finalize
        self.delivery_ids.sudo()._gated().write({"state": "withdrawn"})
