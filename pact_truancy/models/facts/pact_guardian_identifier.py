from odoo import fields, models


class PactGuardianIdentifier(models.Model):
    """How a file names a guardian. A file without contact ids uses the student's id
    and the slot ("12345/2")."""

    _name = "pact.guardian.identifier"
    _description = "Guardian Identifier"
    _order = "source_id, value"
    _rec_name = "value"

    guardian_id = fields.Many2one(
        "pact.guardian", required=True, ondelete="cascade", index=True
    )
    source_id = fields.Many2one("pact.source", required=True, ondelete="restrict")
    value = fields.Char(required=True)

    _value_unique = models.UniqueIndex(
        "(source_id, value)", "Another guardian already has this identifier."
    )
