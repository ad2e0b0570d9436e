"""./pact bench: the benchmarks, each a file of benchmarks/ run by Odoo's Python.

A benchmark gets a database with the app and so many students:
benchmarks/_main.py CONF DATABASE NAME --students N [words]. It prints its own figures.
Making the database takes minutes, so it is kept, and made anew when the generator
changed; after a change of the app it is updated. One that a benchmark writes into for
good is a copy.
"""

import hashlib
import json
import subprocess
from pathlib import Path

from . import checkout, database, postgres, testing
from .base import ADDON, REPOSITORY, Problem, free_port, say, step
from .environment import inside, prepare, python, variables, write_conf

FOLDER = REPOSITORY / "benchmarks"
GENERATOR = ("_district", "_calendar", "_places", "_people", "_attendance")
# these work on a copy of the database
ON_A_COPY = {"imports", "lists", "screening", "summary"}
# a larger one is dropped afterwards, unless it shall be kept: 1 M students are 15 GB
KEPT_UP_TO = 200_000


def names() -> list[str]:
    """The benchmarks there are."""
    found = [path.stem for path in FOLDER.glob("*.py")]
    return sorted(name for name in found if not name.startswith("_"))


def run(
    wanted: list[str], words: list[str], students: int, keep: bool, fresh: bool
) -> int:
    """Run the named benchmarks one after the other; without a name, list them.

    :return: the exit code
    """
    if not wanted:
        say("Benchmarks: " + (", ".join(names()) or "none yet"))
        return 0
    if wanted == ["all"]:
        wanted = names()
    unknown = set(wanted) - set(names())
    if unknown:
        raise Problem(f"No benchmark {', '.join(sorted(unknown))} in benchmarks/.")
    prepare()
    worst = 0
    with postgres.running():
        conf = write_conf("bench.conf", free_port())
        name = _filled(conf, students, fresh)
        words = ["--students", str(students), *words]
        with postgres.durable():
            for one in wanted:
                say(f"-- {one}, {students:,} students")
                target = _copy(name) if one in ON_A_COPY else name
                worst = max(worst, _python(conf, target, one, words))
                if target != name:
                    database.drop(target)
        if students > KEPT_UP_TO and not keep:
            database.drop(name)
    return worst


def _python(conf: Path, name: str, script: str, words: list[str]) -> int:
    command = [python(), FOLDER / "_main.py", conf, name, script, *words]
    done = subprocess.run(
        [str(word) for word in command], env=variables(), cwd=REPOSITORY
    )
    return done.returncode


def _copy(name: str) -> str:
    copy = f"{name}_copy"
    with step("A copy of the database"):
        database.clone(name, copy)
        database.set_note(copy, {"state": "whole"})
    return copy


def _filled(conf: Path, students: int, fresh: bool) -> str:
    """A database with so many students, as the app and the generator are now."""
    name = database.full_name(f"pact_bench_{students}")
    state = {
        "state": "whole",
        "students": students,
        "generator": _generator_hash(),
        "content": checkout.content_hash(checkout.addons()),
    }
    found = database.must_be_ours(name) if database.exists(name) else {}
    if found == state and not fresh:
        return name
    if not fresh and found == {**state, "content": found.get("content")}:
        with step(f"The app of {name}, as it is now"):
            order = {"db": name, "upgrade": [ADDON]}
            inside(
                "make_db.py",
                json.dumps(order),
                what="Updating the app",
                conf=conf,
                log="bench.log",
            )
    else:
        origin = testing.test_database()
        with step(f"Districts of {students:,} students (a minute for 100,000)"):
            database.clone(origin, name)
            words = ["--students", str(students)]
            if _python(conf, name, "_district", words):
                raise Problem("The districts were not made.")
    database.set_note(name, state)
    return name


def _generator_hash() -> str:
    total = hashlib.sha256()
    for name in GENERATOR:
        total.update((FOLDER / f"{name}.py").read_bytes())
    return total.hexdigest()
