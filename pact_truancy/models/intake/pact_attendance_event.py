from odoo import api, fields, models
from odoo.tools import SQL

from ..facts.pact_attendance_event import FLAGS_OF_STAFF, flags_of_code


class PactAttendanceEvent(models.Model):
    """What staff decided on an event survives the files; what the source newly says
    about it becomes a conflict to decide."""

    _inherit = "pact.attendance.event"

    is_source_gone = fields.Boolean(
        string="No Longer Sent",
        readonly=True,
        help="The source took it back after staff had decided on it: what staff "
        "decided holds until somebody decides.",
    )
    conflict_ids = fields.One2many("pact.import.conflict", "event_id")

    _gone_idx = models.Index("(id) WHERE is_source_gone")

    @api.model
    def _stage(self, source, rows, **options):
        """Also count apart what becomes a conflict (`conflict`): staged as 'conflict'
        where the source takes back what staff decided on, as 'changed' (so that what it
        said is kept beside what holds) where it says something else."""
        counts = super()._stage(source, rows, **options)
        cr = self.env.cr
        # shown to people as a conflict, carried out as the change of what was said
        cr.execute("ALTER TABLE pact_event_stage ADD COLUMN shown text")
        cr.execute(
            SQL(
                """UPDATE pact_event_stage SET shown = 'conflict'
                    WHERE (event_id, operation) IN (
                        SELECT t.event_id, t.operation FROM pact_event_stage t %s)""",
                self._asked_rows(),
            )
        )
        asked = cr.rowcount
        counts["changed"] -= asked
        counts["conflict"] = counts.get("conflict", 0) + asked
        return counts

    @api.model
    def _asked_rows(self):
        """Return the SQL that leaves of the staged rows `t` those whose new value is
        not what staff decided on the event `e`."""
        return SQL(
            """JOIN pact_attendance_event e ON e.id = t.event_id
              WHERE t.operation = 'changed' AND e.decided_by_id IS NOT NULL
                AND e.is_withdrawn IS NOT TRUE
                AND (e.source_code_id, e.source_portion)
                    IS DISTINCT FROM (t.code_id, t.portion)
                AND (e.code_id, e.portion) IS DISTINCT FROM (t.code_id, t.portion)"""
        )

    @api.model
    def _stage_withdrawals(self, source, replace, by_row_id, schools=None):
        """What staff decided on is not withdrawn by a file: somebody is asked, once."""
        result = super()._stage_withdrawals(source, replace, by_row_id, schools)
        self.env.cr.execute(
            """DELETE FROM pact_event_stage t USING pact_attendance_event e
                WHERE t.operation = 'withdrawn' AND e.id = t.event_id
                  AND e.decided_by_id IS NOT NULL AND e.is_source_gone"""
        )
        self.env.cr.execute(
            """UPDATE pact_event_stage t SET operation = 'conflict'
                 FROM pact_attendance_event e
                WHERE t.operation = 'withdrawn' AND e.id = t.event_id
                  AND e.decided_by_id IS NOT NULL"""
        )
        return result

    @api.model
    def _stage_reject_full_days(self):
        """A staged conflict is no row of the file: there is nothing to reject."""
        result = super()._stage_reject_full_days()
        self.env.cr.execute(
            """UPDATE pact_event_stage SET operation = 'conflict', problem = NULL
                WHERE operation = 'rejected' AND line IS NULL"""
        )
        return result

    @api.model
    def _apply_stage(self, source, reason=None, **options):
        self._raise_conflicts(source)
        return super()._apply_stage(source, reason, **options)

    @api.model
    def _raise_conflicts(self, source):
        """Open a conflict for each staged row that says something new about what staff
        decided, and settle those on which source and staff are now one; a few
        statements. The conflict of an event is one, whatever it is about."""
        now = self._words_sql("nc", "t.portion")
        before = self._words_sql("sc", "e.source_portion")
        ours = self._words_sql("hc", "e.portion")
        gone = self.env._("no longer sent")
        label = self.env._("Attendance")
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_import_conflict AS o (source_id, job_id, student_id,
                          school_id, event_id, date, res_model, res_id, field, label,
                          before, now, ours, ours_by_id, ours_on, state, create_uid,
                          create_date, write_uid, write_date)
                   SELECT e.source_id, %(job)s, e.student_id, e.school_id, e.id, e.date,
                          'pact.attendance.event', e.id, 'code_id', %(label)s,
                          %(before)s,
                          CASE WHEN t.operation = 'conflict' THEN %(gone)s
                               ELSE %(now)s END,
                          concat_ws(', ', %(ours)s,
                                    CASE WHEN e.is_documented THEN %(documented)s END),
                          e.decided_by_id, e.decided_on, 'open', %(uid)s,
                          now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM (SELECT t.* FROM pact_event_stage t %(asked)s
                           UNION ALL SELECT * FROM pact_event_stage
                                      WHERE operation = 'conflict') t
                     JOIN pact_attendance_event e ON e.id = t.event_id
                     JOIN pact_attendance_code hc ON hc.id = e.code_id
                     LEFT JOIN pact_attendance_code sc ON sc.id = e.source_code_id
                     LEFT JOIN pact_attendance_code nc ON nc.id = t.code_id
                   ON CONFLICT (res_model, res_id, field, source_id)
                      WHERE state = 'open'
                   DO UPDATE SET now = excluded.now, ours = excluded.ours,
                      job_id = excluded.job_id, ours_by_id = excluded.ours_by_id,
                      ours_on = excluded.ours_on""",
                job=self.env.context.get("pact_import_job"),
                label=label,
                gone=gone,
                before=before,
                now=now,
                ours=ours,
                documented=self.env._("documented"),
                asked=self._asked_rows(),
                uid=self.env.uid,
            )
        )
        # the source says again what it said, or what staff decided
        self.env.cr.execute(
            """UPDATE pact_import_conflict c
                  SET state = 'settled', decided_on = now() AT TIME ZONE 'UTC'
                 FROM pact_event_stage t
                 JOIN pact_attendance_event e ON e.id = t.event_id
                WHERE c.event_id = e.id AND c.state = 'open'
                  AND t.operation IN ('changed', 'unchanged')
                  AND (e.is_source_gone
                           AND (t.code_id, t.portion)
                               IS NOT DISTINCT FROM (e.source_code_id, e.source_portion)
                       OR (t.code_id, t.portion)
                          IS NOT DISTINCT FROM (e.code_id, e.portion))"""
        )
        self.env.cr.execute(
            """UPDATE pact_attendance_event e SET is_source_gone = true
                 FROM pact_event_stage t
                WHERE e.id = t.event_id AND t.operation = 'conflict'
                  AND e.is_source_gone IS NOT TRUE"""
        )
        self.env.cr.execute(
            """UPDATE pact_attendance_event e SET is_source_gone = false
                 FROM pact_event_stage t
                WHERE e.id = t.event_id AND e.is_source_gone
                  AND t.operation IN ('changed', 'unchanged')"""
        )
        self.env["pact.import.conflict"].invalidate_model()

    @api.model
    def _words_sql(self, code, portion):
        """Return the SQL of a code with its part of a day: 'UNX', 'UNX (0.5)'."""
        return SQL(
            """%(code)s.code || CASE WHEN %(portion)s = 25200 THEN '' ELSE
               ' (' || trim_scale(round(%(portion)s / 25200.0, 2)) || ')' END""",
            code=SQL.identifier(code),
            portion=SQL(portion),
        )

    def _take_source(self):
        """Let what the source says hold again, also that it says nothing any more. What
        staff noted beside (documented, a decision on the limit) stays.

        :raise ValidationError: the day would be more than one whole day
        """
        self.check_access("write")
        self.flush_recordset()
        before = {
            event.id: (event.code_id.id, event.portion, event._detail())
            for event in self
        }
        gone = self.filtered("is_source_gone")
        self.env.cr.execute(
            SQL(
                """UPDATE pact_attendance_event e
                      SET code_id = e.source_code_id, portion = e.source_portion,
                          reason = e.source_reason, category = n.number,
                          flags = (e.flags & %(keep)s) | %(flags)s,
                          decided_by_id = CASE WHEN e.is_documented
                               OR e.cap_decision IS NOT NULL THEN e.decided_by_id END,
                          is_withdrawn = e.is_source_gone IS TRUE,
                          is_source_gone = false, write_uid = %(uid)s,
                          write_date = now() AT TIME ZONE 'UTC'
                     FROM pact_attendance_code c JOIN %(categories)s n
                       ON n.code = c.category
                    WHERE c.id = e.source_code_id AND e.id = ANY(%(ids)s)""",
                keep=FLAGS_OF_STAFF,
                flags=SQL(flags_of_code("c", "e.source_minutes")),
                categories=SQL(self._category_values()),
                uid=self.env.uid,
                ids=self.ids,
            )
        )
        self.invalidate_recordset()
        self._check_days(self.student_id.ids, self.mapped("date"))
        reason = self.env._("Conflict decided: what the file says")
        events = self.with_context(pact_reason=reason)
        (events - gone)._log_change("staff", before)
        gone.with_context(pact_reason=reason)._log_change("withdraw", before)
        self._refresh_counted(events=self)
