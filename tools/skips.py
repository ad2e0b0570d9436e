"""Skipped tests: one that is not on the written list fails the run.

The list is `tests/allowed_skips.txt`: on each line a test's id, then the reason.
"""

import re
from pathlib import Path

LIST = Path(__file__).resolve().parent.parent / "tests" / "allowed_skips.txt"


def dotted(test_id: str) -> str:
    """One form for the ids of pytest and of Odoo's own runner.

    >>> dotted("pact_truancy/tests/test_a.py::TestA::test_b[x]")
    'pact_truancy.tests.test_a.TestA.test_b'
    >>> dotted("odoo.addons.pact_truancy.tests.test_a.TestA.test_b")
    'pact_truancy.tests.test_a.TestA.test_b'
    """
    plain = re.sub(r"\[.*\]$", "", test_id.strip())
    plain = plain.replace(".py::", ".").replace("::", ".").replace("/", ".")
    return plain.removeprefix("odoo.addons.")


def allowed(path: Path = LIST) -> dict[str, str]:
    """The listed tests with their reasons; an entry without a reason is an error."""
    found: dict[str, str] = {}
    if not path.is_file():
        return found
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        test_id, _space, reason = line.partition(" ")
        if not reason.strip():
            raise ValueError(f"{path}:{number}: a test may be skipped with a reason.")
        found[dotted(test_id)] = reason.strip()
    return found


def is_allowed(test_id: str, listed: dict[str, str]) -> bool:
    """Whether this test may be skipped."""
    return dotted(test_id) in listed
