from odoo import fields, models


class PactImportKey(models.AbstractModel):
    """Shows the key of an upload, once: it is kept nowhere."""

    _name = "pact.import.key"
    _description = "Key of an Upload"

    # an abstract model has none by itself, and a form needs one
    id = fields.Id()
    url = fields.Char(string="Address", readonly=True)
    key = fields.Char(readonly=True)
