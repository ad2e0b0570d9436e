from odoo import fields, models


class PactStudentMerge(models.Model):
    """That two records of one child were merged: who, when, and what moved. Written
    once, complete enough to take the two apart again."""

    _name = "pact.student.merge"
    _description = "Merged Students"
    _inherit = ["pact.append.only"]
    _order = "id desc"
    _rec_name = "student_id"

    student_id = fields.Many2one(
        "pact.student",
        string="Kept",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    merged_id = fields.Many2one(
        "pact.student",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    # merged: values of the record; moved: {'model.field': [ids]}; dropped: {model:
    # [values]} of rows that the kept record had already
    content = fields.Json(required=True, readonly=True)
    summary = fields.Text(compute="_compute_summary", string="What Moved")
    create_uid = fields.Many2one("res.users", string="By", readonly=True)
    create_date = fields.Datetime(string="On", readonly=True)

    def _compute_summary(self):
        for merge in self:
            lines = []
            for key, ids in merge.content.get("moved", {}).items():
                model = key.rsplit(".", 1)[0]
                label = self.env["ir.model"]._get(model).name or model
                lines.append(f"{label}: {len(ids)}")
            for model, rows in merge.content.get("dropped", {}).items():
                label = self.env["ir.model"]._get(model).name
                lines.append(
                    self.env._(
                        "%(model)s: %(count)s that the kept record had already",
                        model=label,
                        count=len(rows),
                    )
                )
            merge.summary = "\n".join(lines)
