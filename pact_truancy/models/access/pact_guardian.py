from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class PactGuardian(models.Model):
    _inherit = "pact.guardian"

    # The right to a guardian comes from a linked student. Between 'create' and the
    # first link a form reads the guardian back, so whoever entered it keeps it so long.
    unlinked_by_id = fields.Many2one(
        "res.users",
        string="Not Linked Yet, Entered by",
        default=lambda self: not self.env.su and self.env.uid,
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_not_claimed({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_claimed(vals)
        return super().write(vals)

    def _check_not_claimed(self, names):
        """Nobody writes `unlinked_by_id`: it would keep a right for ever."""
        given = (
            "unlinked_by_id" in names or "default_unlinked_by_id" in self.env.context
        )
        if given and not self.env.su:
            raise AccessError(
                self.env._("Who entered a guardian is kept by the app itself.")
            )

    def action_show_address(self):
        """Show the protected address to a coordinator of a school at which a child of
        the guardian is today; who looked is recorded first.

        :raise AccessError: the user is no coordinator of such a school
        :raise UserError: no protected address is known
        """
        self.ensure_one()
        self.check_access("read")
        now = fields.Datetime.now()
        # sudo: one's own rows of the access table, and schools only
        allowed = (
            self.env["pact.access"]
            .sudo()
            .search_count(
                [
                    ("user_id", "=", self.env.uid),
                    ("role", "=", "coordinator"),
                    ("valid_from", "<=", now),
                    ("valid_to", ">", now),
                    (
                        "school_id",
                        "in",
                        self.sudo().student_link_ids.student_id.school_ids.ids,
                    ),
                ],
                limit=1,
            )
        )
        if not allowed:
            raise AccessError(
                self.env._(
                    "Only a coordinator of a school of the children may look at a "
                    "protected address."
                )
            )
        # sudo: nobody has a right to the addresses, nor writes who looked
        address = self.env["pact.guardian.address"].sudo()._texts(self.ids)
        if not address:
            raise UserError(
                self.env._(
                    "No protected address of %(name)s is known. Whoever enters an "
                    "address in the form of the guardian enters the protected one.",
                    name=self.name,
                )
            )
        self.env["pact.guardian.look"].sudo().create({"guardian_id": self.id})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Protected address of %(name)s", name=self.name),
                "message": ", ".join(address[self.id].splitlines()),
                "type": "warning",
                "sticky": True,
            },
        }
