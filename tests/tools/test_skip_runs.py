"""A run with a skipped test is red, under pytest and under Odoo's own runner."""

import subprocess
import sys
import textwrap

import pytest

from tools import skips, testing
from tools.base import REPOSITORY, Problem

CONFTEST = """
from pathlib import Path
from tools import skips
skips.allowed.__defaults__ = (Path({listed!r}),)
exec(compile(Path({real!r}).read_text(), {real!r}, "exec"))
"""


def run(folder, tests: str, listed: str = "") -> tuple[int, str]:
    """pytest over the given tests, with this repository's conftest."""
    (folder / "listed.txt").write_text(listed)
    (folder / "test_it.py").write_text(textwrap.dedent(tests))
    (folder / "conftest.py").write_text(
        CONFTEST.format(
            listed=str(folder / "listed.txt"), real=str(REPOSITORY / "conftest.py")
        )
    )
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow: x\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:odoo"],
        cwd=folder,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


SKIPS = {
    "in the test": """
        import unittest
        class TestA(unittest.TestCase):
            def test_b(self):
                self.skipTest("no browser")
    """,
    "in setUpClass": """
        import unittest
        class TestA(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest("no browser")
            def test_b(self):
                pass
    """,
    "by a mark": """
        import pytest
        @pytest.mark.skip(reason="no browser")
        def test_b():
            pass
    """,
    "in a sub-test": """
        import unittest
        class TestA(unittest.TestCase):
            def test_b(self):
                with self.subTest(i=1):
                    self.skipTest("no browser")
    """,
    "the whole file": """
        import pytest
        pytest.importorskip("no_such_module", reason="no browser")
        def test_b():
            pass
    """,
}


@pytest.mark.parametrize("tests", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails_the_run(tmp_path, tests) -> None:
    code, out = run(tmp_path, tests)
    assert code != 0, out
    assert "no browser" in out and "allowed_skips.txt" in out


def test_a_listed_skip_and_a_passed_test_are_green(tmp_path) -> None:
    listed = "test_it.py::TestA::test_b needs a machine of another kind\n"
    code, out = run(tmp_path, SKIPS["in the test"], listed)
    assert code == 0 and "1 skipped" in out, out


def test_slow_tests_wait_for_full(tmp_path) -> None:
    tests = """
        import pytest
        @pytest.mark.slow
        def test_slow():
            raise AssertionError
        def test_quick():
            pass
    """
    code, out = run(tmp_path, tests)
    assert code == 0 and "1 passed" in out, out


def test_odoos_runner(tmp_path, monkeypatch) -> None:
    path = tmp_path / "skipped.txt"
    with pytest.raises(Problem, match="did not start"):
        testing.refused_skips(path)
    path.write_text("")
    assert testing.refused_skips(path) == []
    line = "odoo.addons.pact_truancy.tests.test_a.TestA.test_b\tno browser"
    path.write_text(line + "\n")
    assert testing.refused_skips(path) == [line]
    listed = {"pact_truancy.tests.test_a.TestA.test_b": "why"}
    monkeypatch.setattr(skips, "allowed", lambda: listed)
    assert testing.refused_skips(path) == []


def test_which_words_name_only_the_tests_of_pact_itself() -> None:
    assert testing.only_tools(["-q", "tests/tools"])
    assert testing.only_tools(["tests/tools/test_cache.py", "-k", "full"])
    assert not testing.only_tools(["-k", "full"])
    assert not testing.only_tools(["tests/tools", "pact_truancy/tests"])
