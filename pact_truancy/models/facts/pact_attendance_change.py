from odoo import api, fields, models

from .references import BulkMany2one
from .units import format_days


class PactAttendanceChange(models.Model):
    """The append-only history of attendance: what, before, after, who, when, why.

    Nobody changes or deletes a row: not an administrator, not an import, no cascade.
    A trigger in the database refuses it too. The one exception is the retention run.
    """

    _name = "pact.attendance.change"
    _description = "Attendance History"
    _inherit = ["pact.append.only", "pact.period.mixin"]
    _order = "id desc"
    _rec_name = "event_id"

    event_id = BulkMany2one(
        "pact.attendance.event",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    student_id = BulkMany2one(
        "pact.student", required=True, readonly=True, ondelete="restrict", index=True
    )
    school_id = BulkMany2one(
        "pact.school", required=True, readonly=True, ondelete="restrict", index=True
    )
    date = fields.Date(string="Day", required=True, readonly=True)
    operation = fields.Selection(
        [
            ("create", "Recorded"),
            ("source", "Changed by the source"),
            ("rule", "Changed by the roll-up rule"),
            ("code", "Its code counts differently"),
            ("note", "Changed by a note"),
            ("staff", "Changed by staff"),
            ("withdraw", "Withdrawn"),
            ("restore", "Sent again"),
        ],
        required=True,
        readonly=True,
    )
    code_before_id = BulkMany2one(
        "pact.attendance.code", readonly=True, ondelete="restrict"
    )
    code_after_id = BulkMany2one(
        "pact.attendance.code", readonly=True, ondelete="restrict"
    )
    portion_before = fields.Integer(readonly=True, aggregator=None)
    portion_after = fields.Integer(readonly=True, aggregator=None)
    before = fields.Char(compute="_compute_before_after")
    after = fields.Char(compute="_compute_before_after")
    said_before = fields.Json(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="What the source had said, where it changed or took that back.",
    )
    detail = fields.Char(readonly=True, help="Other fields that changed, in words.")
    reason = fields.Char(readonly=True)
    create_uid = BulkMany2one(
        "res.users", string="By", readonly=True, ondelete="restrict"
    )
    create_date = fields.Datetime(string="On", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION pact_attendance_change_keep() RETURNS trigger
            LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP <> 'TRUNCATE'
                   AND current_setting('pact.retention', true) = 'on' THEN
                    RETURN COALESCE(NEW, OLD);
                END IF;
                RAISE EXCEPTION 'The attendance history is never changed or deleted.'
                      USING ERRCODE = 'raise_exception';
            END $$;
            DROP TRIGGER IF EXISTS pact_attendance_change_keep
                ON pact_attendance_change;
            CREATE TRIGGER pact_attendance_change_keep
                BEFORE UPDATE OR DELETE ON pact_attendance_change
                FOR EACH ROW EXECUTE FUNCTION pact_attendance_change_keep();
            DROP TRIGGER IF EXISTS pact_attendance_change_keep_all
                ON pact_attendance_change;
            CREATE TRIGGER pact_attendance_change_keep_all
                BEFORE TRUNCATE ON pact_attendance_change
                FOR EACH STATEMENT EXECUTE FUNCTION pact_attendance_change_keep();
            """
        )

    @api.depends("code_before_id", "portion_before", "code_after_id", "portion_after")
    def _compute_before_after(self):
        for change in self:
            change.before = self._in_words(change.code_before_id, change.portion_before)
            change.after = self._in_words(change.code_after_id, change.portion_after)

    @api.model
    def _in_words(self, code, portion):
        """Return what held, as 'UNX' or 'UNX (0.5)' where it is not a whole day."""
        if not code:
            return False
        days = format_days(portion)
        return code.code if days == "1" else f"{code.code} ({days})"
