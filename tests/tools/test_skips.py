"""The list of tests that may be skipped."""

import pytest

from tools import skips


def test_both_runners_ids_are_one() -> None:
    ours = "pact_truancy.tests.test_a.TestA.test_b"
    assert skips.dotted("pact_truancy/tests/test_a.py::TestA::test_b[1]") == ours
    assert skips.dotted("odoo.addons." + ours) == ours


def test_an_entry_needs_a_reason(tmp_path) -> None:
    path = tmp_path / "list"
    path.write_text("# words\n\ntests/test_a.py::test_b  no such machine here\n")
    assert skips.allowed(path) == {"tests.test_a.test_b": "no such machine here"}
    path.write_text("tests/test_a.py::test_b\n")
    with pytest.raises(ValueError, match="reason"):
        skips.allowed(path)
