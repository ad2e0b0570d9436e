from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .pact_void_mixin import PactVoidMixin

# state -> states that may follow
NEXT_STATES = {
    "offered": ("accepted", "refused"),
    "accepted": ("ended",),
    "refused": ("accepted",),
    "ended": (),
}
# offered alone is not tried
TRIED = ("accepted", "ended", "refused")


class PactService(models.Model):
    """A service offered to a student or family, and what became of it (R21-26, R53-16,
    WTB-05)."""

    _name = "pact.service"
    _description = "Service"
    _inherit = ["pact.void.mixin"]
    _order = "date_offered desc, id desc"
    _VOID_FIELD = "service_ids"
    _FIXED = PactVoidMixin._FIXED | {"kind_id", "date_offered"}

    case_id = fields.Many2one(
        "pact.case",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('student_id', '=', student_id), ('is_open', '=', True)]",
    )
    kind_id = fields.Many2one(
        "pact.service.kind", required=True, ondelete="restrict", index=True
    )
    agency_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('is_company', '=', True)]",
    )
    provider = fields.Char(string="Given by", help="Who gives it, by name or office.")
    user_id = fields.Many2one(
        "res.users",
        string="Offered by",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
        domain="[('share', '=', False)]",
    )
    state = fields.Selection(
        [
            ("offered", "Offered"),
            ("accepted", "Running"),
            ("refused", "Refused"),
            ("ended", "Ended"),
        ],
        required=True,
        default="offered",
        copy=False,
        index=True,
    )
    date_offered = fields.Date(
        string="Offered", required=True, default=lambda self: self._today()
    )
    date_start = fields.Date(string="Since", copy=False)
    date_end = fields.Date(string="Until", copy=False)
    helped = fields.Selection(
        [("yes", "Yes"), ("partly", "Partly"), ("no", "No")], string="Did It Help?"
    )
    note = fields.Text()

    _dates = models.Constraint(
        "CHECK (date_start >= date_offered AND date_end >= date_offered"
        " AND (date_start IS NULL OR date_end IS NULL OR date_end >= date_start))",
        "A service is offered first, then it runs, then it ends.",
    )

    @api.model
    def _today(self):
        return self.env["pact.clock"]._today()

    @api.depends("kind_id.name", "student_id.name")
    def _compute_display_name(self):
        for service in self:
            parts = (service.student_id.name, service.kind_id.name)
            service.display_name = ": ".join(filter(None, parts))

    @api.constrains("date_offered", "date_start", "date_end", "case_id", "student_id")
    def _check_service(self):
        today = self._today()
        for service in self:
            if service.case_id and service.case_id.student_id != service.student_id:
                raise ValidationError(
                    self.env._("The case is another student's. Choose one of theirs.")
                )
            days = (service.date_offered, service.date_start, service.date_end)
            if any(day and day > today for day in days):
                raise ValidationError(
                    self.env._(
                        "What happens with a service is entered when it has happened: "
                        "its dates cannot be in the future."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_dates(vals) for vals in vals_list])

    def write(self, vals):
        if "state" in vals:
            self._check_state(vals["state"])
            vals = self._with_dates(vals)
        return super().write(vals)

    def _check_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for service in self:
            if state != service.state and state not in NEXT_STATES[service.state]:
                raise UserError(
                    self.env._(
                        "A service that is '%(before)s' does not become '%(after)s'.",
                        before=labels[service.state],
                        after=labels.get(state, state),
                    )
                )

    def _with_dates(self, vals):
        """Return `vals` with the day on which a new state began, if none is named."""
        name = {"accepted": "date_start", "ended": "date_end", "refused": "date_end"}
        field = name.get(vals.get("state"))
        if not field or vals.get(field):
            return vals
        dates = {field: vals.get("date_offered") or self._today()}
        if field == "date_start":
            dates["date_end"] = False
        return {**dates, **vals}

    @api.model
    def _tried(self, students, first, day):
        """Return {student id: services tried by `day`, by date}: running, ended or
        refused; offered, accepted or ended from `first` on; one query.

        :param first: {student id: first date that counts}
        """
        if not students:
            return {}
        # sudo: a gate does not depend on who asks
        rows_sudo = self.sudo().search(
            [
                ("student_id", "in", students.ids),
                ("state", "in", TRIED),
                ("is_void", "!=", True),
                ("date_offered", "<=", day),
            ],
            order="date_offered, id",
        )
        return {
            student: rows.filtered(
                lambda row: (row.date_end or day) >= first[row.student_id.id]
            )
            for student, rows in rows_sudo.grouped(
                lambda row: row.student_id.id
            ).items()
        }
