from odoo import api, fields, models
from odoo.fields import Domain


class PactSchool(models.Model):
    _inherit = "pact.school"

    access_ids = fields.One2many("pact.access", "school_id")
    is_mine = fields.Boolean(
        compute="_compute_is_mine",
        search="_search_is_mine",
        string="Mine",
        help="Nobody in the same role is assigned to this school more narrowly.",
    )

    @api.depends_context("uid")
    def _compute_is_mine(self):
        mine = self._mine()
        for school in self:
            school.is_mine = school.id in mine

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = Domain("id", "in", list(self._mine()))
        if set(value) == {True, False}:
            return Domain.TRUE
        return wanted if True in value else ~wanted

    @api.model
    def _mine(self):
        """Return the ids of the schools that the user is the one to serve: as those do
        to whom new work is routed (`_responsible_users`), but all of them."""
        now = fields.Datetime.now()
        # sudo: one's own rights and their breadth; shows nothing of others
        rows = (
            self.env["pact.access"]
            .sudo()
            .search_fetch(
                [
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                    ("user_id.active", "=", True),
                    ("school_id.access_ids.user_id", "=", self.env.uid),
                ],
                ["user_id", "school_id", "role", "breadth"],
            )
        )
        narrowest = {}
        for row in rows:
            key = row.school_id.id, row.role
            narrowest[key] = min(row.breadth, narrowest.get(key, row.breadth))
        return {
            row.school_id.id
            for row in rows
            if row.user_id.id == self.env.uid
            and row.breadth == narrowest[row.school_id.id, row.role]
        }

    @api.model_create_multi
    def create(self, vals_list):
        schools = super().create(vals_list)
        self._rebuild_access()
        return schools

    def write(self, vals):
        result = super().write(vals)
        if "district_id" in vals:
            self._rebuild_access()
        return result

    def _rebuild_access(self):
        """A new school belongs to whom its district, county or office is assigned."""
        # sudo: the derived table follows, whoever made the school
        assignments_sudo = self.env["pact.assignment"].sudo().search([])
        self.env["pact.access"].sudo()._rebuild(assignments_sudo.user_id)
