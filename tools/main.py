"""The words after ./pact."""

import argparse
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable

from .base import Problem, Terminated, say


def main(words: list[str]) -> int:
    """Do what the words say; returns the exit code."""
    # a closed terminal or `kill` must run the clean-up too
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    parser = _parser()
    if not words or words[0] in ("help", "-h", "--help"):
        parser.print_help()
        return 0
    options, rest = parser.parse_known_args(words)
    if rest and not getattr(options, "passes_on", False):
        parser.error(f"unknown: {' '.join(rest)}")
    try:
        return options.do(options, rest)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; it can simply be run again", file=sys.stderr)
        return 130
    except OSError as error:
        if os.environ.get("PACT_DEBUG"):
            traceback.print_exc()
        print(
            f"\n{error.strerror or error}: {error.filename or ''}\n"
            "(PACT_DEBUG=1 shows where.) It can simply be run again.",
            file=sys.stderr,
        )
        return 2


def _interrupt(_number: int, _frame: object) -> None:
    raise Terminated


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./pact",
        description="Truancy prevention on Odoo 19: see it work, run its tests.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="", required=True)

    def add(name: str, do: Callable, text: str, **more) -> argparse.ArgumentParser:
        one = commands.add_parser(
            name, help=text, description=text, allow_abbrev=False, **more
        )
        one.set_defaults(do=do)
        return one

    demo = add("demo", _demo, "demo data, the main job, and the web client to look at")
    demo.add_argument("--port", type=int, help="8069, or the next that is free")
    demo.add_argument("--fresh", action="store_true", help="with a new database")
    add("stop", _stop, "end what ./pact demo started")
    shell = add("shell", _shell, "Odoo's shell on the demo's or a named database")
    shell.add_argument("database", nargs="?")
    shell.set_defaults(passes_on=True)

    add("setup", _setup, "everything that the other commands need (they do it too)")

    test = add("test", _test, "run the tests; other words go to pytest")
    test.set_defaults(passes_on=True)
    test.add_argument("--full", action="store_true", help="the heavy tests too")
    test.add_argument("--odoo", action="store_true", help="by Odoo's own runner")
    test.add_argument("--fresh", action="store_true", help="with a new test database")
    test.add_argument(
        "--mutations",
        action="store_true",
        help="break one thing at a time and list what no test notices; another word "
        "limits it to changes whose text holds it",
    )

    lint = add("lint", _lint, "all checks of style and of Odoo's rules")
    lint.add_argument("--fix", action="store_true", help="format the files")

    wanted = add("requirements", _requirements, "docs/requirements.md from the tests")
    wanted.add_argument("--check", action="store_true", help="fail if out of date")
    i18n = add("i18n", _i18n, "the list of terms and the Spanish file")
    i18n.add_argument("--check", action="store_true", help="fail if one is missing")
    bench = add("bench", _bench, "run benchmarks by name; other words go to them")
    bench.set_defaults(passes_on=True)
    bench.add_argument("names", nargs="*")
    bench.add_argument(
        "--students", type=int, default=100_000, help="size of the districts"
    )
    bench.add_argument(
        "--keep", action="store_true", help="keep even a very large database"
    )
    bench.add_argument("--fresh", action="store_true", help="with a new database")

    shot = add("shot", _shot, "a picture of a page of a running server")
    shot.add_argument("login", help="log-in, or - for a visitor")
    shot.add_argument("password")
    shot.add_argument("path", help="such as /odoo or /my")
    shot.add_argument("out", help="the PNG file")
    shot.add_argument("--width", type=int, default=1440, help="390 is a phone")
    shot.add_argument("--height", type=int, help="900, for a phone 844")
    shot.add_argument("--port", type=int, help="any server on this machine")
    shot.add_argument("--db", help="a database of this checkout; serves it meanwhile")
    shot.add_argument("--wait", metavar="CSS", help="wait until this is on the page")
    shot.add_argument("--run", metavar="JS", action="append", default=[])
    shot.add_argument("--full", action="store_true", help="the whole page's height")
    shot.add_argument("--timeout", type=float, default=60, help="seconds to wait")
    return parser


def _setup(_options: argparse.Namespace, _rest: list[str]) -> int:
    from . import odoo_source, postgres, template
    from .environment import prepare, python, variables

    began = time.monotonic()
    prepare()
    with postgres.running():
        env = variables()
        template.ensure()
        version = odoo_source.check(python(), env)
    say(f"Ready in {time.monotonic() - began:.1f} s: Odoo {version}.")
    return 0


def _test(options: argparse.Namespace, rest: list[str]) -> int:
    from .testing import run_mutations, run_tests

    if options.mutations:
        return run_mutations(rest[0] if rest else "")
    return run_tests(rest, options.full, options.odoo, options.fresh)


def _lint(options: argparse.Namespace, _rest: list[str]) -> int:
    from .lint import lint

    return lint(options.fix)


def _shot(options: argparse.Namespace, _rest: list[str]) -> int:
    from .shot import take

    return take(options)


def _demo(options: argparse.Namespace, _rest: list[str]) -> int:
    from .demo import run

    return run(options.port, options.fresh)


def _stop(_options: argparse.Namespace, _rest: list[str]) -> int:
    from .demo import stop

    return stop()


def _shell(options: argparse.Namespace, rest: list[str]) -> int:
    from .shell import run

    return run(options.database, rest)


def _requirements(options: argparse.Namespace, _rest: list[str]) -> int:
    from .requirements import run

    return run(options.check)


def _i18n(options: argparse.Namespace, _rest: list[str]) -> int:
    from .i18n import run

    return run(options.check)


def _bench(options: argparse.Namespace, rest: list[str]) -> int:
    from .bench import run

    return run(options.names, rest, options.students, options.keep, options.fresh)
