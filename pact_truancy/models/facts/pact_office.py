from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class PactOffice(models.Model):
    """A regional office, its branches, a cooperative or an attorney's office.

    Carries the letterhead of the letters to the families it serves (R21-23).
    """

    _name = "pact.office"
    _description = "Office"
    _parent_store = True
    _order = "name"

    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("regional", "Regional office of education"),
            ("branch", "Branch"),
            ("cooperative", "Attendance cooperative"),
            ("attorney", "State's or District Attorney"),
        ],
        required=True,
        default="regional",
    )
    parent_id = fields.Many2one("pact.office", ondelete="restrict", index=True)
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("pact.office", "parent_id", string="Branches")
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "America/Chicago",
    )
    letterhead_name = fields.Char(
        translate=True, help="First line of the letterhead; the name if empty."
    )
    letterhead_slogan = fields.Char(translate=True)
    logo = fields.Image(max_width=600, max_height=300)
    signer_name = fields.Char(help="Person in whose name the office's letters go out.")
    signer_title = fields.Char(translate=True)
    street = fields.Char()
    street2 = fields.Char()
    city = fields.Char()
    state_id = fields.Many2one("res.country.state", ondelete="restrict")
    zip = fields.Char(string="ZIP")
    phone = fields.Char()
    email = fields.Char(help="Sender of this office's mails, and where replies go.")
    active = fields.Boolean(default=True)

    _no_own_parent = models.Constraint(
        "CHECK (parent_id IS NULL OR parent_id <> id)",
        "An office cannot be its own branch.",
    )

    @api.depends("name", "parent_id.name")
    def _compute_display_name(self):
        for office in self:
            parent = office.parent_id.name
            office.display_name = f"{parent} / {office.name}" if parent else office.name
