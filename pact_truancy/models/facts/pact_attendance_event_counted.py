from odoo import api, models
from odoo.tools import SQL


class PactAttendanceEvent(models.Model):
    """Which events count; the one place that decides it (counting.md 2)."""

    _inherit = "pact.attendance.event"

    @api.model
    def _counted_keys(self, rows):
        """Return the SQL of the keys (`key`, each once) of those of `rows` that count
        unless they are withdrawn: inside an enrollment at their school, on a school day
        of that enrollment's calendar that was received.

        :param rows: SQL of a SELECT of key, student_id, school_id, date
        """
        return SQL(
            """SELECT DISTINCT r.key FROM (%s) r
                 JOIN pact_school s ON s.id = r.school_id
                 JOIN pact_enrollment n ON n.student_id = r.student_id
                  AND n.school_id = r.school_id AND n.entry_date <= r.date
                  AND (n.exit_date IS NULL OR n.exit_date >= r.date)
                 JOIN pact_school_day d
                   ON d.calendar_id = COALESCE(n.calendar_id, s.calendar_id)
                  AND d.date = r.date AND d.is_school_day
                 JOIN pact_attendance_received v
                   ON v.school_id = r.school_id AND v.date = r.date""",
            rows,
        )

    @api.model
    def _refresh_counted(
        self,
        events=None,
        students=None,
        calendars=None,
        schools=None,
        date_from=None,
        date_to=None,
        staged=False,
    ):
        """Keep `is_counted` true. One statement; only rows that differ are written.
        Without arguments: all events.

        :param staged: the events that `pact_event_stage` changed or withdrew
        """
        self.env.flush_all()
        scope = [SQL("true")]
        if events is not None:
            scope.append(SQL("e.id = ANY(%s)", events.ids))
        if students is not None:
            scope.append(SQL("e.student_id = ANY(%s)", students.ids))
        if calendars is not None:
            scope.append(
                SQL(
                    """e.school_id IN (
                        SELECT id FROM pact_school WHERE calendar_id = ANY(%(ids)s)
                        UNION SELECT school_id FROM pact_enrollment
                               WHERE calendar_id = ANY(%(ids)s))""",
                    ids=calendars.ids,
                )
            )
        if schools is not None:
            scope.append(SQL("e.school_id = ANY(%s)", schools.ids))
        if date_from:
            scope.append(SQL("e.date >= %s", date_from))
        if date_to:
            scope.append(SQL("e.date <= %s", date_to))
        if staged:
            # what is new was written with it
            scope.append(
                SQL(
                    """e.id IN (SELECT event_id FROM pact_event_stage
                                 WHERE operation IN ('changed', 'withdrawn'))"""
                )
            )
        events_in_scope = SQL(
            """SELECT e.id AS key, e.student_id, e.school_id, e.date
                 FROM pact_attendance_event e WHERE %s""",
            SQL(" AND ").join(scope),
        )
        self.env.cr.execute(
            SQL(
                """UPDATE pact_attendance_event t SET is_counted = n.counted
                     FROM (SELECT e.id, e.is_withdrawn IS NOT TRUE AND k.key IS NOT NULL
                                  AS counted
                             FROM pact_attendance_event e
                             LEFT JOIN (%s) k ON k.key = e.id
                            WHERE %s) n
                    WHERE n.id = t.id AND t.is_counted IS DISTINCT FROM n.counted""",
                self._counted_keys(events_in_scope),
                SQL(" AND ").join(scope),
            )
        )
        self.invalidate_model(["is_counted"])
