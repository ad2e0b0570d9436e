from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """A follower whose right ended gets no more news of the child."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not (self and self._name.startswith("pact.")):
            return recipients
        kept = []
        for recipient in recipients:
            # sudo(False): with the recipient's own rights
            user = self.env["res.users"].browse(recipient.get("uid"))
            if not user or self.with_user(user).has_access("read"):
                kept.append(recipient)
        return kept
