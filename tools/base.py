"""What every part of ./pact uses: clear problems, visible progress, commands."""

import contextlib
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
INSIDE = REPOSITORY / "tools" / "inside"
ADDON = "pact_truancy"


class Problem(Exception):
    """Something a person can do something about; printed without a traceback."""


class Terminated(KeyboardInterrupt):
    """Somebody ended ./pact from outside (kill, a closed terminal)."""


def say(text: str) -> None:
    """One line to the person in front of the screen."""
    print(text, flush=True)


_depth = threading.local()


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Show that `name` has begun and, when it ends, how many seconds it took.

    On a terminal the line counts the seconds while it runs; elsewhere (a log) there
    is one line at the start and one at the end. A step inside a step is only named.
    """
    inner = getattr(_depth, "n", 0)
    _depth.n = inner + 1
    began = time.monotonic()
    indent = "  " * inner
    live = sys.stdout.isatty() and not inner
    over = threading.Event()
    say(f"{indent}- {name} ...")
    ticker = None
    if live:
        ticker = threading.Thread(target=_tick, args=(began, over), daemon=True)
        ticker.start()
    done = "stopped"
    try:
        yield
        done = "done"
    finally:
        _depth.n = inner
        over.set()
        if ticker:
            ticker.join()
        say(f"{indent}  {done} in {time.monotonic() - began:.1f} s")


def _tick(began: float, over: threading.Event) -> None:
    """Rewrite one line of the terminal every second until `over`."""
    while not over.wait(1):
        print(f"\r  {time.monotonic() - began:.0f} s", end="", flush=True)
    print("\r", end="", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = 1800,
    stdin: str | None = None,
    hint: str = "",
) -> str:
    """Run a command quietly and return what it printed.

    `what` says in words what was tried: it begins the message of a failure, which
    also carries the command's own last lines and `hint`.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=env,
            cwd=cwd,
            timeout=timeout,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise Problem(f"{what}: {words[0]} is not on this machine. {hint}") from error
    except subprocess.TimeoutExpired as error:
        raise Problem(f"{what}: no answer after {timeout:.0f} s. {hint}") from error
    if done.returncode:
        raise Problem(failure(what, words, done.returncode, done.stdout, hint))
    return done.stdout


def failure(
    what: str, words: Sequence[str], code: int, printed: str, hint: str = ""
) -> str:
    """The message for a failed command: what, its last lines, what to do."""
    lines = [line for line in printed.strip().splitlines() if line.strip()]
    tail = "\n".join("    " + line[:300] for line in lines[-12:])
    if "No space left on device" in printed or "ENOSPC" in printed:
        hint = "The disk is full: make room, then run the same command again."
    command = shlex.join(words)
    if len(command) > 200:
        command = command[:200] + " ..."
    text = f"{what} failed (exit code {code}).\n{tail}\n  command: {command}"
    return f"{text}\n{hint}" if hint else text


def which(name: str, path: str | None = None) -> Path | None:
    """The program `name` on PATH, or nothing."""
    for folder in (path or os.environ.get("PATH", "")).split(os.pathsep):
        found = Path(folder or ".") / name
        if found.is_file() and os.access(found, os.X_OK):
            return found.absolute()
    return None


def free_port() -> int:
    """A loopback port that is free at this moment."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def repository_files() -> list[str]:
    """The files that git knows or would take; without git (a zip) all but our own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    names = listed.stdout.splitlines()
    if listed.returncode:
        names = [str(path.relative_to(REPOSITORY)) for path in REPOSITORY.rglob("*")]
    return [
        name
        for name in sorted(set(names))
        if not name.startswith((".pact/", ".git/"))
        and "__pycache__" not in name
        and (REPOSITORY / name).is_file()
    ]
