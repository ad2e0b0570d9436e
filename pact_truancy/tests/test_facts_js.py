from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    def test_widgets(self):
        """The unit tests of our own widgets in a real browser (static/tests)."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={_suite('@pact_truancy')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )


def _suite(name):
    """Return the id that hoot gives a suite (web/tests/test_js.py)."""
    number = 0
    for char in name:
        number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
    return f"{number:08x}"


@tagged("post_install", "-at_install")
class TestPinnedDay(HttpCase):
    def test_session_says_that_the_day_is_pinned(self):
        self.authenticate("admin", "admin")

        def pinned():
            answer = self.make_jsonrpc_request("/web/session/get_session_info", {})
            return answer.get("pact_pinned_day")

        self.env["ir.config_parameter"].set_param("pact_truancy.pinned_day", False)
        self.assertIsNone(pinned())
        self.env["ir.config_parameter"].set_param(
            "pact_truancy.pinned_day", "2026-03-03"
        )
        self.assertEqual(pinned(), "Mar 3, 2026")
