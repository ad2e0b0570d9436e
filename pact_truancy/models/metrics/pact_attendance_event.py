from odoo import api, models
from odoo.tools import SQL


class PactAttendanceEvent(models.Model):
    _inherit = "pact.attendance.event"

    @api.model
    def _refresh_counted(self, **scope):
        """What counts has changed: so have the numbers that are computed from it."""
        result = super()._refresh_counted(**scope)
        Student = self.env["pact.student"]
        Student.invalidate_model(
            [
                name
                for name, field in Student._fields.items()
                if field.compute == "_compute_counts"
            ],
            flush=False,
        )
        summary = self.env["pact.student.summary"]
        for touched in self._touched(**scope):
            summary._touch(touched)
        if not scope or {"schools", "calendars"} & scope.keys():
            # sudo: how many days a school sent is no child's record
            summary.sudo()._refresh_received_days(self.env["pact.clock"]._today())
        return result

    @api.model
    def _touched(
        self,
        events=None,
        students=None,
        calendars=None,
        schools=None,
        date_from=None,
        date_to=None,
        staged=False,
    ):
        """Return SELECTs of the students whose numbers a change of this scope may have
        changed; see `_refresh_counted`."""
        if staged:
            return [
                SQL(
                    """SELECT DISTINCT student_id FROM pact_event_stage
                        WHERE operation IN ('new', 'changed', 'withdrawn')"""
                )
            ]
        if events is not None:
            return [SQL("SELECT unnest(%s::int[])", events.student_id.ids)]
        if students is not None:
            return [SQL("SELECT unnest(%s::int[])", students.ids)]
        if calendars is not None:
            # another set of dates in the windows of all who are enrolled there
            return [
                SQL(
                    """SELECT DISTINCT n.student_id FROM pact_enrollment n
                         JOIN pact_school s ON s.id = n.school_id
                        WHERE COALESCE(n.calendar_id, s.calendar_id) = ANY(%s)""",
                    calendars.ids,
                )
            ]
        if schools is not None:
            # those whose absences count now; the denominator follows the school's
            return [
                SQL(
                    """SELECT DISTINCT student_id FROM pact_attendance_event
                        WHERE school_id = ANY(%s)
                          AND date BETWEEN COALESCE(%s::date, '-infinity')
                              AND COALESCE(%s::date, 'infinity')""",
                    schools.ids,
                    date_from or None,
                    date_to or None,
                )
            ]
        return [SQL("SELECT id FROM pact_student")]
