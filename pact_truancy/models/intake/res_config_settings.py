from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """When an import stops and asks, and how long files are kept."""

    _inherit = "res.config.settings"

    pact_stop_percent = fields.Integer(
        string="Imports That Stop and Ask",
        compute="_compute_pact_numbers",
        inverse="_inverse_pact_stop_percent",
        readonly=False,
        help="Share of what the system sent before that one file may change.",
    )
    pact_keep_days = fields.Integer(
        string="Imported Files",
        compute="_compute_pact_numbers",
        inverse="_inverse_pact_keep_days",
        readonly=False,
        help="Days for which the content of imported files is kept. 0: for ever.",
    )

    def _pact_parameters(self):
        return {
            **super()._pact_parameters(),
            "pact_stop_percent": ("pact_truancy.import_stop_percent", 5, 0, 100),
            "pact_keep_days": ("pact_truancy.import_keep_days", 30, 0, 4000),
        }

    def _inverse_pact_stop_percent(self):
        self._write_pact_number("pact_stop_percent")

    def _inverse_pact_keep_days(self):
        self._write_pact_number("pact_keep_days")
