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
        """Derive the rows of `users` from their assignments anew; a few statements."""
        self.env.flush_all()
        today = self.env["pact.clock"]._today()
        schools = self.env["pact.school"].with_context(active_test=False).search([])
        offices = schools._serving_offices(today)
        self.env.cr.execute(
            "DELETE FROM pact_access WHERE user_id = ANY(%s)", (users.ids,)
        )
        self.env.cr.execute(
            "CREATE TEMP TABLE pact_served (school_id integer, office_id integer) "
            "ON COMMIT DROP"
        )
        self.env["pact.attendance.event"]._copy_into(
            "pact_served",
            ("school_id", "office_id"),
            ((school, office.id) for school, office in offices.items()),
        )
        # the day begins and ends in the office's own time zone
        self.env.cr.execute(
            SQL(
                """INSERT INTO pact_access (user_id, school_id, homeroom_id, role,
                          assignment_id, breadth, valid_from, valid_to)
                   SELECT a.user_id, s.id, a.homeroom_id, a.role, a.id,
                          CASE WHEN a.homeroom_id IS NOT NULL THEN 1
                               WHEN a.school_id IS NOT NULL THEN 2
                               WHEN a.district_id IS NOT NULL THEN 3
                               WHEN a.county_id IS NOT NULL THEN 4 ELSE 5 END,
                          COALESCE(a.date_from::timestamp AT TIME ZONE
                                   COALESCE(o.tz, 'UTC') AT TIME ZONE 'UTC',
                                   '1900-01-01'),
                          COALESCE((a.date_to + 1)::timestamp AT TIME ZONE
                                   COALESCE(o.tz, 'UTC') AT TIME ZONE 'UTC',
                                   '9999-01-01')
                     FROM pact_assignment a
                     LEFT JOIN pact_homeroom h ON h.id = a.homeroom_id
                     LEFT JOIN pact_office ao ON ao.id = a.office_id
                     JOIN pact_school s ON true
                     JOIN pact_district d ON d.id = s.district_id
                     LEFT JOIN pact_served v ON v.school_id = s.id
                     LEFT JOIN pact_office o ON o.id = v.office_id
                    WHERE a.user_id = ANY(%s)
                      AND (s.id = a.school_id OR s.id = h.school_id
                           OR d.id = a.district_id OR d.county_id = a.county_id
                           OR o.parent_path LIKE ao.parent_path || '%%')""",
                users.ids,
            )
        )
        self.env.cr.execute("DROP TABLE pact_served")
        self.invalidate_model()
        self.env["pact.school"].invalidate_model(["access_ids"])
        self.env["pact.homeroom"].invalidate_model(["access_ids"])
