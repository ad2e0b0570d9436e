from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..casework.pact_void_mixin import OFFICE_ROLES, PactVoidMixin

# what a reason belongs to
REASONED = ("declined", "dismissed")


class PactProceeding(models.Model):
    """What became of a case at the State's Attorney and in court: against a parent or
    about the student, each apart (R21-18, R21-34). Open to the office only; it holds
    no arrest and no charge text."""

    _name = "pact.proceeding"
    _description = "Proceeding"
    _inherit = ["pact.void.mixin"]
    _order = "date_referred desc, id desc"
    _VOID_FIELD = "proceeding_ids"
    _FIXED = PactVoidMixin._FIXED | {"case_id", "against", "guardian_id"}

    case_id = fields.Many2one(
        "pact.case", required=True, ondelete="restrict", index=True
    )
    # of the case: `create` fills both
    student_id = fields.Many2one(readonly=True)
    school_id = fields.Many2one(readonly=True)
    against = fields.Selection(
        [("parent", "Against a parent or guardian"), ("student", "About the student")],
        required=True,
    )
    guardian_id = fields.Many2one(
        "pact.guardian",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('student_link_ids.student_id', '=', student_id)]",
    )
    attorney_id = fields.Many2one(
        "pact.office",
        string="State's Attorney",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('kind', '=', 'attorney')]",
    )
    state = fields.Selection(
        [
            ("referred", "Referred"),
            ("filed", "Filed"),
            ("declined", "Declined"),
            ("dismissed", "Dismissed"),
            ("decided", "Decided"),
        ],
        required=True,
        default="referred",
        copy=False,
        index=True,
    )
    date_referred = fields.Date(
        string="Referred", required=True, default=lambda self: self._today()
    )
    date_filed = fields.Date(string="Filed", copy=False)
    date_decided = fields.Date(string="Decided", copy=False)
    number = fields.Char(string="Court Number", copy=False)
    reason = fields.Char(
        string="Declined or Dismissed Because",
        copy=False,
        help="Filing is the State's Attorney's discretion.",
    )
    outcome = fields.Text(copy=False)

    _days = models.Constraint(
        "CHECK ((date_filed IS NULL OR date_filed >= date_referred)"
        " AND (date_decided IS NULL"
        " OR date_decided >= COALESCE(date_filed, date_referred)))",
        "A proceeding is referred first, then filed, then decided.",
    )

    @api.model
    def _today(self):
        return self.env["pact.clock"]._today()

    @api.depends("against", "student_id.name")
    def _compute_display_name(self):
        labels = dict(self._fields["against"]._description_selection(self.env))
        for proceeding in self:
            proceeding.display_name = ": ".join(
                filter(
                    None, (proceeding.student_id.name, labels.get(proceeding.against))
                )
            )

    @api.constrains("state", "reason", "against", "guardian_id", "date_decided")
    def _check_proceeding(self):
        today = self._today()
        for one in self:
            if one.state in REASONED and not (one.reason or "").strip():
                raise ValidationError(
                    self.env._("Say why it was declined or dismissed.")
                )
            if one.against == "student" and one.guardian_id:
                raise ValidationError(
                    self.env._(
                        "A proceeding about the student names no guardian: enter one "
                        "for each."
                    )
                )
            days = (one.date_referred, one.date_filed, one.date_decided)
            if any(day and day > today for day in days):
                raise ValidationError(
                    self.env._("A proceeding's dates cannot be in the future.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        cases = self.env["pact.case"].browse([vals["case_id"] for vals in vals_list])
        cases.check_access("read")
        # sudo: student and school of cases that the user may read
        rows = [
            {
                **vals,
                "student_id": case.student_id.id,
                "school_id": case.school_id.id,
            }
            for vals, case in zip(vals_list, cases.sudo(), strict=True)
        ]
        proceedings = super().create(rows)
        proceedings._check_office()
        return proceedings

    def write(self, vals):
        """A new state takes today's day where none is named."""
        self._check_office()
        field = {"filed": "date_filed"}.get(vals.get("state"))
        if vals.get("state") in ("declined", "dismissed", "decided"):
            field = "date_decided"
        if field and not vals.get(field) and not all(self.mapped(field)):
            vals = {**vals, field: self._today()}
        if any(one.is_void for one in self) and not self.env.su:
            raise UserError(self.env._("A voided proceeding does not change."))
        return super().write(vals)

    def _check_office(self):
        self._check_role(
            OFFICE_ROLES,
            self.env._("Proceedings are entered by the office of the case."),
        )
