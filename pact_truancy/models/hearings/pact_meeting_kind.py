from odoo import fields, models


class PactMeetingKind(models.Model):
    """A kind of meeting with a family: team, board, hearing. An office adds its own."""

    _name = "pact.meeting.kind"
    _description = "Kind of Meeting"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(code)", "Another kind of meeting has this code."
    )
