from odoo import api, fields, models

from .layouts import normalize


class PactImportProfile(models.Model):
    """What is remembered about the files of one information system, so that the next
    file of the same layout needs no mapping. It holds no child's data."""

    _name = "pact.import.profile"
    _description = "Import Profile"
    _inherit = ["pact.import.settings", "mail.thread", "mail.activity.mixin"]
    _order = "source_id, kind, name"

    name = fields.Char(required=True)
    column_ids = fields.One2many("pact.import.column", "profile_id", string="Columns")
    code_ids = fields.One2many("pact.import.code", "profile_id", string="Codes")
    active = fields.Boolean(default=True)

    _source_idx = models.Index("(source_id, kind)")

    @api.model
    def _find(self, source, kind, headers):
        """Return the profile of `source` whose columns are all in `headers`; the one
        that knows most of them, or an empty record."""
        names = {normalize(header) for header in headers}
        best, best_count = self.browse(), 0
        for profile in self.search(
            [("source_id", "=", source.id), ("kind", "=", kind)]
        ):
            mapped = {
                normalize(column.header)
                for column in profile.column_ids
                if column.field_id
            }
            if mapped and mapped <= names and len(mapped) > best_count:
                best, best_count = profile, len(mapped)
        return best
