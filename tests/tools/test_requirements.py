"""Which tests prove which requirement."""

import pytest

from tools import requirements

CASES = {
    "R21-02: the window is 180 school days": ["R21-02"],
    "R53-01, R53-03 and GEN-10": ["R53-01", "R53-03", "GEN-10"],
    "R21-02..05": ["R21-02", "R21-03", "R21-04", "R21-05"],
    "R21-02 to R21-04": ["R21-02", "R21-03", "R21-04"],
    "from 2026-11-23 on, 12-34": [],
    "XR21-02-03": [],
}


@pytest.mark.parametrize(("text", "ids"), CASES.items(), ids=CASES)
def test_ids(text, ids) -> None:
    assert requirements.ids_in(text) == ids


def test_proofs_and_their_page(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(requirements, "REPOSITORY", tmp_path)
    (tmp_path / "test_a.py").write_text(
        '"""R21-09"""\n'
        "class TestA:\n"
        '    """R21-01"""\n'
        "    def test_b(self):\n"
        '        """R21-02..03, ISO-01"""\n'
        "    def helper(self):\n"
        '        """R21-04"""\n'
    )
    found = requirements.proofs([tmp_path], {"R21-01", "R21-02", "R21-05"})
    one = "test_a.py::TestA.test_b"
    assert found == {
        "R21-01": ["test_a.py::TestA"],
        "R21-02": [one],
        "R21-03": [one],
    }
    sections = [{"title": "One", "requirements": {"R21-02": "a\n b", "R21-05": "c"}}]
    page = requirements.render(sections, found)
    assert "1 of 2 requirements" in page
    assert f"- **R21-02** a b\n    - `{one}`\n- **R21-05** c\n    - no test" in page
