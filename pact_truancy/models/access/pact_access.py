from odoo import api, fields, models
from odoo.tools import SQL

from .roles import ROLES


class PactAccess(models.Model):
    """The plain table that record rules join: user x school x role.

    Derived from `pact.assignment`, never edited. Each row bears the instants between
    which it gives anything, so an assignment that ended yesterday gives nothing today,
    on every worker and without any write.
    """

    _name = "pact.access"
    _description = "Right to a School"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    school_id = fields.Many2one(
        "pact.school", required=True, ondelete="cascade", index=True
    )
    homeroom_id = fields.Many2one(
        "pact.homeroom", ondelete="cascade", index="btree_not_null"
    )
    role = fields.Selection(ROLES, required=True)
    assignment_id = fields.Many2one(
        "pact.assignment", required=True, ondelete="cascade", index=True
    )
    breadth = fields.Integer(
        required=True, help="1 homeroom, 2 school, 3 district, 4 county, 5 office."
    )
    valid_from = fields.Datetime(required=True)
    valid_to = fields.Datetime(required=True)

    _user_idx = models.Index("(user_id, school_id, role)")

    @api.model
    def _rebuild(self, users):
        """Derive the rows of `users` from their assignments anew; a few statements, and
        only rows that differ are written."""
        self.env.flush_all()
        clock = self.env["pact.clock"]
        today = clock._today()
        schools = self.env["pact.school"].with_context(active_test=False).search([])
        offices = schools._serving_offices(today)
        self.env.cr.execute(
            "CREATE TEMP TABLE pact_served (school_id integer, office_id integer) "
            "ON COMMIT DROP"
        )
        self.env["pact.attendance.event"]._copy_into(
            "pact_served",
            ("school_id", "office_id"),
            ((school, office.id) for school, office in offices.items()),
        )
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_access_new ON COMMIT DROP AS
                   SELECT a.user_id, s.id AS school_id, a.homeroom_id, a.role,
                          a.id AS assignment_id,
                          CASE WHEN a.homeroom_id IS NOT NULL THEN 1
                               WHEN a.school_id IS NOT NULL THEN 2
                               WHEN a.district_id IS NOT NULL THEN 3
                               WHEN a.county_id IS NOT NULL THEN 4 ELSE 5 END
                          AS breadth, %(valid_from)s AS valid_from,
                          %(valid_to)s AS valid_to
                     FROM pact_assignment a
                     LEFT JOIN pact_homeroom h ON h.id = a.homeroom_id
                     LEFT JOIN pact_office ao ON ao.id = a.office_id
                     JOIN pact_school s ON true
                     JOIN pact_district d ON d.id = s.district_id
                     LEFT JOIN pact_served v ON v.school_id = s.id
                     LEFT JOIN pact_office o ON o.id = v.office_id
                    WHERE a.user_id = ANY(%(users)s)
                      AND (s.id = a.school_id OR s.id = h.school_id
                           OR d.id = a.district_id OR d.county_id = a.county_id
                           OR o.parent_path LIKE ao.parent_path || '%%')""",
                users=users.ids,
                **self._validity(clock._pinned_day()),
            )
        )
        same = SQL(
            """n.assignment_id = o.assignment_id AND n.school_id = o.school_id
               AND (o.user_id, o.homeroom_id, o.role, o.breadth, o.valid_from,
                    o.valid_to) IS NOT DISTINCT FROM
                   (n.user_id, n.homeroom_id, n.role, n.breadth, n.valid_from,
                    n.valid_to)"""
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM pact_access o WHERE o.user_id = ANY(%s) AND NOT EXISTS (
                    SELECT 1 FROM pact_access_new n WHERE %s)""",
                users.ids,
                same,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_access (user_id, school_id, homeroom_id, role,
                          assignment_id, breadth, valid_from, valid_to)
                   SELECT n.* FROM pact_access_new n WHERE NOT EXISTS (
                    SELECT 1 FROM pact_access o WHERE %s)""",
                same,
            )
        )
        self.env.cr.execute("DROP TABLE pact_served, pact_access_new")
        self.invalidate_model()
        self.env["pact.school"].invalidate_model(["access_ids"])
        self.env["pact.homeroom"].invalidate_model(["access_ids"])

    @api.model
    def _validity(self, pinned):
        """Return the SQL of the instants (UTC) between which an assignment `a` gives
        anything, as {valid_from, valid_to}.

        The day begins and ends in the time zone of the office `o` that serves the
        school. Where the day is pinned (demo), it says once for all whether an
        assignment is in force: real time does not pass there.
        """
        always, never = SQL("'1900-01-01'::timestamp"), SQL("'9999-01-01'::timestamp")
        if pinned:
            return {
                "valid_from": SQL(
                    "CASE WHEN a.date_from > %s THEN %s ELSE %s END",
                    pinned,
                    never,
                    always,
                ),
                "valid_to": SQL(
                    "CASE WHEN a.date_to < %s THEN %s ELSE %s END",
                    pinned,
                    always,
                    never,
                ),
            }
        zone = SQL("COALESCE(o.tz, ao.tz, 'UTC')")
        return {
            "valid_from": SQL(
                "COALESCE(a.date_from::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC', "
                "%s)",
                zone,
                always,
            ),
            "valid_to": SQL(
                "COALESCE((a.date_to + 1)::timestamp AT TIME ZONE %s AT TIME ZONE "
                "'UTC', %s)",
                zone,
                never,
            ),
        }
