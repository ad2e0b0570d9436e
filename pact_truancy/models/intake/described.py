"""Records that files describe: a change made here is noted with who and when."""

from odoo import models


def note(records, vals):
    """Note a change of staff; imports and other code run as superuser and are none."""
    if records.ids and not records.env.su:
        # sudo: nobody has a right to what files said
        records.env["pact.import.said"].sudo()._note_staff(records, vals)


class PactStudent(models.Model):
    _inherit = "pact.student"

    def write(self, vals):
        result = super().write(vals)
        note(self, vals)
        return result


class PactGuardian(models.Model):
    _inherit = "pact.guardian"

    def write(self, vals):
        result = super().write(vals)
        note(self, vals)
        return result


class PactStudentGuardian(models.Model):
    _inherit = "pact.student.guardian"

    def write(self, vals):
        result = super().write(vals)
        note(self, vals)
        return result

    def unlink(self):
        """Whom staff took off a student stays off, whatever the next file repeats."""
        if self.ids and not self.env.su:
            # sudo: as in `note`
            self.env["pact.import.said"].sudo()._note_removed(self)
        return super().unlink()


class PactEnrollment(models.Model):
    _inherit = "pact.enrollment"

    def write(self, vals):
        result = super().write(vals)
        note(self, vals)
        return result
