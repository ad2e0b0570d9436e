from odoo import models

from .mail_message import hidden_records


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _compute_res_name(self):
        """An activity is named after its record, and the stock name is computed for any
        model and id that somebody types in: not for a child's record."""
        hidden = hidden_records(self, "res_model")
        hidden.res_name = False
        return super(MailActivity, self - hidden)._compute_res_name()

    def _check_access(self, operation):
        """An activity stays one's own after the right to its record ended; what it
        says about the record does not."""
        result = super()._check_access(operation)
        allowed = self - result[0] if result else self
        hidden = hidden_records(allowed, "res_model")
        if self.env.su or not hidden:
            return result
        forbidden = hidden | result[0] if result else hidden
        return forbidden, lambda: forbidden._make_access_error(operation)

    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        bypass_access=False,
        **kwargs,
    ):
        query = super()._search(
            domain, offset, limit, order, bypass_access=bypass_access, **kwargs
        )
        if self.env.su or bypass_access:
            return query
        found = self.browse(query)
        hidden = hidden_records(found, "res_model")
        return (found - hidden)._as_query(order) if hidden else query
