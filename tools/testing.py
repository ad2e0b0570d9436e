"""./pact test: the test database and the two test runners."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from . import cache, checkout, database, postgres, skips, template
from .base import (
    ADDON,
    INSIDE,
    REPOSITORY,
    Problem,
    Terminated,
    free_port,
    say,
    step,
)
from .environment import inside, prepare, python, variables, write_conf

DATABASE = "pact_test"
QUICK = "tests/tools"
# the page of Odoo's JavaScript tests
HOOT = ["web.assets_unit_tests_setup", "web.assets_unit_tests"]


def run_tests(words: list[str], full: bool, odoo: bool, fresh: bool) -> int:
    """Run the tests; returns the exit code."""
    if only_tools(words) and not odoo:
        return _plain_pytest(words, full)
    prepare()
    with (
        postgres.running(),
        cache.locked(checkout.STATE / "test.lock", "tests in this checkout"),
    ):
        name = test_database(fresh)
        return _odoo_runner(name, words) if odoo else _pytest(name, words, full)


def run_mutations(word: str) -> int:
    """Break the shipped programs and their guards, one thing at a time; returns 1 if
    a change was noticed by no test. Nothing is committed.

    :param word: only changes whose text holds it; empty for all
    """
    prepare()
    with (
        postgres.running(),
        cache.locked(checkout.STATE / "test.lock", "tests in this checkout"),
    ):
        name = test_database()
        conf = write_conf("test.conf", free_port())
        command = [python(), INSIDE / "mutate.py", conf, name, word]
        return _foreground(command, _environment(name, conf, False))


def only_tools(words: list[str]) -> bool:
    """Whether only the tests of ./pact itself are wanted: they need no Odoo."""
    found = paths(words)
    return bool(found) and all(path.startswith(QUICK) for path in found)


def paths(words: list[str]) -> list[str]:
    """The words that name files, folders or tests in them."""
    return [
        word
        for word in words
        if not word.startswith("-") and (REPOSITORY / word.split("::")[0]).exists()
    ]


def modules() -> list[str]:
    """What is installed for the tests: the app, and bridges whose needs are there."""
    there = {*template.dependencies(), *(path.name for path in checkout.addons())}
    return [
        addon.name
        for addon in checkout.addons()
        if addon.name == ADDON or set(template.manifest(addon)["depends"]) <= there
    ]


def test_database(fresh: bool = False) -> str:
    """A database with the app and no demo data, made anew when the app changed."""
    name = database.full_name(DATABASE)
    origin = template.ensure()
    state = {
        "state": "whole",
        "content": checkout.content_hash(checkout.addons()),
        "template": origin,
    }
    if not fresh and database.exists(name) and database.must_be_ours(name) == state:
        return name
    with step("Test database"):
        database.clone(origin, name)
        bundles = [*template.BUNDLES, *HOOT]
        order = {"db": name, "install": modules(), "bundles": bundles}
        inside(
            "make_db.py",
            json.dumps(order),
            what="Installing the app in the test database",
            conf=write_conf("test.conf", free_port()),
            log="test_database.log",
        )
        database.set_note(name, state)
    return name


def _environment(name: str, conf: Path, full: bool) -> dict[str, str]:
    env = variables() | {"ODOO_RC": str(conf), "PACT_TEST_DATABASE": name}
    env["PACT_STATE"] = str(checkout.STATE)
    if full:
        env["PACT_FULL"] = "1"
    return env


def _pytest(name: str, words: list[str], full: bool) -> int:
    conf = write_conf("test.conf", free_port())
    command = [
        *(python(), "-m", "pytest", "-p", "no:cacheprovider", "--odoo-http"),
        *(f"--rootdir={REPOSITORY}", f"--odoo-database={name}", *words),
    ]
    if not paths(words):
        command += test_folders()
    return _foreground(command, _environment(name, conf, full))


def test_folders() -> list[str]:
    """Where tests lie: in every addon, and the system tests."""
    folders = [f"{addon.name}/tests" for addon in checkout.addons()] + ["tests"]
    return [name for name in folders if (REPOSITORY / name).is_dir()]


def _plain_pytest(words: list[str], full: bool) -> int:
    """The quick tests of ./pact itself: no Odoo, no database."""
    env = dict(os.environ)
    env.pop("ODOO_RC", None)
    if full:
        env["PACT_FULL"] = "1"
    command = [python(), "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:odoo"]
    return _foreground([*command, f"--rootdir={REPOSITORY}", *words], env)


def _odoo_runner(name: str, words: list[str]) -> int:
    """Odoo's own runner: updates the app and runs what bears its test tag."""
    conf = write_conf("test_odoo.conf", free_port())
    skipped = checkout.STATE / "skipped.txt"
    tags = ",".join(f"/{module}" for module in modules())
    note = database.must_be_ours(name)
    # an update that is cut off must not pass for a whole database
    database.set_note(name, {"state": "half"})
    command = [
        *(python(), INSIDE / "odoo_tests.py", skipped, "-c", conf, "-d", name),
        *("-u", ",".join(modules()), "--test-enable", "--stop-after-init"),
        *("--skip-auto-install", "--log-level=info"),
        *(words or ["--test-tags", tags]),
    ]
    code = _foreground(command, _environment(name, conf, False))
    refused = refused_skips(skipped)
    for line in refused:
        say(f"skipped, and not listed in tests/allowed_skips.txt: {line}")
    if code == 0:
        database.set_note(name, note)
    return code or (1 if refused else 0)


def refused_skips(path: Path) -> list[str]:
    """The skipped tests that nobody wrote down, of a file `id<TAB>reason`."""
    if not path.is_file():
        raise Problem("Odoo's runner did not start: it left no list of skipped tests.")
    listed = skips.allowed()
    lines = path.read_text().splitlines()
    return [line for line in lines if not skips.is_allowed(line.split("\t")[0], listed)]


def _foreground(command: list, env: dict[str, str]) -> int:
    """Run with the person's own terminal; Ctrl-C reaches it and is waited for."""
    sys.stdout.flush()
    with subprocess.Popen(
        [str(word) for word in command],
        env=env,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
    ) as child:
        ended = False
        while True:
            try:
                code = child.wait(20 if ended else None)
                return 130 if ended else code if code >= 0 else 128 - code
            except Terminated:
                ended = True
                child.send_signal(signal.SIGINT)
            except KeyboardInterrupt:
                # Ctrl-C in the terminal has reached the child as well
                pass
            except subprocess.TimeoutExpired:
                child.kill()
