from datetime import date

from odoo.tests import freeze_time, tagged

from .common import TruancyCommon


@tagged("post_install", "-at_install")
class TestClock(TruancyCommon):
    def test_evening_run_in_another_time_zone(self):
        """A run at 03:30 UTC is still the evening before in Chicago."""
        self.env["ir.config_parameter"].set_param("pact_truancy.pinned_day", False)
        clock = self.env["pact.clock"]
        self.env.user.tz = False
        with freeze_time("2026-03-04 03:30:00"):
            self.assertEqual(clock._today(), date(2026, 3, 3))
            self.assertEqual(clock._today(tz="Europe/Berlin"), date(2026, 3, 4))
            self.env.user.tz = "Asia/Tokyo"
            self.assertEqual(clock._today(), date(2026, 3, 4))

    def test_pinned_day_wins(self):
        self.set_today(date(2025, 10, 1))
        with freeze_time("2026-03-04 12:00:00"):
            self.assertEqual(self.env["pact.clock"]._today(), date(2025, 10, 1))
