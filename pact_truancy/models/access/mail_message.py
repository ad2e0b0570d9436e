from odoo import models


def hidden_records(entries, model_field, operation="read", gone=True):
    """Return those of `entries` (messages, activities) that belong to a `pact.*` record
    on which the user may not do `operation`; also where the code around runs as
    superuser, since it does so to compute names.

    :param gone: those of a record that was deleted too
    """
    hidden = entries.browse()
    if entries.env.uid == 1:
        return hidden
    entries_sudo = entries.sudo()
    for model, group in entries_sudo.grouped(model_field).items():
        if not (model and model.startswith("pact.") and model in entries.env):
            continue
        records = (
            entries.env[model]
            .sudo(False)
            .browse({entry.res_id for entry in group if entry.res_id})
        )
        existing = records.exists()
        allowed = set(existing._filtered_access(operation).ids)
        if not gone:
            allowed.update((records - existing).ids)
        hidden |= group.filtered(
            lambda entry, allowed=allowed: entry.res_id and entry.res_id not in allowed
        ).with_env(entries.env)
    return hidden


class MailMessage(models.Model):
    """A message about a child follows the right to the child's record and nothing else.

    Odoo also lets authors, who was notified, and followers in. Here that would give
    the name to everybody: whoever writes to themselves about any model and id is
    author and notified, and a message is shown with the name of its record.
    """

    _inherit = "mail.message"

    def _compute_record_name(self):
        """The stock name of a message's record is computed for any model and id that
        somebody types in: not for a child's record."""
        hidden = hidden_records(self, "model")
        hidden.record_name = False
        return super(MailMessage, self - hidden)._compute_record_name()

    def _get_forbidden_access(self, operation):
        forbidden = super()._get_forbidden_access(operation)
        # as in a thread: who may read its record reads, who may write it writes
        needed = "read" if operation == "read" else "write"
        # of a deleted record stays what people were told, as in Odoo
        hidden = hidden_records(self - forbidden, "model", needed, gone=False)
        return forbidden | hidden

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
        hidden = hidden_records(found, "model", gone=False)
        return (found - hidden)._as_query(order) if hidden else query

    def _to_store(self, store, fields, **kwargs):
        """What the web client is sent of a message, at once or by a notification, holds
        the name of the record, read as superuser: only for who may read it."""
        reader = store.target.get_user(self.env) or self.env.user
        hidden = hidden_records(self.with_user(reader), "model", gone=False)
        hidden = hidden.with_env(self.env)
        return super(MailMessage, self - hidden)._to_store(store, fields, **kwargs)
