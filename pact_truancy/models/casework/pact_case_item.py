from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .pact_void_mixin import PactVoidMixin

# kinds of requirement that are met by an item
PROVIDED = ("data", "document", "statement", "consultation")


class PactCaseItem(models.Model):
    """What the school or a person provided for a step: data, a document, a statement
    (R21-10, R21-14). One that is out of date is provided anew; it counts for the step
    that comes next."""

    _name = "pact.case.item"
    _description = "Provided for a Step"
    _inherit = ["pact.void.mixin"]
    _order = "date desc, id desc"
    _VOID_FIELD = "item_ids"
    _SERVER = PactVoidMixin._SERVER | {"user_id", "date", "name"}
    _FIXED = PactVoidMixin._FIXED | {
        "case_id", "requirement_id", "text", "file", "file_name",
    }  # fmt: skip

    case_id = fields.Many2one(
        "pact.case",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('is_open', '=', True)]",
    )
    # of the case: `create` fills both
    student_id = fields.Many2one(readonly=True)
    school_id = fields.Many2one(readonly=True)
    requirement_id = fields.Many2one(
        "pact.program.requirement",
        string="What",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('id', 'in', asked_ids)]",
    )
    asked_ids = fields.Many2many(
        "pact.program.requirement", compute="_compute_asked_ids"
    )
    kind = fields.Selection(related="requirement_id.kind")
    name = fields.Char(
        readonly=True, help="What was asked for, in the words of that day."
    )
    date = fields.Date(
        readonly=True,
        required=True,
        default=lambda self: self.env["pact.clock"]._today(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Entered by",
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
    )
    provided_by = fields.Char(
        string="By Whom", help="Name and role of who gave it, if not yourself."
    )
    text = fields.Text(help="The data, or the words of the statement.")
    file = fields.Binary(attachment=True)
    file_name = fields.Char()

    @api.depends("case_id")
    def _compute_asked_ids(self):
        circumstances = self.env["pact.student.circumstance"]
        readable = circumstances._reading_schools(self.case_id.school_id)
        for item in self:
            asked = item.case_id.sudo()._asked_requirements()
            kinds = set(PROVIDED)
            if item.case_id.school_id not in readable:
                kinds -= {"consultation"}
            item.asked_ids = asked.filtered(lambda one, kinds=kinds: one.kind in kinds)

    @api.depends("name", "student_id.name")
    def _compute_display_name(self):
        for item in self:
            item.display_name = ": ".join(
                filter(None, (item.student_id.name, item.name))
            )

    @api.constrains("text", "file", "requirement_id")
    def _check_content(self):
        for item in self:
            kind = item.sudo().requirement_id.kind
            if kind == "document" and not item.file:
                raise ValidationError(self.env._("Add the document as a file."))
            if kind in ("statement", "consultation") and not (item.text or "").strip():
                raise ValidationError(self.env._("Write it down in words."))
            if kind == "data" and not (item.file or (item.text or "").strip()):
                raise ValidationError(
                    self.env._("Enter the data, or add them as a file.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Provide something for the next step of an open case, or what else it is
        asked for.

        :raise UserError: where the next step does not ask for it
        """
        self._check_server_fields(*vals_list)
        cases = self.env["pact.case"].browse([vals["case_id"] for vals in vals_list])
        cases.check_access("read")
        rows = []
        # sudo: step, school and words of cases that the user may read
        for vals, case in zip(vals_list, cases.sudo(), strict=True):
            asked = case._asked_requirements().filtered(
                lambda one, vals=vals: (
                    one.id == vals.get("requirement_id") and one.kind in PROVIDED
                )
            )
            if not asked:
                raise UserError(
                    self.env._("The next step of this case does not ask for it.")
                )
            rows.append(
                {
                    **vals,
                    "student_id": case.student_id.id,
                    "school_id": case.school_id.id,
                }
            )
        items = super().create(rows)
        for item in items:
            # sudo: who and when is not the user's to say
            item.sudo().write({"name": item.sudo().requirement_id._data_name()})
        items._refresh_cases()
        return items
