from odoo import fields, models


class PactServiceKind(models.Model):
    """Help that a student or family can be connected with (WTB-05, R21-26, R53-16)."""

    _name = "pact.service.kind"
    _description = "Kind of Service"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)
    description = fields.Char(translate=True)

    _code_unique = models.UniqueIndex("(code)", "Another kind has this code.")
