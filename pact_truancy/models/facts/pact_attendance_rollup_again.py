from odoo import api, models
from odoo.tools import SQL

from .units import DAY


class PactAttendanceRollup(models.Model):
    """A changed rule run again over what was imported before."""

    _inherit = "pact.attendance.rollup"

    @api.model
    def _stage_again(self, schools, date_from, date_to):
        """Compare what the rules make of the events today with what they made of them
        before; writes no event.

        The temporary table `pact_rollup_again` then has a row for each that differs:
        event_id, portion (1/25200 day), rule_id, held (staff decided: what holds
        stays), too_much (the student-day would hold more than one whole day: it stays).

        :return: dict of counts: changed, held, too_much
        """
        self.env.flush_all()
        cr = self.env.cr
        rows = SQL(
            """SELECT e.id AS key, e.student_id, e.school_id, e.date, e.source_id,
                      e.source_key, e.source_code_id AS code_id,
                      e.source_minutes AS minutes, e.source_periods AS periods,
                      e.source_part AS part, e.source_sent_portion AS sent_portion,
                      e.source_day_minutes AS day_minutes
                 FROM pact_attendance_event e
                WHERE e.school_id = ANY(%s) AND e.date BETWEEN %s AND %s
                  AND e.is_withdrawn IS NOT TRUE""",
            schools.ids,
            date_from,
            date_to,
        )
        cr.execute("DROP TABLE IF EXISTS pact_rollup_again")
        cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_rollup_again ON COMMIT DROP AS
                   SELECT e.id AS event_id, e.student_id, e.date, p.portion, p.rule_id,
                          e.decided_by_id IS NOT NULL AS held, false AS too_much
                     FROM (%s) p JOIN pact_attendance_event e ON e.id = p.key
                    WHERE p.portion <> e.source_portion""",
                self._portions(rows),
            )
        )
        cr.execute("CREATE UNIQUE INDEX ON pact_rollup_again (event_id)")
        cr.execute("ANALYZE pact_rollup_again")
        cr.execute(
            SQL(
                """UPDATE pact_rollup_again t SET too_much = true
                     FROM (SELECT e.student_id, e.date
                             FROM pact_attendance_event e
                             JOIN pact_attendance_code c ON c.id = e.code_id
                             LEFT JOIN pact_rollup_again a
                               ON a.event_id = e.id AND NOT a.held
                            WHERE e.is_withdrawn IS NOT TRUE AND c.is_absent
                              AND (e.student_id, e.date) IN (
                                  SELECT student_id, date FROM pact_rollup_again)
                            GROUP BY e.student_id, e.date
                           HAVING sum(COALESCE(a.portion, e.portion)) > %s) f
                    WHERE f.student_id = t.student_id AND f.date = t.date""",
                DAY,
            )
        )
        cr.execute(
            """SELECT count(*) FILTER (WHERE NOT held AND NOT too_much),
                      count(*) FILTER (WHERE held AND NOT too_much),
                      count(*) FILTER (WHERE too_much)
                 FROM pact_rollup_again"""
        )
        return dict(zip(("changed", "held", "too_much"), cr.fetchone(), strict=True))

    @api.model
    def _apply_again(self, schools, date_from, date_to):
        """Write what `_stage_again` found, with its history; returns its counts."""
        counts = self._stage_again(schools, date_from, date_to)
        cr = self.env.cr
        cr.execute("SELECT DISTINCT rule_id FROM pact_rollup_again")
        rules = self.browse(row[0] for row in cr.fetchall() if row[0])
        none = self.env._("No roll-up rule: as the source sent it.")
        names = {rule.id: rule.name for rule in rules}
        cr.execute(
            SQL(
                """WITH changed AS (
                     UPDATE pact_attendance_event e
                        SET source_portion = t.portion,
                            portion = CASE WHEN t.held THEN e.portion
                                           ELSE t.portion END,
                            write_uid = %(uid)s,
                            write_date = now() AT TIME ZONE 'UTC'
                       FROM pact_rollup_again t
                       JOIN pact_attendance_event o ON o.id = t.event_id
                      WHERE e.id = t.event_id AND NOT t.too_much
                  RETURNING e.id, e.student_id, e.school_id, e.date, e.code_id,
                            o.portion AS before, e.portion AS after, t.held, t.rule_id)
                   INSERT INTO pact_attendance_change
                          (event_id, student_id, school_id, date, operation,
                           code_before_id, code_after_id, portion_before,
                           portion_after, detail, create_uid, create_date)
                   SELECT c.id, c.student_id, c.school_id, c.date, 'rule', c.code_id,
                          c.code_id, c.before, c.after, COALESCE(r.name, %(none)s),
                          %(uid)s, now() AT TIME ZONE 'UTC'
                     FROM changed c
                     LEFT JOIN unnest(%(ids)s::int[], %(names)s::text[]) r (id, name)
                       ON r.id = c.rule_id
                    WHERE c.before <> c.after""",
                uid=self.env.uid,
                none=none,
                ids=list(names),
                names=list(names.values()),
            )
        )
        self.env["pact.attendance.event"].invalidate_model()
        # the numbers computed from these days are others now
        self.env["pact.attendance.event"]._refresh_counted(
            schools=schools, date_from=date_from, date_to=date_to
        )
        return counts

    def action_ask_again(self):
        """Open the dialog that shows what the rule would change."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Run again for past days"),
            "res_model": "pact.attendance.rollup.again",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rollup_id": self.id},
        }
