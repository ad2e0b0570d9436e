from odoo import models


class PactOffice(models.Model):
    _inherit = "pact.office"

    def _up(self, name):
        """Return field `name` of this office, or of the nearest office above it that
        has a value."""
        office = self
        while office:
            if office[name]:
                return office[name]
            office = office.parent_id
        return False

    def _letterhead(self):
        """Return what stands at the head of this office's letters, in the language of
        the environment: a branch without a value of its own takes its parent's.

        :return: dict with name, branch, slogan, logo (base64 bytes or False), address
            (list of lines), phone, email, signer_name, signer_title
        """
        self.ensure_one()
        top = self
        while top.parent_id:
            top = top.parent_id
        at = self
        while at.parent_id and not at.street:
            at = at.parent_id
        name = self._up("letterhead_name") or top.name
        own = self.letterhead_name or self.name
        return {
            "name": name,
            "branch": own if own != name else False,
            "slogan": self._up("letterhead_slogan"),
            "logo": self._up("logo"),
            "address": at._address_lines(),
            "phone": self._up("phone"),
            "email": self._up("email"),
            "signer_name": self._up("signer_name"),
            "signer_title": self._up("signer_title"),
        }

    def _address_lines(self):
        """Return the postal address as lines, without the name."""
        self.ensure_one()
        return address_lines(self)


def address_lines(record):
    """Return the lines of a postal address in the order of the US Postal Service:
    street with unit, then city, state and ZIP."""
    street = ", ".join(part for part in (record.street, record.street2) if part)
    city = ", ".join(part for part in (record.city, record.state_id.code) if part)
    city = " ".join(part for part in (city, record.zip) if part)
    return [line for line in (street, city) if line]
