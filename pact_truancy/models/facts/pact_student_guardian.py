from odoo import api, fields, models


class PactStudentGuardian(models.Model):
    """What a guardian is to a student, and what of it may reach the guardian."""

    _name = "pact.student.guardian"
    _description = "Guardian of a Student"
    _order = "student_id, contact_order, id"
    _rec_name = "guardian_id"

    student_id = fields.Many2one(
        "pact.student", required=True, ondelete="cascade", index=True
    )
    guardian_id = fields.Many2one(
        "pact.guardian", required=True, ondelete="restrict", index=True
    )
    relationship = fields.Selection(
        [
            ("mother", "Mother"),
            ("father", "Father"),
            ("stepparent", "Stepparent"),
            ("grandparent", "Grandparent"),
            ("foster", "Foster parent"),
            ("guardian", "Legal guardian"),
            ("relative", "Other relative"),
            ("agency", "Agency"),
            ("other", "Other"),
        ],
        required=True,
        default="guardian",
    )
    lives_with = fields.Boolean(default=True)
    receives_mail = fields.Boolean(default=True)
    has_education_rights = fields.Boolean(string="Education Rights", default=True)
    custody_restriction = fields.Selection(
        [
            ("none", "No restriction"),
            ("no_information", "May not get information"),
            ("no_contact", "No contact"),
        ],
        required=True,
        default="none",
    )
    custody_note = fields.Char(help="The court's words, in one plain sentence.")
    contact_order = fields.Integer(default=1)
    has_portal_access = fields.Boolean(string="Portal Access")
    phone = fields.Char(related="guardian_id.phone")
    mobile = fields.Char(related="guardian_id.mobile")
    email = fields.Char(related="guardian_id.email")
    lang_id = fields.Many2one(related="guardian_id.lang_id")
    needs_interpreter = fields.Boolean(related="guardian_id.needs_interpreter")
    address_protected = fields.Boolean(related="guardian_id.address_protected")
    custody_sentence = fields.Char(compute="_compute_custody_sentence")

    _once = models.UniqueIndex(
        "(student_id, guardian_id)", "This guardian is already linked to the student."
    )

    @api.depends("custody_restriction", "custody_note", "guardian_id.name")
    def _compute_custody_sentence(self):
        for link in self:
            values = {"guardian": link.guardian_id.name}
            words = {
                "no_information": self.env._(
                    "%(guardian)s may not get information about this student.",
                    **values,
                ),
                "no_contact": self.env._(
                    "%(guardian)s may have no contact with this student.", **values
                ),
            }
            sentence = words.get(link.custody_restriction)
            if sentence and link.custody_note:
                sentence = f"{sentence} {link.custody_note}"
            link.custody_sentence = sentence

    def _letter_recipients(self):
        """Return the links whose guardian gets the letters about the student: has the
        right to education records, receives mail, and no court says otherwise."""
        return self.filtered(
            lambda link: (
                link.receives_mail
                and link.has_education_rights
                and link.custody_restriction == "none"
            )
        )
