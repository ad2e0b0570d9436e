from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .pact_void_mixin import PactVoidMixin

RESULTS = [
    ("reached", "Reached"),
    ("message", "Left a message"),
    ("no_answer", "No answer"),
    ("refused", "Refused"),
    ("done", "Done"),
]
SUCCEEDED = ("reached", "done")


class PactIntervention(models.Model):
    """A contact or another intervention: who did what on which day, and what came of it
    (WTB-03, R21-31). Steps that ask for interventions count these."""

    _name = "pact.intervention"
    _description = "Intervention"
    _inherit = ["pact.void.mixin"]
    _order = "date desc, id desc"
    _VOID_FIELD = "intervention_ids"
    _FIXED = PactVoidMixin._FIXED | {"kind_id", "date", "user_id", "result", "case_id"}

    case_id = fields.Many2one(
        "pact.case",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('student_id', '=', student_id), ('is_open', '=', True)]",
        help="The open case that it was done for; it counts without one too.",
    )
    kind_id = fields.Many2one(
        "pact.intervention.kind", required=True, ondelete="restrict", index=True
    )
    date = fields.Date(
        required=True, default=lambda self: self.env["pact.clock"]._today()
    )
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
        domain="[('share', '=', False)]",
    )
    result = fields.Selection(RESULTS, required=True)
    helped = fields.Selection(
        [("yes", "Yes"), ("partly", "Partly"), ("no", "No")], string="Did It Help?"
    )
    note = fields.Text(string="In a Sentence")
    counts = fields.Boolean(related="kind_id.counts")

    _counting_idx = models.Index("(student_id, date) WHERE is_void IS NOT TRUE")

    @api.depends("kind_id.name", "student_id.name")
    def _compute_display_name(self):
        for record in self:
            parts = (record.student_id.name, record.kind_id.name)
            record.display_name = ": ".join(filter(None, parts))

    @api.constrains("date", "case_id", "student_id")
    def _check_intervention(self):
        today = self.env["pact.clock"]._today()
        for record in self:
            if record.date > today:
                raise ValidationError(
                    self.env._(
                        "An intervention is logged when it was done: its date cannot "
                        "be in the future."
                    )
                )
            if record.case_id and record.case_id.student_id != record.student_id:
                raise ValidationError(
                    self.env._("The case is another student's. Choose one of theirs.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_open_cases(vals_list)
        return super().create(vals_list)

    def _check_open_cases(self, vals_list):
        """Nothing new is logged for a closed case: open cases alone are worked."""
        cases = self.env["pact.case"].browse(
            [vals["case_id"] for vals in vals_list if vals.get("case_id")]
        )
        cases.check_access("read")
        if cases.filtered(lambda case: not case.is_open):
            raise ValidationError(
                self.env._("The case is closed. Log this without a case instead.")
            )

    @api.model
    def _log_action(self, defaults):
        """Return the dialog 'Log a contact' with `defaults` (context keys)."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log a Contact"),
            "res_model": self._name,
            "view_mode": "form",
            "views": [
                (
                    self.env.ref("pact_truancy.pact_intervention_view_form_log").id,
                    "form",
                )
            ],
            "target": "new",
            "context": {**defaults, "dialog_size": "medium"},
        }

    @api.model
    def _between(self, spans, day, domain=()):
        """Return {key: interventions that count on `day`, by date}; one query for any
        number, whichever school logged them.

        :param spans: {key: (student, first date that counts)}
        :param domain: which ones
        """
        found = {key: self.browse() for key in spans}
        if not spans:
            return found
        students = {student.id for student, _first in spans.values()}
        # sudo: a gate does not depend on who asks
        rows_sudo = self.sudo().search(
            [
                ("student_id", "in", list(students)),
                ("is_void", "!=", True),
                ("date", ">=", min(first for _student, first in spans.values())),
                ("date", "<=", day),
                *domain,
            ],
            order="date, id",
        )
        own = rows_sudo.grouped(lambda row: row.student_id.id)
        for key, (student, first) in spans.items():
            rows = own.get(student.id, rows_sudo.browse())
            found[key] = rows.filtered(lambda row, first=first: row.date >= first)
        return found
