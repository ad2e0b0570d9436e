from odoo.tests import HttpCase, tagged

from .test_hearings import HearingCommon

CLICK = """
const button = [...document.querySelectorAll(".o_pact_checklist button")].find(
    (one) => one.innerText === "%(label)s"
);
button.click();
const timer = setInterval(() => {
    if (document.querySelector("%(found)s")) {
        clearInterval(timer);
        console.log("test successful");
    }
}, 100);
"""


@tagged("post_install", "-at_install")
class TestChecklistInTheBrowser(HearingCommon, HttpCase):
    """What is missing has a button that does it; each opens its form in Chromium."""

    def press(self, label, found):
        self.browser_js(
            f"/odoo/truancy-cases/{self.case.id}",
            CLICK % {"label": label, "found": found},
            ready="!!document.querySelector('.o_pact_checklist button')",
            login=self.manager.login,
        )

    def test_the_buttons_open_what_they_say(self):
        """R53-10, R53-11: from the case's checklist to meeting, order and service."""
        self.press("Plan it", ".o_form_view [name=start]")
        self.press("Open the order", ".o_form_view [name=school_days]")
        self.press("Offer a service", ".modal .o_form_view [name=kind_id]")
