from odoo import api, fields, models
from odoo.tools import SQL

from .pact_attendance_event import FLAG_DOCUMENTED, FLAGS_OF_STAFF, flags_of_code
from .pact_attendance_note import DOCUMENTING

NOTE_GROUPS = (
    "pact_truancy.group_pact_school_staff,pact_truancy.group_pact_case_manager,"
    "pact_truancy.group_pact_auditor"
)


class PactAttendanceEvent(models.Model):
    """What notes do to absences: one set-based function, whenever either arrives."""

    _inherit = "pact.attendance.event"

    is_noted = fields.Boolean(
        string="Documented by a Note",
        readonly=True,
        help="A valid note of a doctor or the school nurse covers the day. What staff "
        "ticked by hand stands beside it.",
    )
    note_id = fields.Many2one(
        "pact.attendance.note",
        string="Code by Note",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups=NOTE_GROUPS,
        help="The note whose code holds on this day.",
    )

    @api.model
    def _refresh_notes(self, notes=None, students=None, events=None, staged=False):
        """Make `is_noted`, `note_id` and the codes that notes gave true.

        Documented are events inside the dates of a valid note of a doctor or the school
        nurse. The code of the valid, applied note that was applied last holds on
        absences of its school that are unexcused, unverified, excused or medical as the
        source said (an absent code on absences, a tardy's on tardies); what staff
        decided stays. Where no note holds any more, what the source says holds again.
        A few statements; only rows that differ are written, each with its history.

        :param staged: the student-days in `pact_event_stage`
        """
        self.env.flush_all()
        cr = self.env.cr
        scope = [SQL("e.is_withdrawn IS NOT TRUE")]
        if notes is not None:
            scope.append(
                SQL(
                    """e.id IN (SELECT o.id FROM pact_attendance_note n
                         JOIN pact_attendance_event o ON o.student_id = n.student_id
                          AND o.date BETWEEN n.date_from AND n.date_to
                        WHERE n.id = ANY(%s))""",
                    notes.ids,
                )
            )
        if students is not None:
            scope.append(SQL("e.student_id = ANY(%s)", students.ids))
        if events is not None:
            scope.append(SQL("e.id = ANY(%s)", events.ids))
        if staged:
            # from the notes, which are few, to the rows, which may be a million
            scope.append(
                SQL(
                    """e.id IN (SELECT o.id FROM pact_attendance_note n
                         JOIN pact_event_stage t ON t.student_id = n.student_id
                          AND t.date BETWEEN n.date_from AND n.date_to
                         JOIN pact_attendance_event o
                           ON o.student_id = t.student_id AND o.date = t.date
                        WHERE t.operation IN ('new', 'changed'))"""
                )
            )
        cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_note_change ON COMMIT DROP AS
                   SELECT * FROM (
                     SELECT e.id, e.code_id AS code_before, w.noted, w.note_id,
                            COALESCE(w.code_id, CASE WHEN e.note_id IS NULL
                                     THEN e.code_id ELSE e.source_code_id END)
                            AS code_id,
                            e.is_noted IS TRUE AS noted_before,
                            e.note_id AS note_before
                       FROM pact_attendance_event e
                       JOIN pact_attendance_code sc ON sc.id = e.source_code_id
                      CROSS JOIN LATERAL (
                        SELECT EXISTS (
                                SELECT 1 FROM pact_attendance_note n
                                 WHERE n.student_id = e.student_id
                                   AND e.date BETWEEN n.date_from AND n.date_to
                                   AND n.is_void IS NOT TRUE
                                   AND n.kind = ANY(%(kinds)s)) AS noted) d
                       LEFT JOIN LATERAL (
                        SELECT n.id, n.code_id
                          FROM pact_attendance_note n
                          JOIN pact_attendance_code nc ON nc.id = n.code_id
                         WHERE n.student_id = e.student_id
                           AND n.school_id = e.school_id
                           AND e.date BETWEEN n.date_from AND n.date_to
                           AND n.is_void IS NOT TRUE AND n.is_applied
                           AND nc.is_absent = sc.is_absent
                           AND sc.category IN ('unexcused', 'unverified', 'excused',
                                               'medical', 'tardy')
                           AND (e.decided_by_id IS NULL OR e.note_id IS NOT NULL)
                         ORDER BY n.applied_on DESC, n.id DESC LIMIT 1) h ON true
                      CROSS JOIN LATERAL (
                        SELECT d.noted, h.id AS note_id, h.code_id) w
                      WHERE %(scope)s) c
                    WHERE (noted, note_id, code_id)
                          IS DISTINCT FROM (noted_before, note_before, code_before)""",
                kinds=list(DOCUMENTING),
                scope=SQL(" AND ").join(scope),
            )
        )
        if cr.rowcount:
            self._write_note_changes()
        cr.execute("DROP TABLE pact_note_change")

    @api.model
    def _write_note_changes(self):
        """Write `pact_note_change` to the events and their history."""
        cr = self.env.cr
        cr.execute("ANALYZE pact_note_change")
        cr.execute(
            SQL(
                """UPDATE pact_attendance_event e
                      SET is_noted = t.noted, note_id = t.note_id, code_id = t.code_id,
                          category = n.number,
                          flags = (e.flags & %(kept)s) | %(flags)s
                                  | CASE WHEN t.noted OR e.is_documented
                                         THEN %(documented)s ELSE 0 END,
                          write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
                     FROM pact_note_change t
                     JOIN pact_attendance_code c ON c.id = t.code_id
                     JOIN %(categories)s n ON n.code = c.category
                    WHERE e.id = t.id""",
                kept=FLAGS_OF_STAFF & ~FLAG_DOCUMENTED,
                flags=SQL(flags_of_code()),
                documented=FLAG_DOCUMENTED,
                uid=self.env.uid,
                categories=SQL(self._category_values()),
            )
        )
        cr.execute(
            SQL(
                """INSERT INTO pact_attendance_change
                          (event_id, student_id, school_id, date, operation,
                           code_before_id, code_after_id, portion_before,
                           portion_after, detail, create_uid, create_date)
                   SELECT e.id, e.student_id, e.school_id, e.date, 'note',
                          t.code_before, t.code_id, e.portion, e.portion,
                          CASE WHEN t.noted AND NOT t.noted_before THEN %(yes)s
                               WHEN t.noted_before AND NOT t.noted THEN %(no)s END,
                          %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM pact_note_change t JOIN pact_attendance_event e USING (id)
                    WHERE (t.code_id, t.noted)
                          IS DISTINCT FROM (t.code_before, t.noted_before)""",
                yes=self.env._("documented by a note"),
                no=self.env._("no longer documented by a note"),
                uid=self.env.uid,
            )
        )
        cr.execute("SELECT id FROM pact_note_change")
        events = self.browse(row[0] for row in cr.fetchall())
        self.invalidate_model()
        self._refresh_counted(events=events)
