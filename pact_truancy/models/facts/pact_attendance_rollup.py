from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .units import DAY

# What a file writes in the column 'part of the day' for all of it.
WHOLE_DAY_PARTS = [
    "all", "all day", "allday", "day", "full", "full day", "fullday", "whole",
    "whole day", "fd", "ad",
]  # fmt: skip

# What `_portions` wants of its rows, in this order.
ROW_COLUMNS = (
    "key, student_id, school_id, date, source_id, source_key, code_id, minutes, "
    "periods, part, sent_portion, day_minutes"
)


class PactAttendanceRollup(models.Model):
    """How a school turns what its system sends into parts of a day, and since when.

    The one function `_portions` serves files and, when a rule changed, what was
    imported before: what the source sent is kept on the event.
    """

    _name = "pact.attendance.rollup"
    _description = "Roll-Up Rule of Attendance"
    _order = "district_id, school_id, date_from desc, id desc"

    name = fields.Char(compute="_compute_name", string="Rule")
    school_id = fields.Many2one("pact.school", ondelete="cascade", index=True)
    district_id = fields.Many2one(
        "pact.district",
        ondelete="cascade",
        index=True,
        help="For all its schools that have no rule of their own.",
    )
    date_from = fields.Date(string="From", help="Empty: from the beginning.")
    date_to = fields.Date(string="To", help="Empty: until further notice.")
    kind = fields.Selection(
        [
            ("half_days", "Half days"),
            ("periods", "Periods a day"),
            ("cutoffs", "Missed minutes, by cut-offs"),
            ("exact", "Missed minutes, exactly"),
        ],
        string="Counts",
        required=True,
        default="half_days",
    )
    periods = fields.Integer(string="Periods of a Whole Day", default=6)
    full_from = fields.Integer(
        string="Whole Day From",
        default=180,
        help="This many missed minutes of a day, or more, are a whole day.",
    )
    half_from = fields.Integer(
        string="Half Day From",
        default=90,
        help="This many missed minutes of a day, or more, are half a day. 0: there are "
        "whole days only.",
    )
    day_minutes = fields.Integer(string="Minutes of a Whole Day", default=360)

    _one_place = models.Constraint(
        "CHECK ((school_id IS NULL) <> (district_id IS NULL))",
        "A roll-up rule belongs to a school or to a district.",
    )
    _dates_order = models.Constraint(
        "CHECK (date_from <= date_to)", "The rule ends before it begins."
    )
    _numbers = models.Constraint(
        """CHECK (CASE kind WHEN 'periods' THEN periods BETWEEN 1 AND 60
                            WHEN 'exact' THEN day_minutes BETWEEN 1 AND 1440
                            WHEN 'cutoffs' THEN full_from BETWEEN 1 AND 1440
                                 AND COALESCE(half_from, 0) BETWEEN 0 AND full_from - 1
                            ELSE true END)""",
        "The numbers of the roll-up rule cannot be: a day has 1 to 60 periods and at "
        "most 1,440 minutes, and half a day begins before a whole day.",
    )

    @api.depends("kind", "periods", "full_from", "half_from", "day_minutes")
    def _compute_name(self):
        """The rule as a sentence."""
        for rule in self:
            if rule.kind == "half_days":
                name = self.env._("Each part of the day that is listed: half a day.")
            elif rule.kind == "periods":
                name = self.env._(
                    "Each missed period: 1/%(count)s of a day.", count=rule.periods
                )
            elif rule.kind == "exact":
                name = self.env._(
                    "Missed minutes of %(minutes)s count exactly.",
                    minutes=rule.day_minutes,
                )
            elif rule.half_from:
                name = self.env._(
                    "From %(full)s missed minutes: a whole day; from %(half)s: half a "
                    "day; fewer count nothing.",
                    full=rule.full_from,
                    half=rule.half_from,
                )
            else:
                name = self.env._(
                    "From %(full)s missed minutes: a whole day; fewer count nothing.",
                    full=rule.full_from,
                )
            rule.name = name

    @api.constrains("school_id", "district_id", "date_from", "date_to")
    def _check_overlap(self):
        for rule in self:
            others = Domain("id", "!=", rule.id)
            others &= Domain("school_id", "=", rule.school_id.id)
            others &= Domain("district_id", "=", rule.district_id.id)
            if rule.date_from:
                others &= Domain("date_to", "=", False) | Domain(
                    "date_to", ">=", rule.date_from
                )
            if rule.date_to:
                others &= Domain("date_from", "=", False) | Domain(
                    "date_from", "<=", rule.date_to
                )
            other = self.search(others, limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "%(place)s already has a roll-up rule on some of these days: "
                        "%(rule)s End it on the day before.",
                        place=(rule.school_id or rule.district_id).name,
                        rule=other.name,
                    )
                )

    @api.model
    def _stage_portions(self, source, by_row_id, replace, day_minutes):
        """Make `pact_event_portion` (key: line, portion) of those rows in
        `pact_event_row` of which minutes, periods or part of the day say something.

        With row ids a file may bring a part of a student-day only. The rest of it that
        is already here is added up with it (key: negative id of the event), see
        `_stage_rest`.

        :param replace: as `_stage` takes it: what it will withdraw is no rest
        :param day_minutes: minutes of a whole day as the file itself says, or None
        """
        measured = SQL(
            "(minutes <> 0 OR periods <> 0 OR part <> '') AND code_id IS NOT NULL"
        )
        rest = SQL("")
        if by_row_id:
            rest = SQL(
                """UNION ALL
                   SELECT -e.id, e.student_id, e.school_id, e.date, e.source_id,
                          e.source_key, e.source_code_id, e.source_minutes,
                          e.source_periods, e.source_part, e.source_sent_portion,
                          e.source_day_minutes
                     FROM pact_attendance_event e
                    WHERE e.source_id = %(source)s AND e.is_withdrawn IS NOT TRUE
                      AND (e.student_id, e.school_id, e.date) IN (
                          SELECT student_id, school_id, date FROM pact_event_row
                           WHERE %(measured)s)
                      AND NOT EXISTS (SELECT 1 FROM pact_event_row t
                                       WHERE t.source_key = e.source_key)
                      AND NOT EXISTS (SELECT 1 FROM pact_event_present t
                                       WHERE t.source_key = e.source_key)
                      AND %(kept)s""",
                source=source.id,
                measured=measured,
                kept=SQL(
                    "NOT (e.school_id = ANY(%s) AND e.date BETWEEN %s AND %s)",
                    list(replace[0]),
                    *replace[1:],
                )
                if replace
                else SQL("true"),
            )
        rows = SQL(
            """SELECT line AS key, student_id, school_id, date, %(source)s AS source_id,
                      source_key, code_id, minutes, periods, part, sent_portion,
                      %(day_minutes)s::int AS day_minutes
                 FROM pact_event_row WHERE %(measured)s %(rest)s""",
            source=source.id,
            day_minutes=day_minutes or None,
            measured=measured,
            rest=rest,
        )
        cr = self.env.cr
        cr.execute(
            SQL(
                "CREATE TEMP TABLE pact_event_portion ON COMMIT DROP AS %s",
                self._portions(rows),
            )
        )
        cr.execute("ANALYZE pact_event_portion")

    @api.model
    def _stage_rest(self):
        """Put into the stage, as changed, the rest of the student-days of which a file
        brought a part, where its own part of the day changes by that."""
        self.env.cr.execute(
            """INSERT INTO pact_event_stage (student_id, school_id, date,
                      source_key, code_id, portion, minutes, reason, part, periods,
                      sent_portion, day_minutes, event_id, operation)
               SELECT e.student_id, e.school_id, e.date, e.source_key,
                      e.source_code_id, p.portion, e.source_minutes,
                      e.source_reason, e.source_part, e.source_periods,
                      e.source_sent_portion, e.source_day_minutes, e.id, 'changed'
                 FROM pact_event_portion p
                 JOIN pact_attendance_event e ON e.id = -p.key
                WHERE p.key < 0 AND p.portion <> e.source_portion"""
        )

    @api.model
    def _portions(self, rows):
        """Return the SQL of (key, rule_id, portion), one row for each of `rows`: the
        part of the day that each absence is, in 1/25200 day.

        The rule of the school on that date wins over its district's. What it reads
        (minutes, periods, part of the day) is added up over the student-day, turned
        into days, rounded down once, and shared out to the rows: so cut-offs hold for
        the day and eleven elevenths are one. Where the rule finds nothing to read, or
        there is none: minutes by the file's own statement of a day's minutes
        (counting.md 13), then the portion that the source sent, then the code's.
        Zero minutes or periods say nothing. One row alone is at most one whole day;
        several that exceed it are left to the check of whole days.

        :param rows: SQL of a SELECT with ROW_COLUMNS (`key` tells them apart); a code
            below 0 is one that nobody mapped yet, an absence of a whole day
        """
        return SQL(
            """WITH r AS (%(rows)s),
               said AS (  -- most rows of most files are a code and nothing else
                 SELECT * FROM r WHERE minutes <> 0 OR periods <> 0 OR part <> ''),
               ruled AS (
                 SELECT d.school_id, d.date, u.*
                   FROM (SELECT DISTINCT school_id, date FROM said) d
                   JOIN pact_school s ON s.id = d.school_id
                  CROSS JOIN LATERAL (
                    SELECT id AS rule_id, kind, full_from, COALESCE(half_from, 0)
                           AS half_from, CASE kind WHEN 'periods' THEN periods
                                WHEN 'exact' THEN day_minutes
                                WHEN 'half_days' THEN 2 END AS per
                      FROM pact_attendance_rollup p
                     WHERE (p.school_id = s.id OR p.district_id = s.district_id)
                       AND (p.date_from IS NULL OR p.date_from <= d.date)
                       AND (p.date_to IS NULL OR p.date_to >= d.date)
                     ORDER BY p.school_id IS NULL, p.date_from DESC NULLS LAST, p.id
                     LIMIT 1) u),
               measured AS (
                 SELECT r.key, r.student_id, r.school_id, r.date, r.source_id,
                        r.source_key, u.full_from, u.half_from,
                        COALESCE(c.is_absent, true) AS is_absent,
                        COALESCE(own.units, file.units)::bigint AS units,
                        CASE WHEN own.units IS NULL THEN r.day_minutes ELSE u.per END
                             AS per,
                        CASE WHEN own.units IS NOT NULL THEN u.rule_id END AS rule_id
                   FROM said r
                   LEFT JOIN ruled u ON u.school_id = r.school_id AND u.date = r.date
                   LEFT JOIN pact_attendance_code c ON c.id = r.code_id
                  CROSS JOIN LATERAL (
                    SELECT CASE lower(r.part) = ANY(%(whole)s::text[])
                                WHEN true THEN u.per
                                ELSE CASE WHEN r.part <> '' THEN 1 END END AS parts) p
                  CROSS JOIN LATERAL (
                    SELECT CASE WHEN u.kind IN ('cutoffs', 'exact')
                                THEN NULLIF(r.minutes, 0)
                                WHEN u.kind = 'periods'
                                THEN COALESCE(NULLIF(r.periods, 0), p.parts)
                                WHEN u.kind = 'half_days' THEN p.parts
                                END AS units) own
                  CROSS JOIN LATERAL (
                    SELECT CASE WHEN r.day_minutes > 0 THEN NULLIF(r.minutes, 0) END
                           AS units) file
                  WHERE COALESCE(own.units, file.units) > 0),
               summed AS (
                 SELECT m.*, sum(units) OVER day AS total, count(*) OVER day AS several,
                        sum(units) OVER (day ORDER BY source_key, key
                                         ROWS UNBOUNDED PRECEDING) AS running
                   FROM measured m
                 WINDOW day AS (PARTITION BY student_id, school_id, date, source_id,
                                             is_absent, rule_id, per)),
               shared AS (
                 SELECT s.key, s.rule_id,
                        LEAST(%(day)s, div(d.whole * running, total)
                              - div(d.whole * (running - units), total))::int AS portion
                   FROM summed s
                  CROSS JOIN LATERAL (
                    SELECT CASE WHEN per IS NOT NULL THEN CASE WHEN several = 1
                                THEN LEAST(%(day)s, div(total * %(day)s, per))
                                ELSE div(total * %(day)s, per) END
                                WHEN total >= full_from THEN %(day)s
                                WHEN half_from > 0 AND total >= half_from
                                THEN %(day)s / 2 ELSE 0 END AS whole) d)
               SELECT r.key, s.rule_id,
                      COALESCE(s.portion, r.sent_portion, c.portion, %(day)s) AS portion
                 FROM r
                 LEFT JOIN shared s USING (key)
                 LEFT JOIN pact_attendance_code c ON c.id = r.code_id""",
            rows=rows,
            whole=WHOLE_DAY_PARTS,
            day=DAY,
        )
