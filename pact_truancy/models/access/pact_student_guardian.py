from odoo import api, models


class PactStudentGuardian(models.Model):
    _inherit = "pact.student.guardian"

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        # sudo: nobody may write this field; from now on the link gives the right
        pending_sudo = links.guardian_id.sudo().filtered("unlinked_by_id")
        pending_sudo.unlinked_by_id = False
        return links

    def unlink(self):
        # sudo: the last link of a guardian, whichever school's, decides
        guardians_sudo = self.guardian_id.sudo()
        result = super().unlink()
        if not self.env.su:
            # else a link removed by mistake would lose the guardian for everybody
            guardians_sudo.invalidate_recordset(["student_link_ids"])
            guardians_sudo.filtered(
                lambda guardian: not guardian.student_link_ids
            ).unlinked_by_id = self.env.uid
        return result
