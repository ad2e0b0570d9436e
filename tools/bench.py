"""./pact bench: the benchmarks, each a file of benchmarks/ run by Odoo's Python.

A benchmark gets a fresh database with the app (no demo data) of its own:
benchmarks/NAME.py CONF DATABASE [words]. It prints its own figures.
"""

import subprocess

from . import checkout, database, postgres, testing
from .base import REPOSITORY, Problem, free_port, say, step
from .environment import python, variables, write_conf

FOLDER = REPOSITORY / "benchmarks"
DATABASE = "pact_bench"


def names() -> list[str]:
    """The benchmarks there are."""
    found = [path.stem for path in FOLDER.glob("*.py")]
    return sorted(name for name in found if not name.startswith("_"))


def run(wanted: list[str], words: list[str], keep: bool) -> int:
    """Run the named benchmarks one after the other; without a name list them."""
    if not wanted:
        say("Benchmarks: " + (", ".join(names()) or "none yet"))
        return 0
    unknown = set(wanted) - set(names())
    if unknown:
        raise Problem(f"No benchmark {', '.join(sorted(unknown))} in benchmarks/.")
    worst = 0
    with postgres.running():
        origin = testing.test_database()
        name = database.full_name(DATABASE)
        conf = write_conf("bench.conf", free_port())
        for one in wanted:
            if not (keep and database.exists(name)):
                with step("Database for the benchmark"):
                    database.clone(origin, name)
                    content = checkout.content_hash(checkout.addons())
                    database.set_note(name, {"state": "whole", "content": content})
            database.must_be_ours(name)
            say(f"-- {one}")
            command = [python(), FOLDER / f"{one}.py", conf, name, *words]
            done = subprocess.run(
                [str(word) for word in command], env=variables(), cwd=REPOSITORY
            )
            worst = max(worst, done.returncode)
    return worst
