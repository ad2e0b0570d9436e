"""./pact requirements: which tests prove which requirement.

The requirements stand, in our own words, in docs/requirements.toml:

    [[section]]
    title = "Region 21"
    [section.requirements]
    R21-01 = "A student who missed ... is found."

A test proves those that its docstring names (or its class's): `R21-02`, lists
`R53-01, R53-03`, ranges `R21-02..05` or `R21-02 to R21-05`. The result is
docs/requirements.md.
"""

import ast
import re
import tomllib
from pathlib import Path

from . import checkout
from .base import REPOSITORY, Problem, say

SOURCE = REPOSITORY / "docs" / "requirements.toml"
RESULT = REPOSITORY / "docs" / "requirements.md"
ID = r"(?<![A-Za-z0-9-])([A-Z]+[0-9]*)-([0-9]{2,3})(?![0-9-])"
RANGE = re.compile(
    rf"{ID}(?:\s*(?:\.\.\.?|–|to)\s*(?:([A-Z]+[0-9]*)-)?([0-9]{{2,3}})\b)?"
)


def ids_in(text: str) -> list[str]:
    """The requirement ids that a text names, ranges written out.

    >>> ids_in("R21-02 to R21-04, GEN-01")
    ['R21-02', 'R21-03', 'R21-04', 'GEN-01']
    """
    found = []
    for prefix, first, other, last in RANGE.findall(text or ""):
        if not last or (other and other != prefix):
            found.append(f"{prefix}-{first}")
            if last:
                found.append(f"{other}-{last}")
            continue
        for number in range(int(first), int(last) + 1):
            found.append(f"{prefix}-{number:0{len(first)}}")
    return list(dict.fromkeys(found))


def proofs(folders: list[Path], known: set[str]) -> dict[str, list[str]]:
    """For each id the tests whose docstrings name it, as file::Class.test."""
    prefixes = {name.rpartition("-")[0] for name in known}
    found: dict[str, list[str]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("test_*.py")):
            tree = ast.parse(path.read_text())
            for name, text in _docstrings(tree):
                for one in ids_in(text):
                    if one.rpartition("-")[0] in prefixes:
                        where = f"{path.relative_to(REPOSITORY)}::{name}"
                        found.setdefault(one, []).append(where)
    return found


def _docstrings(tree: ast.Module) -> list[tuple[str, str]]:
    """(name, docstring) of each test, and of each class of tests."""
    found = []
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if isinstance(node, functions) and node.name.startswith("test"):
            found.append((node.name, ast.get_docstring(node) or ""))
        if not isinstance(node, ast.ClassDef):
            continue
        if any(isinstance(one, functions) for one in node.body):
            found.append((node.name, ast.get_docstring(node) or ""))
        for one in node.body:
            if isinstance(one, functions) and one.name.startswith("test"):
                text = ast.get_docstring(one) or ""
                found.append((f"{node.name}.{one.name}", text))
    return found


def read_source() -> list[dict]:
    """The sections of docs/requirements.toml."""
    if not SOURCE.is_file():
        raise Problem(f"{SOURCE.relative_to(REPOSITORY)} is not there.")
    try:
        sections = tomllib.loads(SOURCE.read_text()).get("section", [])
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{SOURCE.relative_to(REPOSITORY)}: {error}") from error
    seen: set[str] = set()
    for section in sections:
        for name in section.get("requirements", {}):
            if name in seen or not re.fullmatch(ID, name):
                raise Problem(f"requirements.toml: {name} is double or no id.")
            seen.add(name)
    return sections


def render(sections: list[dict], found: dict[str, list[str]]) -> str:
    """The text of docs/requirements.md."""
    total = [name for section in sections for name in section.get("requirements", {})]
    proved = [name for name in total if found.get(name)]
    lines = [
        "# Requirements and the tests that prove them",
        "",
        "Made by `./pact requirements` from `requirements.toml` and the docstrings of",
        "the tests: change those, not this file.",
        "",
        f"{len(proved)} of {len(total)} requirements are named by a test.",
    ]
    for section in sections:
        lines += ["", f"## {section['title']}", ""]
        for name, words in section.get("requirements", {}).items():
            lines.append(f"- **{name}** {' '.join(words.split())}")
            for test in found.get(name, []):
                lines.append(f"    - `{test}`")
            if not found.get(name):
                lines.append("    - no test yet")
    return "\n".join(lines) + "\n"


def run(check: bool) -> int:
    """Write the file, or with `check` only say whether it is up to date."""
    sections = read_source()
    known = {name for section in sections for name in section.get("requirements", {})}
    folders = [addon / "tests" for addon in checkout.addons()] + [REPOSITORY / "tests"]
    found = proofs([folder for folder in folders if folder.is_dir()], known)
    unknown = sorted(set(found) - known)
    if unknown:
        raise Problem(
            "Tests name ids that requirements.toml does not have: "
            + "; ".join(f"{name} in {found[name][0]}" for name in unknown)
        )
    text = render(sections, found)
    if RESULT.is_file() and RESULT.read_text() == text:
        say(f"{RESULT.relative_to(REPOSITORY)} is up to date")
        return 0
    if check:
        say("docs/requirements.md is out of date: run ./pact requirements")
        return 1
    RESULT.write_text(text)
    say(f"wrote {RESULT.relative_to(REPOSITORY)}")
    return 0
