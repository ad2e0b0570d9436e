from odoo import models


def hidden_records(entries, model_field):
    """Return those of `entries` (messages, activities) that belong to a `pact.*` record
    which the user may not read; also where the code around runs as superuser, since it
    does so to compute names."""
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
        allowed = set(records.exists()._filtered_access("read").ids)
        hidden |= group.filtered(
            lambda entry, allowed=allowed: entry.res_id and entry.res_id not in allowed
        ).with_env(entries.env)
    return hidden


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _compute_record_name(self):
        """The stock name of a message's record is computed for any model and id that
        somebody types in: not for a child's record."""
        hidden = hidden_records(self, "model")
        hidden.record_name = False
        return super(MailMessage, self - hidden)._compute_record_name()
