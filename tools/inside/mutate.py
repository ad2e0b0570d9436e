"""Break one thing at a time and see which test notices. Runs in Odoo's Python.

mutate.py CONF DB [WORD]   WORD: only mutations whose text holds it

Each mutation is made inside the transaction of each test class, so that nothing is
ever committed. Its program's tests run first, then what all share, until one fails.
"""

import importlib
import logging
import os
import pkgutil
import sys
import threading
import time
import unittest
from pathlib import Path
from unittest.mock import patch

from mutation_guards import GUARDS
from mutations import MODULE, Mutation, of_data, of_guards

import odoo.tests
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, TransactionCase
from odoo.tests.result import OdooTestResult
from odoo.tests.suite import TestSuite
from odoo.tools import config

# the walks of all programs, and what every program goes through
WALKS = "test_program_"
SHARED = ("test_program_sh", "test_program_five")


class FirstFailure(OdooTestResult):
    """Stops at the first test that fails, and remembers it."""

    noticed = None

    def _stop(self, test):
        self.noticed = test
        self.shouldStop = True

    def addError(self, test, err):  # noqa: N802 - unittest's name
        self._stop(test)

    def addFailure(self, test, err):  # noqa: N802 - unittest's name
        self._stop(test)


def test_cases() -> list:
    """Every test that walks a shipped program: (module's name, test)."""
    package = importlib.import_module(f"odoo.addons.{MODULE}.tests")
    names = [
        one.name
        for one in pkgutil.iter_modules(package.__path__)
        if one.name.startswith(WALKS)
    ]
    loader = unittest.TestLoader()
    found = []
    for name in sorted(names):
        module = importlib.import_module(f"{package.__name__}.{name}")
        for suite in loader.loadTestsFromModule(module):
            found += [
                (name, test) for test in suite if isinstance(test, TransactionCase)
            ]
    return found


def in_order(tests: list, mutation: Mutation, killers: dict) -> list:
    """The tests that a mutation must be noticed by: those of its program and what all
    share; first the one that noticed the last change of the same record."""
    own = f"{WALKS}{mutation.program}"
    asked = [
        (not name.startswith(own), name, test)
        for name, test in tests
        if mutation.program is None or name.startswith((own, *SHARED))
    ]
    asked.sort(key=lambda one: one[:2])  # stable: tests of a class stay together
    best = killers.get(mutation.record)
    first = [test for _other, _name, test in asked if test.id() == best]
    return first + [test for _other, _name, test in asked]


def run(tests: list, mutation=None) -> FirstFailure:
    """Run tests, with `mutation` made in every class, until one fails."""
    original = TransactionCase.setUpClass.__func__

    def broken(cls):
        original(cls)
        context = mutation.make(cls.env) if mutation else None
        if context:
            cls.enterClassContext(context)
        cls.env.flush_all()

    result = FirstFailure()
    with patch.object(TransactionCase, "setUpClass", classmethod(broken)):
        TestSuite(tests).run(result)
    return result


def name_of(test) -> str:
    """Module, class and method; of a class whose set-up failed, what unittest says."""
    return test.id().rpartition(".tests.")[2].rstrip(")")


def main(conf: str, db: str, word: str = "") -> int:
    """Print every mutation with the test that noticed it; 1 if one was not noticed."""
    sys.path.insert(0, os.getcwd())
    config.parse_config(
        ["-c", conf, "-d", db, "--no-http", "--log-level=critical"], setup_logging=True
    )
    logging.disable(logging.CRITICAL)
    threading.current_thread().testing = True
    BaseCase.test_tags = {"standard", "post_install"}
    registry = Registry(db)
    config["test_enable"] = True
    tests = test_cases()
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        data = Path(odoo.modules.module.get_module_path(MODULE)) / "data"
        mutations = [*of_data(env, data), *of_guards(env, GUARDS)]
    whole = run([test for _name, test in tests])
    if whole.noticed:
        print(f"fails without any change: {whole.noticed.id()}")
        return 1
    killers, missed, began = {}, [], time.monotonic()
    mutations = [one for one in mutations if word in one.what]
    for number, mutation in enumerate(mutations, 1):
        result = run(in_order(tests, mutation, killers), mutation)
        if result.noticed:
            killers[mutation.record] = result.noticed.id()
        else:
            missed.append(mutation.what)
        by = name_of(result.noticed) if result.noticed else "NOBODY"
        print(f"{number}/{len(mutations)} {mutation.what}: {by}", flush=True)
    print(
        f"{len(mutations)} changes in {time.monotonic() - began:.0f} s, "
        f"{len(missed)} noticed by no test"
    )
    for what in missed:
        print(f"  {what}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
