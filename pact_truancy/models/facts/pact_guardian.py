import re

from odoo import api, fields, models
from odoo.fields import Domain

from .match import full_name

ADDRESS = ("street", "street2", "city", "state_id", "zip")


def address_key(street, street2, postal_code):
    """Return what all who live at one address share, or False: no full address. What
    is protected has no open address, so no key."""
    if not (street and postal_code):
        return False
    text = f"{street} {street2 or ''} {postal_code[:5]}"
    return re.sub(r"[^0-9a-z]+", " ", text.lower()).strip()


def phone_key(*numbers):
    """Return the digits of phone numbers, to find one however it is written."""
    digits = [re.sub(r"\D", "", number) for number in numbers if number]
    return " ".join(digits) or False


class PactGuardian(models.Model):
    """A parent or guardian: a person of its own, not a partner.

    Two guardians are never merged by name. A household is not stored: it is who shares
    an `address_key`; a protected address has none: it stands in
    `pact.guardian.address`, which nobody reads but through `action_show_address`.
    """

    _name = "pact.guardian"
    _description = "Guardian"
    _order = "last_name, first_name, id"
    _rec_names_search = ["name", "phone_search", "email"]

    first_name = fields.Char(required=True)
    last_name = fields.Char(required=True)
    name = fields.Char(
        compute="_compute_name", store=True, precompute=True, index="trigram"
    )
    lang_id = fields.Many2one(
        "res.lang",
        string="Language",
        context={"active_test": False},
        ondelete="restrict",
    )
    needs_interpreter = fields.Boolean()
    phone = fields.Char()
    mobile = fields.Char()
    phone_key = fields.Char(
        compute="_compute_phone_key", store=True, precompute=True, index="trigram"
    )
    phone_search = fields.Char(
        string="Phone or Mobile", store=False, search="_search_phone"
    )
    email = fields.Char()
    opt_out_email = fields.Boolean(string="No E-Mail")
    opt_out_sms = fields.Boolean(string="No Text Messages")
    street = fields.Char()
    street2 = fields.Char()
    city = fields.Char()
    state_id = fields.Many2one("res.country.state", ondelete="restrict")
    zip = fields.Char(string="ZIP")
    address_protected = fields.Boolean(
        help="The address is kept apart and is never printed. Coordinators of a school "
        "of the children may look at it; who did is recorded."
    )
    address_key = fields.Char(
        compute="_compute_address_key", store=True, precompute=True, index=True
    )
    identifier_ids = fields.One2many("pact.guardian.identifier", "guardian_id")
    student_link_ids = fields.One2many(
        "pact.student.guardian", "guardian_id", string="Students"
    )
    student_names = fields.Char(compute="_compute_student_names", string="Student")
    active = fields.Boolean(default=True)

    _no_open_protected_address = models.Constraint(
        "CHECK (NOT address_protected OR num_nonnulls(street, street2, city, zip) = 0)",
        "A protected address cannot stand in the open address fields.",
    )

    @api.depends("first_name", "last_name")
    def _compute_name(self):
        for guardian in self:
            parts = (guardian.first_name, guardian.last_name)
            guardian.name = full_name(*parts)

    @api.depends("student_link_ids.student_id.name")
    @api.depends_context("uid")
    def _compute_student_names(self):
        for guardian in self:
            names = guardian.student_link_ids.student_id.mapped("name")
            guardian.student_names = ", ".join(sorted(names))

    @api.depends(*ADDRESS, "address_protected")
    def _compute_address_key(self):
        for guardian in self:
            guardian.address_key = address_key(
                guardian.street, guardian.street2, guardian.zip
            )

    @api.depends("phone", "mobile")
    def _compute_phone_key(self):
        for guardian in self:
            guardian.phone_key = phone_key(guardian.phone, guardian.mobile)

    def _search_phone(self, operator, value):
        """Find a number however it is written: '(555) 010-1234', '5550101234'."""
        if operator not in ("ilike", "like", "in", "=ilike"):
            return NotImplemented
        values = value if operator == "in" else [value]
        digits = [re.sub(r"\D", "", text) for text in values if text]
        # two digits match half of the guardians: not what anybody looks for
        return Domain.OR(
            Domain("phone_key", "ilike", text) for text in digits if len(text) > 2
        )

    @api.model_create_multi
    def create(self, vals_list):
        split = [self._split_address(vals) for vals in vals_list]
        guardians = super().create([vals for vals, _text in split])
        for guardian, (_vals, text) in zip(guardians, split, strict=True):
            guardian._keep_apart(text)
        return guardians

    def write(self, vals):
        named = set(ADDRESS) & vals.keys()
        protect = self.browse()
        if vals.get("address_protected"):
            # what is protected already has no address in the open fields to move
            protect = self if named else self - self.filtered("address_protected")
        elif named and "address_protected" not in vals:
            protect = self.filtered("address_protected")
        super(PactGuardian, self - protect).write(vals)
        for guardian in protect:
            held = {name: guardian[name] for name in ADDRESS}
            held["state_id"] = guardian.state_id.id
            rest, text = self._split_address(
                {**held, **vals, "address_protected": True}
            )
            super(PactGuardian, guardian).write(rest)
            guardian._keep_apart(text)
        return True

    @api.model
    def _split_address(self, vals):
        """Return `vals` without the address where it is protected, and that address as
        text: it must never be readable, not for a moment."""
        if not vals.get("address_protected"):
            return vals, ""
        lines = [vals.get("street"), vals.get("street2")]
        lines.append(" ".join(v for v in (vals.get("city"), vals.get("zip")) if v))
        text = "\n".join(line for line in lines if line)
        return {**vals, **dict.fromkeys(ADDRESS, False)}, text

    def _keep_apart(self, text):
        """Keep a protected address where no field of the guardian shows it."""
        if text:
            # sudo: whoever enters the address need not have the right to see it
            self.env["pact.guardian.address"].sudo()._keep({self.id: text})
