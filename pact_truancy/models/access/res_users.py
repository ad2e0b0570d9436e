from odoo import Command, fields, models

from .roles import ROLE_GROUP


class ResUsers(models.Model):
    _inherit = "res.users"

    pact_assignment_ids = fields.One2many(
        "pact.assignment",
        "user_id",
        string="Assignments",
        groups="pact_truancy.group_pact_administrator,"
        "pact_truancy.group_pact_coordinator,pact_truancy.group_pact_auditor",
    )

    def _sync_pact_groups(self):
        """Give each user exactly the role groups of the assignments that have not
        ended; role groups are never set by hand."""
        today = self.env["pact.clock"]._today()
        # valid from a later day on: the group opens menus only, the rows open records
        roles = {user.id: set() for user in self}
        assignments = self.env["pact.assignment"].search(
            [
                ("user_id", "in", self.ids),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ]
        )
        for assignment in assignments:
            roles[assignment.user_id.id].add(assignment.role)
        groups = {role: self.env.ref(xmlid) for role, xmlid in ROLE_GROUP.items()}
        for user in self:
            wanted = {groups[role].id for role in roles[user.id]}
            held = {g.id for g in groups.values() if g in user.group_ids}
            commands = [Command.link(i) for i in wanted - held]
            commands += [Command.unlink(i) for i in held - wanted]
            if commands:
                user.write({"group_ids": commands})
