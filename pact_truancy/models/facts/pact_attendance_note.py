from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from .words import short_date

# A doctor's or the school nurse's paper documents the days it covers (SOP-17).
DOCUMENTING = ("doctor", "nurse")
# Set by the server only: who took part, and what became of the note.
SERVER_FIELDS = {
    "received_by_id", "is_applied", "applied_by_id", "applied_on", "is_void",
    "void_reason", "voided_by_id", "voided_on",
}  # fmt: skip
# What a note rests on: it is voided and entered anew, never turned into another.
FIXED_FIELDS = {"student_id", "school_id", "kind", "date", "date_from", "date_to"}
MOST_DAYS = 366


class PactAttendanceNote(models.Model):
    """What somebody told the school about absences: a call, a parent's note, a doctor's
    paper; also ahead (R21-32).

    A paper of a doctor or the school nurse documents the days it covers, whenever their
    absences arrive. Its code holds on them only once somebody applied it. A note is
    voided with a reason, never deleted. What it does to events stands in
    `pact_attendance_event_note.py`.
    """

    _name = "pact.attendance.note"
    _description = "Note or Call"
    _inherit = ["pact.period.mixin"]
    _order = "date desc, id desc"

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="restrict", index=True
    )
    school_id = fields.Many2one(
        "pact.school",
        required=True,
        ondelete="restrict",
        index=True,
        help="The school that took the note; its code holds there.",
    )
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("parent", "Parent's note"),
            ("doctor", "Doctor"),
            ("nurse", "School nurse"),
            ("agency", "Agency"),
        ],
        required=True,
        default="call",
    )
    date = fields.Date(
        string="Received On",
        required=True,
        default=lambda self: self.env["pact.clock"]._today(),
    )
    received_by_id = fields.Many2one(
        "res.users",
        string="Received by",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.uid,
        ondelete="restrict",
    )
    guardian_id = fields.Many2one(
        "pact.guardian",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('student_link_ids.student_id', '=', student_id)]",
    )
    said_by = fields.Char(
        string="Said by", help="Who said it, where it was no guardian on record."
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env["pact.clock"]._today(),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
    )
    reason = fields.Char()
    scan = fields.Binary(attachment=True, copy=False)
    scan_name = fields.Char(copy=False)
    code_id = fields.Many2one(
        "pact.attendance.code",
        ondelete="restrict",
        domain="[('category', 'in', ('excused', 'medical', 'unexcused', 'unverified',"
        " 'tardy')), ('district_id', 'in', (False, district_id))]",
        help="What the handbook makes of it. It holds once you apply it.",
    )
    district_id = fields.Many2one(related="school_id.district_id")
    coverage = fields.Char(compute="_compute_coverage", string="On These Days")
    covers_today = fields.Boolean(
        compute="_compute_covers_today", search="_search_covers_today"
    )
    is_applied = fields.Boolean(string="Code Applied", readonly=True, copy=False)
    applied_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    applied_on = fields.Datetime(readonly=True, copy=False)
    is_void = fields.Boolean(string="Voided", readonly=True, copy=False)
    void_reason = fields.Char(readonly=True, copy=False)
    voided_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, ondelete="restrict"
    )
    voided_on = fields.Datetime(readonly=True, copy=False)

    _span = models.Constraint(
        f"CHECK (date_to - date_from BETWEEN 0 AND {MOST_DAYS})",
        "A note ends on or after the day on which it begins, within a year.",
    )
    _days_idx = models.Index("(student_id, date_from, date_to) WHERE NOT is_void")

    @api.depends("student_id.name", "date_from", "date_to")
    def _compute_display_name(self):
        for note in self:
            days = note._days_in_words()
            note.display_name = ": ".join(filter(None, (note.student_id.name, days)))

    def _days_in_words(self):
        """Return the covered days: 'Mar 3, 2026', 'Mar 3, 2026 to Mar 5, 2026'."""
        self.ensure_one()
        if not self.date_from:
            return ""
        first = short_date(self.env, self.date_from)
        if not self.date_to or self.date_to == self.date_from:
            return first
        last = short_date(self.env, self.date_to)
        return self.env._("%(first)s to %(last)s", first=first, last=last)

    @api.depends("date_from")
    def _compute_date_to(self):
        for note in self:
            if note.date_from and (not note.date_to or note.date_to < note.date_from):
                note.date_to = note.date_from

    @api.depends("student_id", "date_from", "date_to", "is_void", "is_applied")
    def _compute_coverage(self):
        """What is on record on the covered days, in words; one query."""
        today = self.env["pact.clock"]._today()
        saved = self.filtered(lambda note: note._origin and note.date_to)
        events = self.env["pact.attendance.event"]
        if saved:
            events = events.search(
                [
                    ("student_id", "in", saved.student_id.ids),
                    ("date", ">=", min(saved.mapped("date_from"))),
                    ("date", "<=", max(saved.mapped("date_to"))),
                    ("is_withdrawn", "!=", True),
                ],
                order="date",
            )
        for note in self:
            covered = events.filtered(
                lambda event, note=note: (
                    event.student_id == note.student_id._origin
                    and note.date_from <= event.date <= note.date_to
                )
            )
            note.coverage = ", ".join(
                f"{short_date(self.env, event.date, today)} {event.code_id.code}"
                for event in covered[:10]
            ) or self.env._("Nothing on record")

    def _compute_covers_today(self):
        today = self.env["pact.clock"]._today()
        for note in self:
            note.covers_today = not note.is_void and (
                note.date_from <= today <= note.date_to
            )

    def _search_covers_today(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env["pact.clock"]._today()
        covering = Domain(
            [
                ("is_void", "!=", True),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )
        return covering if True in value else ~covering

    @api.onchange("student_id")
    def _onchange_student_id(self):
        if self.student_id and not self.school_id:
            self.school_id = self.student_id.school_id

    @api.onchange("kind")
    def _onchange_kind(self):
        """Suggest a code; a person decides, and nothing holds until it is applied."""
        if self.kind in DOCUMENTING and self.school_id:
            codes = self.env["pact.attendance.code"]._by_code(self.district_id)
            medical = [c for c in codes.values() if c.category == "medical"]
            if medical and not self.code_id:
                self.code_id = min(medical, key=lambda c: (c.sequence, c.code))

    @api.constrains("date", "date_to", "code_id", "guardian_id", "school_id")
    def _check_note(self):
        today = self.env["pact.clock"]._today()
        for note in self:
            if note.date > today:
                raise ValidationError(
                    self.env._("A note cannot be received in the future.")
                )
            if note.date_to > today + timedelta(days=MOST_DAYS):
                raise ValidationError(
                    self.env._("A note reaches at most one year ahead.")
                )
            district = note.code_id.district_id
            if district and district != note.school_id.district_id:
                raise ValidationError(
                    self.env._(
                        "%(code)s is a code of another district.",
                        code=note.code_id.code,
                    )
                )
            # sudo: whether the two are linked; the link itself is not shown
            links = note.student_id.sudo().guardian_link_ids
            if note.guardian_id and note.guardian_id not in links.guardian_id:
                raise ValidationError(
                    self.env._("The guardian is not on record for this student.")
                )

    # -- writing ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        students = self.env["pact.student"]
        prepared = []
        for vals in vals_list:
            self._check_server_fields(vals)
            if not vals.get("school_id"):
                student = students.browse(vals.get("student_id"))
                vals = {**vals, "school_id": student.school_id.id}
            prepared.append(vals)
        notes = super().create(prepared)
        notes._refresh_events()
        return notes

    def write(self, vals):
        self._check_server_fields(vals)
        fixed = FIXED_FIELDS & vals.keys()
        if fixed:
            raise UserError(
                self.env._(
                    "%(fields)s of a note stay as they were entered. Void the note "
                    "and enter a new one.",
                    fields=", ".join(
                        sorted(
                            self._fields[n]._description_string(self.env) for n in fixed
                        )
                    ),
                )
            )
        recodes = "code_id" in vals and any(self.mapped("is_applied"))
        if recodes:
            self.env["pact.attendance.event"].check_access("write")
        result = super().write(vals)
        if recodes:
            self._refresh_events()
        return result

    @api.model
    def _check_server_fields(self, vals):
        named = SERVER_FIELDS & vals.keys()
        named |= {
            name for name in SERVER_FIELDS if f"default_{name}" in self.env.context
        }
        if named and not self.env.su:
            raise AccessError(
                self.env._(
                    "Who took a note, applied or voided it is kept by the app itself."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A note is never deleted. Void it with a reason instead.")
        )

    def action_apply(self):
        """Let the note's code hold on the covered days of its school: on what is on
        record and on what arrives later. What staff decided on a day stays.

        :raise UserError: no code was chosen, or the note is void
        """
        self.check_access("write")
        # whoever may not re-code an absence does not do so by a note either
        self.env["pact.attendance.event"].check_access("write")
        for note in self:
            if note.is_void or not note.code_id:
                raise UserError(
                    self.env._("A voided note has no effect.")
                    if note.is_void
                    else self.env._("Choose the code that these days get.")
                )
        # sudo: only the server sets these
        self.filtered(lambda note: not note.is_applied).sudo().write(
            {
                "is_applied": True,
                "applied_by_id": self.env.uid,
                "applied_on": fields.Datetime.now(),
            }
        )
        self._refresh_events()
        return True

    def action_void(self, reason):
        """Take the note back: it documents nothing and re-codes nothing any more.

        :param reason: text, required
        """
        self.check_access("write")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the note is voided."))
        open_notes = self.filtered(lambda note: not note.is_void)
        if any(open_notes.mapped("is_applied")):
            self.env["pact.attendance.event"].check_access("write")
        # sudo: only the server sets these
        open_notes.sudo().write(
            {
                "is_void": True,
                "void_reason": reason.strip(),
                "voided_by_id": self.env.uid,
                "voided_on": fields.Datetime.now(),
            }
        )
        open_notes._refresh_events()
        return True

    def action_ask_void(self):
        """Open the dialog that asks for the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Void"),
            "res_model": "pact.attendance.note.void",
            "view_mode": "form",
            "target": "new",
            "context": {"default_note_ids": self.ids},
        }

    def _refresh_events(self):
        if self:
            self.env["pact.attendance.event"]._refresh_notes(notes=self)
