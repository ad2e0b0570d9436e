"""./pact lint: all checks, none of which needs the network."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import checkout, node, python_env
from .base import REPOSITORY, repository_files, say, step

FORMATTED = (".xml", ".js", ".scss", ".css", ".json", ".yaml", ".yml")
MINE = ("tools", "tests", "benchmarks", "conftest.py", "pact")


def lint(fix: bool) -> int:
    """Run every check, also after one failed; 1 if one did."""
    bin_folder = python_env.venv() / "bin"
    prettier = node.prettier()
    addons = [addon.name for addon in checkout.addons()]
    python_files = [*addons, *(name for name in MINE if (REPOSITORY / name).exists())]
    files = formatted_files()
    plugin = prettier / "node_modules/@prettier/plugin-xml/src/plugin.js"
    format_files = [
        *(
            node.programs() / "node",
            prettier / "node_modules/prettier/bin/prettier.cjs",
        ),
        *("--config", REPOSITORY / ".prettierrc.json", f"--plugin={plugin}"),
        *("--log-level=warn", "--write" if fix else "--check", *files),
    ]
    checks: list[tuple[str, Sequence[str | Path]]] = [
        (
            "ruff check",
            [bin_folder / "ruff", "check", "--quiet", *["--fix"] * fix, *python_files],
        ),
        (
            "ruff format",
            [
                *(bin_folder / "ruff", "format", "--quiet"),
                *(["--check", "--diff"] if not fix else []),
                *python_files,
            ],
        ),
        ("prettier (XML, JavaScript, SCSS)", format_files),
        ("pylint-odoo", [bin_folder / "pylint", "--jobs=2", *addons]),
        (
            "OCA's module checks",
            [bin_folder / "oca-checks-odoo-module", *["--fix"] * fix, *addons],
        ),
    ]
    if fix:
        # what is formatted first has fewer lines that are too long
        checks[0], checks[1] = checks[1], checks[0]
    failed = [name for name, command in checks if not _passes(name, command)]
    if failed:
        say(f"\n{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}")
        return 1
    say(f"all {len(checks)} checks passed")
    return 0


def formatted_files() -> list[str]:
    """The files that prettier looks at."""
    return [
        name
        for name in repository_files()
        if name.endswith(FORMATTED)
        and not name.startswith("tools/node/")
        and "/static/lib/" not in name
        and "/static/description/" not in name
    ]


def _passes(name: str, command: Sequence[str | Path]) -> bool:
    """Run one check; what it says is shown only if it fails."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with step(name):
        done = subprocess.run(
            [str(word) for word in command],
            cwd=REPOSITORY,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            say(done.stdout.strip())
        return not done.returncode
