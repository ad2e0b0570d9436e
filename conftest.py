"""A skipped test that is not on the written list counts as failed.

Odoo skips browser tests without a word when there is no browser; a run that proved
nothing must not be green. See tests/allowed_skips.txt.
"""

import os

import pytest

from tools import skips

REFUSED = pytest.StashKey[list]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REFUSED] = []
    config.pluginmanager.register(_Skips(config, skips.allowed()), "pact-skips")
    if config.getoption("--odoo-database", None):
        from odoo.tests.common import BaseCase

        # Odoo tags test classes of addons only; those in tests/ need it as well
        BaseCase.test_tags = {"standard", "post_install"}
        BaseCase.test_module = "tests"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked slow belong to ./pact test --full only."""
    if not os.environ.get("PACT_FULL"):
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


class _Skips:
    """Turns skips that nobody wrote down into failures."""

    def __init__(self, config: pytest.Config, listed: dict[str, str]) -> None:
        self.config = config
        self.listed = listed

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        return self._judge((yield))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        return self._judge((yield))

    def _judge(self, report):
        skipped = report.outcome == "skipped" and not hasattr(report, "wasxfail")
        if skipped and not skips.is_allowed(report.nodeid, self.listed):
            report.outcome = "failed"
            reason = report.longrepr
            if isinstance(reason, tuple):
                reason = reason[-1]
            report.longrepr = (
                f"skipped, and not listed in tests/allowed_skips.txt: {reason}"
            )
        return report

    def pytest_runtest_logreport(self, report):
        """The net below: reports that came another way (sub-tests)."""
        skipped = report.outcome == "skipped" and not hasattr(report, "wasxfail")
        if skipped and not skips.is_allowed(report.nodeid, self.listed):
            self.config.stash[REFUSED].append(report.nodeid)

    def pytest_sessionfinish(self, session):
        if self.config.stash[REFUSED] and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for nodeid in self.config.stash[REFUSED]:
            terminalreporter.write_line(f"skipped, and not listed: {nodeid}", red=True)
