from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .references import BulkMany2one
from .units import (
    CATEGORY_NUMBER,
    DAY,
    SmallInteger,
    format_days,
    to_portion,
)

# bits of `flags`, the part of an event that counting reads from the index alone
FLAG_ABSENT = 1
FLAG_DOCUMENTED = 2
FLAG_CAP_EXCUSED = 4  # the school decided: stays excused beyond the cap (R21-04)
FLAG_CAP_UNEXCUSED = 8  # the school decided: unexcused
FLAG_VALID = 16  # the code names a valid cause (matters for tardies)
FLAG_CHRONIC = 32  # the code counts as chronic absence
FLAGS_OF_STAFF = FLAG_DOCUMENTED | FLAG_CAP_EXCUSED | FLAG_CAP_UNEXCUSED
# the bits above hold the missed minutes (what the source sent, else the code's), up to
# 511
FLAG_MINUTES_SHIFT = 6
FLAG_MINUTES_MOST = 511


def flags_of_code(code="c", minutes="e.source_minutes"):
    """Return the SQL text of the part of `flags` that code and minutes decide.

    :param code: alias of the table of codes
    :param minutes: SQL text of the missed minutes
    """
    return f"""({code}.is_absent::int * {FLAG_ABSENT}
            + {code}.has_valid_cause::int * {FLAG_VALID}
            + {code}.is_chronic::int * {FLAG_CHRONIC}
            + (LEAST(GREATEST(COALESCE(NULLIF({minutes}, 0), {code}.minutes, 0), 0),
                     {FLAG_MINUTES_MOST})
               << {FLAG_MINUTES_SHIFT}))::int2"""


# What staff may change on an event; all else is what the source said.
STAFF_FIELDS = {"code_id", "portion", "days", "is_documented", "cap_decision", "reason"}


