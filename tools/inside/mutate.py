"""Break one thing at a time and see which test notices. Runs in Odoo's Python.

mutate.py CONF DB [WORD]   WORD: only mutations whose text holds it

Each mutation is made inside the transaction of each test class, so that nothing is
ever committed. Walks of the mutation's program come first, then what all share, until
one fails. A test that only compares the data with a page proves little: it is asked
last, and what it alone notices is listed apart. A test that crashes has noticed
nothing, and a mutation that cannot be made ends the run.
"""

import importlib
import logging
import os
import pkgutil
import sys
import threading
import time
import unittest
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import psycopg2
from mutation_guards import GUARDS
from mutations import MODULE, Mutation, of_data, of_guards

import odoo.tests
from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import RedirectWarning, UserError
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, HttpCase, TransactionCase
from odoo.tests.result import OdooTestResult
from odoo.tests.suite import TestSuite
from odoo.tools import config

WALKS = "test_program_"
# what every program goes through
SHARED = "test_program_shared."
# what guards, codes and kinds are tried with besides: records that a step rests on
RECORDS = (
    "test_orders.", "test_circumstances.", "test_case_review.", "test_casework_",
    "test_screening_",
)  # fmt: skip
# how programs are upgraded: says nothing of what they say
NO_WALKS = ("test_program_shipped",)
# they compare the data with a page
PAGES = ("test_program_shared_table", "test_five_programs_are_whole")
# how the app refuses; anything else that is raised is a crash
REFUSALS = (AssertionError, UserError, RedirectWarning)


class FirstFailure(OdooTestResult):
    """Stops at the first test that fails, and remembers it; goes on after a crash."""

    def __init__(self):
        super().__init__()
        self.noticed = None
        self.crashes = []
        self.seconds = {}
        self.began = 0

    def startTest(self, test):  # noqa: N802 - unittest's name
        super().startTest(test)
        self.began = time.monotonic()

    def stopTest(self, test):  # noqa: N802 - unittest's name
        super().stopTest(test)
        self.seconds[test.id()] = time.monotonic() - self.began

    def addError(self, test, err):  # noqa: N802 - unittest's name
        if issubclass(err[0], REFUSALS):
            self.addFailure(test, err)
        else:
            self.crashes.append(f"{name_of(test)}: {err[0].__name__}: {err[1]}")

    def addFailure(self, test, err):  # noqa: N802 - unittest's name
        if not self.noticed:
            self.noticed = test
        self.shouldStop = True


class Record:
    """What was seen of the tests, to ask first what notices most in the least time.

    `killers`: {record: the test that noticed its last change}; `noticed`: changes by
    test and by class; `seconds`: the same of one run of all.
    """

    def __init__(self):
        self.killers, self.noticed, self.seconds = {}, Counter(), Counter()

    def timed(self, tests: list, seconds: dict):
        for test in tests:
            for key in (test.id(), type(test)):
                self.seconds[key] += seconds.get(test.id(), 0)

    def saw(self, mutation: Mutation, test):
        self.killers[mutation.record] = test
        self.noticed.update([test.id(), type(test)])

    def worth(self, key) -> float:
        return (self.noticed[key] + 1) / (self.seconds[key] + 0.1)


class Outcome(NamedTuple):
    """Who noticed a mutation. `by`: name of the test, '' for nobody."""

    mutation: Mutation
    by: str
    crashes: list

    def kind(self) -> str:
        if not self.by:
            return "nobody"
        return "page" if any(page in self.by for page in PAGES) else "behavior"


def test_cases() -> list:
    """Every test that walks a shipped program, or what its steps rest on."""
    package = importlib.import_module(f"odoo.addons.{MODULE}.tests")
    loader = unittest.TestLoader()
    found = []
    for one in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        if not f"{one.name}.".startswith((WALKS, *RECORDS)) or one.name in NO_WALKS:
            continue
        module = importlib.import_module(f"{package.__name__}.{one.name}")
        for suite in loader.loadTestsFromModule(module):
            found += [
                test
                for test in suite
                if isinstance(test, TransactionCase) and not isinstance(test, HttpCase)
            ]
    return found


