from odoo import fields, models
from odoo.exceptions import UserError

from .pact_student import FORMER_DAYS


class ResConfigSettings(models.TransientModel):
    """The app's page in Odoo's settings; each room adds its own numbers. They are read
    and written here: a stock parameter of 0 would fall back to what is shipped."""

    _inherit = "res.config.settings"

    pact_former_days = fields.Integer(
        string="Former School",
        compute="_compute_pact_numbers",
        inverse="_inverse_pact_former_days",
        readonly=False,
        help="Days after the exit on which a former school may still read the student.",
    )

    def _pact_parameters(self):
        """Return {field: (parameter, as shipped, least, most)} of whole numbers."""
        return {"pact_former_days": (FORMER_DAYS, 30, 0, 400)}

    def _compute_pact_numbers(self):
        # sudo: numbers of the app; who may open the settings is Odoo's to say
        get_param = self.env["ir.config_parameter"].sudo().get_param
        for name, (key, shipped, *_range) in self._pact_parameters().items():
            self[name] = int(get_param(key, shipped))

    def _inverse_pact_former_days(self):
        self._write_pact_number("pact_former_days")

    def _write_pact_number(self, name):
        """Write the number `name`, where an administrator of the app changed it.

        :raise UserError: it is out of its range
        """
        if not self.env.user.has_group("pact_truancy.group_pact_administrator"):
            return
        key, shipped, least, most = self._pact_parameters()[name]
        # sudo: see `_compute_pact_numbers`
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        for settings in self:
            value = settings[name]
            if not least <= value <= most:
                raise UserError(
                    self.env._(
                        "%(setting)s: a number from %(least)s to %(most)s.",
                        setting=self._fields[name]._description_string(self.env),
                        least=least,
                        most=most,
                    )
                )
            if value != int(parameters_sudo.get_param(key, shipped)):
                parameters_sudo.set_param(key, str(value))
