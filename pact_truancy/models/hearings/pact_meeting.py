import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..casework.pact_void_mixin import PactVoidMixin
from ..facts.words import short_date


class PactMeeting(models.Model):
    """A meeting with a family about a case: planned, then held or not (R21-09, R21-12,
    R53-14, WTB-04)."""

    _name = "pact.meeting"
    _description = "Meeting"
    _inherit = ["pact.void.mixin"]
    _order = "start desc, id desc"
    _VOID_FIELD = "meeting_ids"
    _SERVER = PactVoidMixin._SERVER | {"state", "step_id", "day"}
    _FIXED = PactVoidMixin._FIXED | {"case_id", "kind_id"}

    case_id = fields.Many2one(
        "pact.case",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('is_open', '=', True)]",
    )
    # of the case: `create` fills both
    student_id = fields.Many2one(readonly=True)
    school_id = fields.Many2one(readonly=True)
    step_id = fields.Many2one(
        "pact.program.step", string="Planned in", readonly=True, ondelete="restrict"
    )
    kind_id = fields.Many2one(
        "pact.meeting.kind",
        required=True,
        ondelete="restrict",
        compute="_compute_kind_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    start = fields.Datetime(string="When", required=True)
    day = fields.Date(
        compute="_compute_day",
        store=True,
        precompute=True,
        help="The day of the meeting where the office is.",
    )
    location = fields.Char(
        string="Where", help="Room and address, as the family reads them."
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("held", "Held"),
            ("not_held", "Not held"),
            ("canceled", "Canceled"),
        ],
        required=True,
        default="planned",
        readonly=True,
        copy=False,
        index=True,
    )
    family_came = fields.Selection(
        [
            ("both", "Student and parent"),
            ("parent", "Parent only"),
            ("student", "Student only"),
            ("nobody", "Nobody of the family"),
        ],
        string="Who Came of the Family",
        copy=False,
    )
    others = fields.Char(string="Who Else Came", copy=False)
    outcome = fields.Text(
        copy=False, help="What was discussed, agreed, and recommended."
    )

    @api.depends("case_id")
    def _compute_kind_id(self):
        for meeting in self:
            meeting.kind_id = meeting.case_id.step_id.meeting_kind_id or meeting.kind_id

    @api.depends("start")
    def _compute_day(self):
        zone = pytz.timezone(self.env["pact.clock"]._office_tz())
        for meeting in self:
            start = meeting.start and pytz.utc.localize(meeting.start)
            meeting.day = start and start.astimezone(zone).date()

    @api.depends("kind_id.name", "student_id.name", "day")
    def _compute_display_name(self):
        for meeting in self:
            if not meeting.day:
                meeting.display_name = meeting.kind_id.name
                continue
            meeting.display_name = self.env._(
                "%(kind)s: %(student)s, %(day)s",
                kind=meeting.kind_id.name or "",
                student=meeting.student_id.name or "",
                day=short_date(self.env, meeting.day),
            )

    @api.constrains("start")
    def _check_start(self):
        for meeting in self:
            if meeting.state == "held" and meeting.day > self._today():
                raise ValidationError(
                    self.env._("A meeting that was held cannot lie in the future.")
                )

    @api.model
    def _today(self):
        return self.env["pact.clock"]._today()

    @api.model_create_multi
    def create(self, vals_list):
        """Plan meetings of open cases.

        :raise UserError: for a closed case
        """
        self._check_server_fields(*vals_list)
        cases = self.env["pact.case"].browse([vals["case_id"] for vals in vals_list])
        cases.check_access("read")
        rows = []
        # sudo: step and school of cases that the user may read
        for vals, case in zip(vals_list, cases.sudo(), strict=True):
            if not case.is_open:
                raise UserError(self.env._("The case is closed."))
            rows.append(
                {
                    **vals,
                    "student_id": case.student_id.id,
                    "school_id": case.school_id.id,
                }
            )
        meetings = super().create(rows)
        for meeting in meetings:
            # sudo: which step it belongs to is not the user's to say
            meeting.sudo().write({"step_id": meeting.case_id.sudo().step_id.id})
        return meetings

    def write(self, vals):
        """What was held, canceled or voided keeps its day and place: a gate rests on
        it.

        :raise UserError: on such a meeting
        """
        if not self.env.su and any(one.is_void for one in self):
            raise UserError(self.env._("A voided meeting does not change."))
        planning = {"start", "location"} & vals.keys()
        if planning and not self.env.su and set(self.mapped("state")) - {"planned"}:
            raise UserError(
                self.env._("Day and place of a meeting that is over do not change.")
            )
        return super().write(vals)

    def _set_state(self, state):
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state", "is_void"])
        if any(meeting.state != "planned" or meeting.is_void for meeting in self):
            raise UserError(
                self.env._("This meeting was held, canceled or voided already.")
            )
        # sudo: only the app sets these
        self.sudo().write({"state": state})
        return True

    def action_held(self):
        """Record that the meeting took place.

        :raise UserError: before its day, or while it is not said who came
        """
        for meeting in self:
            if meeting.day > self._today():
                raise UserError(
                    self.env._(
                        "The meeting is on %(day)s.",
                        day=short_date(self.env, meeting.day),
                    )
                )
            if not meeting.family_came:
                raise UserError(self.env._("Say who came of the family."))
        return self._set_state("held")

    def action_not_held(self):
        """Record that it did not take place; the outcome says why.

        :raise UserError: without a word
        """
        if any(not (meeting.outcome or "").strip() for meeting in self):
            raise UserError(self.env._("Say under 'Outcome' why it was not held."))
        return self._set_state("not_held")

    def action_cancel(self):
        """Cancel meetings that are planned."""
        return self._set_state("canceled")