def in_order(tests: list, mutation: Mutation, record: Record) -> list:
    """The tests that a mutation must be noticed by: those of its program and what all
    share; of what belongs to no program all. Pages last; first of all the test that
    noticed the last change of the same record, then those that notice most."""
    own = f"{WALKS}{mutation.program}"
    best = record.killers.get(mutation.record)

    def is_page(test):
        return any(page in name_of(test) for page in PAGES)

    def place(test):
        name, several = name_of(test), type(test)
        return (
            test is not best,
            is_page(test),
            not (mutation.first and mutation.first in name),
            not name.startswith(own),
            name.startswith(RECORDS),
            # tests of a class stay together: its set-up is dear
            -record.worth(several),
            several.__qualname__,
            -record.worth(test.id()),
        )

    asked = [
        test
        for test in tests
        if mutation.program is None
        or name_of(test).startswith((own, SHARED))
        or is_page(test)
    ]
    return sorted(asked, key=place)


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


def possible(env, mutations: Iterator[Mutation]) -> tuple[list, list]:
    """Try each mutation, and take it back.

    :return: (those that can be made, texts of those that the app itself refuses)
    :raise Exception: where one cannot be made for any other reason
    """
    made, refused, chosen = [], [], set()
    for mutation in mutations:
        if mutation.choice and mutation.choice in chosen:
            continue
        savepoint = env.cr.savepoint(flush=True)
        try:
            with mutation.make(env) or nullcontext():
                env.flush_all()
        except (UserError, psycopg2.IntegrityError):
            if not mutation.choice:
                refused.append(mutation.what)
        else:
            made.append(mutation)
            chosen.add(mutation.choice)
        finally:
            savepoint.close(rollback=True)
            env.invalidate_all(flush=False)
    return made, refused


def name_of(test) -> str:
    """Module, class and method; of a class whose set-up failed, what unittest says."""
    return test.id().rpartition(".tests.")[2].rstrip(")")


def check(tests: list, record: Record) -> str:
    """Run everything unchanged, and time it; return what is wrong, or ''."""
    whole = run(tests)
    record.timed(tests, whole.seconds)
    if whole.noticed or whole.crashes:
        failed = name_of(whole.noticed) if whole.noticed else whole.crashes[0]
        return f"fails without any change: {failed}"
    if whole.testsRun < len(tests) or whole.skipped:
        return f"only {whole.testsRun} of {len(tests)} tests ran"
    return ""


def report(outcomes: list, refused: list, seconds: float) -> int:
    """Print totals and what needs a better test; 1 if there is any survivor."""
    by_kind = {"behavior": [], "page": [], "nobody": []}
    for outcome in outcomes:
        by_kind[outcome.kind()].append(outcome)
    print(
        f"{len(outcomes)} changes in {seconds:.0f} s: {len(by_kind['behavior'])} "
        f"noticed by a walk, {len(by_kind['page'])} only by the page of programs, "
        f"{len(by_kind['nobody'])} by no test; {len(refused)} more the app refuses"
    )
    for kind, title in (("page", "only by the page"), ("nobody", "by no test")):
        if by_kind[kind]:
            print(f"noticed {title}:")
        for outcome in by_kind[kind]:
            print(f"  {outcome.mutation.what}")
            for crash in outcome.crashes[:1]:
                print(f"    crashed, which is not noticing: {crash[:200]}")
    return 1 if by_kind["nobody"] else 0


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
        every = [*of_data(env, data), *of_guards(env, GUARDS)]
        mutations, refused = possible(env, [one for one in every if word in one.what])
        cr.rollback()
    if not mutations:
        print(f"no change holds '{word}'")
        return 2
    record, outcomes, began = Record(), [], time.monotonic()
    asked = {test for one in mutations for test in in_order(tests, one, record)}
    problem = check([test for test in tests if test in asked], record)
    if problem:
        print(problem)
        return 2
    for number, mutation in enumerate(mutations, 1):
        result = run(in_order(tests, mutation, record), mutation)
        by = name_of(result.noticed) if result.noticed else ""
        outcome = Outcome(mutation, by, result.crashes)
        outcomes.append(outcome)
        if outcome.kind() == "behavior":
            record.saw(mutation, result.noticed)
        told = by or "NOBODY"
        if not by and result.crashes:
            told += f", crashed: {result.crashes[0][:200]}"
        print(f"{number}/{len(mutations)} {mutation.what}: {told}", flush=True)
    return report(outcomes, refused, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
