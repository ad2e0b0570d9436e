from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import TruancyCommon

SYSTEM = "base.group_system,base.group_user"
BOTH = f"{SYSTEM},pact_truancy.group_pact_administrator"


@tagged("post_install", "-at_install")
class TestSettings(TruancyCommon):
    """The app's page in Odoo's settings."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = new_test_user(cls.env, login="both", groups=BOTH)
        cls.system = new_test_user(cls.env, login="system", groups=SYSTEM)
        cls.parameters = cls.env["ir.config_parameter"].sudo()

    def settings(self, user=None, **values):
        settings = self.env["res.config.settings"].with_user(user or self.both)
        return settings.create(values)

    def test_numbers_are_kept(self):
        """GEN-01: changed in the web interface, in force at once; 0 stays 0."""
        page = self.settings()
        self.assertEqual(
            (page.pact_former_days, page.pact_stop_percent, page.pact_keep_days),
            (30, 5, 30),
        )
        self.settings(pact_former_days=10, pact_keep_days=0).execute()
        self.assertEqual(self.env["pact.student"]._former_days(), 10)
        value = self.parameters.get_param("pact_truancy.import_keep_days")
        self.assertEqual(value, "0")
        self.assertEqual(self.settings().pact_keep_days, 0)
        # what nobody changed stays as shipped
        self.assertFalse(self.parameters.get_param("pact_truancy.import_stop_percent"))

    def test_out_of_range(self):
        for values in ({"pact_stop_percent": 101}, {"pact_former_days": -1}):
            with self.assertRaisesRegex(UserError, "a number from"):
                self.settings(**values).execute()

    def test_administrators_only(self):
        """A system administrator without the app's role neither sees nor changes it."""
        for user, seen in ((self.both, True), (self.system, False)):
            view = self.env["res.config.settings"].with_user(user).get_view()
            apps = etree.fromstring(view["arch"]).xpath("//app[@name='pact_truancy']")
            self.assertEqual(bool(apps), seen)
        self.settings(self.system, pact_former_days=99).execute()
        self.assertEqual(self.env["pact.student"]._former_days(), 30)
        manager = self.make_user("cm", "case_manager", self.office)
        with self.assertRaises(AccessError):
            self.settings(manager, pact_former_days=99)

    def test_the_page_opens(self):
        with Form(self.settings()) as page:
            page.pact_stop_percent = 7
        self.assertEqual(page.record.pact_stop_percent, 7)
