from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .roles import ROLES

COORDINATORS = "pact_truancy.group_pact_coordinator"


class PactAssignment(models.Model):
    """Who may do what for which schools, and from when to when.

    The only source of rights to records of children: groups and `pact.access` follow
    from it.
    """

    _name = "pact.assignment"
    _description = "Assignment"
    _inherit = ["mail.thread"]
    _order = "user_id, role, id"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="cascade",
        index=True,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    role = fields.Selection(ROLES, required=True, tracking=True)
    office_id = fields.Many2one("pact.office", ondelete="cascade", tracking=True)
    county_id = fields.Many2one("pact.county", ondelete="cascade", tracking=True)
    district_id = fields.Many2one("pact.district", ondelete="cascade", tracking=True)
    school_id = fields.Many2one("pact.school", ondelete="cascade", tracking=True)
    homeroom_id = fields.Many2one("pact.homeroom", ondelete="cascade", tracking=True)
    scope_name = fields.Char(compute="_compute_scope_name", string="For")
    date_from = fields.Date(string="From", tracking=True)
    date_to = fields.Date(string="Until", tracking=True)
    deputy_of_id = fields.Many2one(
        "res.users", string="Deputy of", ondelete="set null", tracking=True
    )

    is_current = fields.Boolean(
        string="Current",
        compute="_compute_is_current",
        search="_search_is_current",
        help="Gives rights on the program's day.",
    )

    _one_scope = models.Constraint(
        "CHECK (num_nonnulls(office_id, county_id, district_id, school_id, "
        "homeroom_id) = 1)",
        "An assignment is for one office, county, district, school or homeroom.",
    )
    _teacher_homeroom = models.Constraint(
        "CHECK (role = 'teacher' OR homeroom_id IS NULL)",
        "Only teachers are assigned to a homeroom.",
    )
    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "An assignment must end after it begins.",
    )

    @api.constrains("user_id")
    def _check_internal_user(self):
        for assignment in self:
            if assignment.user_id.share:
                raise ValidationError(
                    self.env._(
                        "%(user)s is not an employee. Families and partners reach "
                        "what is theirs without an assignment.",
                        user=assignment.user_id.name,
                    )
                )

    def _scope(self):
        self.ensure_one()
        return (
            self.office_id
            or self.county_id
            or self.district_id
            or self.school_id
            or self.homeroom_id
        )

    @api.depends("office_id", "county_id", "district_id", "school_id", "homeroom_id")
    def _compute_scope_name(self):
        for assignment in self:
            homeroom = assignment.homeroom_id
            assignment.scope_name = (
                f"{homeroom.name}, {homeroom.school_id.name}"
                if homeroom
                else assignment._scope().display_name
            )

    @api.depends("date_from", "date_to")
    def _compute_is_current(self):
        today = self.env["pact.clock"]._today()
        for assignment in self:
            assignment.is_current = (
                not assignment.date_from or assignment.date_from <= today
            ) and (not assignment.date_to or assignment.date_to >= today)

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env["pact.clock"]._today()
        current = (
            Domain("date_from", "=", False) | Domain("date_from", "<=", today)
        ) & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        return current if True in value else ~current

    @api.depends("user_id.name", "role")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for assignment in self:
            if not (assignment.user_id and assignment.scope_name):
                assignment.display_name = False
                continue
            assignment.display_name = (
                f"{assignment.user_id.name}: {labels.get(assignment.role)}, "
                f"{assignment.scope_name}"
            )

    @api.model_create_multi
    def create(self, vals_list):
        assignments = super().create(vals_list)
        assignments._after_change(assignments.user_id)
        assignments._announce_self_grant()
        return assignments

    def write(self, vals):
        users = self.user_id
        ends = {assignment.id: assignment.date_to for assignment in self}
        result = super().write(vals)
        self._after_change(users | self.user_id)
        # to end one's own right earlier takes nobody's notice
        self.filtered(
            lambda assignment: (
                vals.keys() - {"date_to"}
                or not assignment.date_to
                or (ends[assignment.id] and assignment.date_to > ends[assignment.id])
            )
        )._announce_self_grant()
        return result

    def unlink(self):
        users = self.user_id
        result = super().unlink()
        self._after_change(users)
        return result

    def _after_change(self, users):
        # sudo: the derived table and groups of exactly these users
        self.env["pact.access"].sudo()._rebuild(users)
        users.sudo()._sync_pact_groups()

    def _announce_self_grant(self):
        """Tell every coordinator when somebody gave or widened rights to themselves."""
        own = self.filtered(lambda assignment: assignment.user_id.id == self.env.uid)
        if not own or self.env.uid == SUPERUSER_ID:
            return
        # sudo: the list of coordinators, whoever is asking. A fresh context: nothing
        # that a client sends along may hush this up.
        own_sudo = own.with_context(  # pylint: disable=context-overridden
            {"lang": self.env.user.lang}
        ).sudo()
        coordinators_sudo = own_sudo.env.ref(COORDINATORS).all_user_ids
        for assignment in own_sudo:
            assignment.message_notify(
                partner_ids=(coordinators_sudo - self.env.user).partner_id.ids,
                author_id=self.env.user.partner_id.id,
                subject=self.env._("Someone gave rights to themselves"),
                body=self.env._(
                    "%(user)s made this assignment for themselves: %(what)s.",
                    user=self.env.user.name,
                    what=assignment.display_name,
                ),
            )

    @api.model
    def _responsible_users(self, schools, role):
        """Return {school id: user} of the one who serves each school in `role`.

        The narrowest assignment wins: school, then district, county, office (R21-23:
        one county's districts may be served by different people); then the oldest.
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (a.school_id) a.school_id, a.user_id
                     FROM pact_access a JOIN res_users u ON u.id = a.user_id
                    WHERE a.school_id = ANY(%(schools)s) AND a.role = %(role)s
                      AND a.valid_from <= %(now)s AND a.valid_to > %(now)s
                      AND u.active
                    ORDER BY a.school_id, a.breadth, a.assignment_id""",
                schools=schools.ids,
                role=role,
                now=now,
            )
        )
        users = self.env["res.users"]
        return {school_id: users.browse(user_id) for school_id, user_id in rows}

    @api.model
    def _cron_day_turn(self):
        """A new day: dated links between offices and schools may have changed."""
        users = self.search([]).user_id
        self.env["pact.access"]._rebuild(users)
        users._sync_pact_groups()