class PactAttendanceEvent(models.Model):
    """Attendance by exception: a row stands only for what is not plain presence.

    What the source said (`source_*`) is never edited. What holds (`code_id`,
    `portion`) stands beside it, so that staff's re-coding survives the next file
    (SOP-02). Bulk writing is in `pact_attendance_event_write.py`.
    """

    _name = "pact.attendance.event"
    _description = "Attendance Event"
    _inherit = ["pact.period.mixin"]
    _order = "date desc, student_id, id"

    student_id = BulkMany2one("pact.student", required=True, ondelete="restrict")
    school_id = BulkMany2one("pact.school", required=True, ondelete="restrict")
    date = fields.Date(
        required=True, default=lambda self: self.env["pact.clock"]._today()
    )
    # what holds
    code_id = BulkMany2one(
        "pact.attendance.code", required=True, ondelete="restrict", index=True
    )
    category = SmallInteger(
        string="Category Number",
        compute="_compute_category",
        store=True,
        precompute=True,
        aggregator=None,
        help="Number of the code's category (units.py).",
    )
    category_name = fields.Selection(related="code_id.category")
    portion = fields.Integer(
        required=True, aggregator="sum", help="Missed part, in 1/25200 of a day."
    )
    days = fields.Float(compute="_compute_days", inverse="_inverse_days", digits=(4, 2))
    is_documented = fields.Boolean(
        string="Documented", help="A doctor's or nurse's paper is at hand."
    )
    cap_decision = fields.Selection(
        [("excused", "Stays excused"), ("unexcused", "Unexcused")],
        string="Decision beyond the Limit",
        help="The school's word on an excused day beyond its yearly limit.",
    )
    reason = fields.Char(help="Reason given by the guardian or the source.")
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    decided_on = fields.Datetime(readonly=True)
    flags = SmallInteger(
        compute="_compute_flags", store=True, precompute=True, aggregator=None
    )
    # what the source said
    source_id = BulkMany2one(
        "pact.source",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("pact_truancy.pact_source_staff").id,
    )
    source_key = fields.Char(required=True, readonly=True, default="")
    source_code_id = BulkMany2one(
        "pact.attendance.code", readonly=True, ondelete="restrict"
    )
    source_portion = fields.Integer(readonly=True, aggregator=None)
    source_sent_portion = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Part of the day as it was sent, in 1/25200; empty where the roll-up rule "
        "or the code decided.",
    )
    source_minutes = fields.Integer(readonly=True, aggregator=None)
    source_periods = fields.Integer(readonly=True, aggregator=None)
    source_part = fields.Char(readonly=True, help="Period or part of the day.")
    source_day_minutes = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Minutes of a whole day as the file said; without a roll-up rule they "
        "say what the missed minutes are worth.",
    )
    source_reason = fields.Char(readonly=True)
    is_withdrawn = fields.Boolean(
        string="Withdrawn", readonly=True, help="The source no longer sends it."
    )
    is_counted = fields.Boolean(
        string="Counts",
        readonly=True,
        help="Not withdrawn, inside an enrollment at the school, on a school day that "
        "was received.",
    )
    create_uid = BulkMany2one(
        "res.users", string="Created by", readonly=True, ondelete="restrict"
    )
    write_uid = BulkMany2one(
        "res.users", string="Last Updated by", readonly=True, ondelete="restrict"
    )
    change_ids = fields.One2many("pact.attendance.change", "event_id", string="History")

    _source_unique = models.UniqueIndex(
        "(student_id, school_id, date, source_id, source_key)",
        "This absence is already recorded.",
    )
    _count_idx = models.Index(
        "(student_id, date) INCLUDE (category, flags, portion) WHERE is_counted"
    )
    _school_idx = models.Index("(school_id, date)")
    _portion_range = models.Constraint(
        f"CHECK (portion BETWEEN 0 AND {DAY})",
        "One event is at most one whole day.",
    )

    def init(self):
        result = super().init()
        self.env["pact.touched"]._watch(self._table, "student_id")
        return result

    @api.depends("student_id.name", "date", "code_id.code")
    def _compute_display_name(self):
        for event in self:
            # in a form that is not saved yet some are empty
            day = str(event.date or "")
            head = ", ".join(filter(None, (event.student_id.name, day)))
            event.display_name = ": ".join(filter(None, (head, event.code_id.code)))

    @api.depends("code_id")
    def _compute_category(self):
        for event in self:
            event.category = CATEGORY_NUMBER.get(event.code_id.category, 0)

    @api.depends(
        "code_id", "is_documented", "is_noted", "cap_decision", "source_minutes",
    )  # fmt: skip
    def _compute_flags(self):
        """The same as `flags_of_code`, for rows that are written one by one. A code
        that changes writes its events itself (`pact.attendance.code`)."""
        decision = {"excused": FLAG_CAP_EXCUSED, "unexcused": FLAG_CAP_UNEXCUSED}
        for event in self:
            minutes = event.source_minutes or event.code_id.minutes
            minutes = min(max(minutes, 0), FLAG_MINUTES_MOST)
            event.flags = (
                FLAG_ABSENT * event.code_id.is_absent
                + FLAG_DOCUMENTED * (event.is_documented or event.is_noted)
                + decision.get(event.cap_decision, 0)
                + FLAG_VALID * event.code_id.has_valid_cause
                + FLAG_CHRONIC * event.code_id.is_chronic
                + (minutes << FLAG_MINUTES_SHIFT)
            )

    @api.depends("portion")
    def _compute_days(self):
        for event in self:
            event.days = float(format_days(event.portion))

    def _inverse_days(self):
        for event in self:
            event.portion = to_portion(event.days)

    @api.onchange("student_id")
    def _onchange_student_id(self):
        if self.student_id and not self.school_id:
            self.school_id = self.student_id.school_id

    @api.onchange("code_id")
    def _onchange_code_id(self):
        if self.code_id and not self._origin:
            self.portion = self.code_id.portion

    @api.model_create_multi
    def create(self, vals_list):
        """Record what staff were told. The source of such an event is the staff, and
        what it said stays on it when somebody re-codes it later."""
        today = self.env["pact.clock"]._today()
        codes = self.env["pact.attendance.code"]
        prepared = []
        for vals in vals_list:
            vals = {**self.default_get(["source_id", "date"]), **vals}
            self._check_given(vals)
            code = codes.browse(vals.get("code_id"))
            if "portion" not in vals:
                vals["portion"] = (
                    to_portion(vals["days"]) if "days" in vals else code.portion
                )
            vals.pop("days", None)
            vals["source_code_id"] = code.id
            vals["source_portion"] = vals["source_sent_portion"] = vals["portion"]
            vals["source_reason"] = vals.get("reason")
            vals["source_key"] = code.code or ""
            prepared.append(vals)
        self._number_again(prepared)
        events = super().create(prepared)
        late = events.filtered(lambda event: event.date > today)
        if late:
            raise ValidationError(
                self.env._(
                    "%(date)s is in the future: only days up to today can be recorded.",
                    date=late[0].date,
                )
            )
        events._after_staff_write("create", {})
        return events

    @api.model
    def _check_given(self, vals):
        """Say what is missing before anything is made of it."""
        needed = ("student_id", "school_id", "date", "code_id")
        missing = [name for name in needed if not vals.get(name)]
        if missing:
            labels = [self._fields[n]._description_string(self.env) for n in missing]
            raise ValidationError(
                self.env._("An absence needs %(fields)s.", fields=", ".join(labels))
            )

    @api.model
    def _number_again(self, vals_list):
        """Give what was withdrawn and is recorded once more a key of its own."""
        withdrawn = self.search(
            [
                ("student_id", "in", [vals.get("student_id") for vals in vals_list]),
                ("date", "in", [vals.get("date") for vals in vals_list]),
                ("is_withdrawn", "=", True),
            ]
        )
        for vals in vals_list:
            again = sum(
                event.student_id.id == vals.get("student_id")
                and event.date == fields.Date.to_date(vals.get("date"))
                and event.source_code_id.id == vals["source_code_id"]
                and event.source_id.id == vals["source_id"]
                for event in withdrawn
            )
            if again:
                vals["source_key"] += f"#{again + 1}"

    def write(self, vals):
        """Re-code: what holds changes, what the source said stays (SOP-02)."""
        forbidden = vals.keys() - STAFF_FIELDS
        if forbidden:
            raise AccessError(
                self.env._(
                    "What the source said is never edited: %(fields)s.",
                    fields=", ".join(sorted(forbidden)),
                )
            )
        before = {
            event.id: (event.code_id.id, event.portion, event._detail())
            for event in self
        }
        if "code_id" in vals:
            # the person's word wins over a note's
            vals = {**vals, "note_id": False}
        result = super().write(
            {
                **vals,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        self._after_staff_write("staff", before)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Attendance is never deleted. Withdraw or re-code it instead.")
        )

    def action_withdraw(self):
        """Take back what staff recorded; what a source sent is the source's to
        withdraw."""
        staff = self.env.ref("pact_truancy.pact_source_staff")
        foreign = self.filtered(lambda event: event.source_id != staff)
        if foreign:
            raise UserError(
                self.env._(
                    "%(event)s came from %(source)s. Re-code it here, or correct it "
                    "there and import again.",
                    event=foreign[0].display_name,
                    source=foreign[0].source_id.name,
                )
            )
        self.check_access("write")
        open_events = self.filtered(lambda event: not event.is_withdrawn)
        super(PactAttendanceEvent, open_events).write({"is_withdrawn": True})
        open_events._log_change("withdraw", {})
        open_events._refresh_counted(events=open_events)
        return True

    def _detail(self):
        """Return what else holds, in words, for the history."""
        self.ensure_one()
        words = []
        if self.is_documented:
            words.append(self.env._("documented"))
        if self.cap_decision:
            words.append(
                dict(self._fields["cap_decision"]._description_selection(self.env))[
                    self.cap_decision
                ]
            )
        if self.reason:
            words.append(self.reason)
        return "; ".join(words)

    def _after_staff_write(self, operation, before):
        self.flush_recordset()
        self._check_days(self.student_id.ids, self.mapped("date"))
        self._log_change(operation, before)
        if operation == "create":
            self._refresh_notes(events=self)
        self._refresh_counted(events=self)

    def _log_change(self, operation, before):
        """Write the history rows of `self`; `before` maps an event id to what held:
        (code id, portion, detail)."""
        reason = self.env.context.get("pact_reason")
        rows = []
        for event in self:
            code, portion, detail = before.get(event.id, (False, 0, ""))
            after = event._detail()
            if operation == "staff" and (code, portion, detail) == (
                event.code_id.id,
                event.portion,
                after,
            ):
                continue
            rows.append(
                {
                    "event_id": event.id,
                    "student_id": event.student_id.id,
                    "school_id": event.school_id.id,
                    "date": event.date,
                    "operation": operation,
                    "code_before_id": code
                    or (operation == "withdraw" and event.code_id.id),
                    "code_after_id": operation != "withdraw" and event.code_id.id,
                    "portion_before": portion
                    or (operation == "withdraw" and event.portion)
                    or 0,
                    "portion_after": 0 if operation == "withdraw" else event.portion,
                    "detail": after if after != detail else False,
                    "reason": reason,
                }
            )
        # sudo: nobody has the right to create history; it writes itself
        self.env["pact.attendance.change"].sudo().create(rows)
