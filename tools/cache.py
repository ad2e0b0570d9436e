"""The shared cache: what is expensive to make and the same for every checkout.

Each thing is made in a folder `work-...` beside its place and moved there in one
rename when it is whole, under a lock; so a set-up that was cut off (power, full disk,
Ctrl-C) leaves nothing that could be taken for whole, and is simply run again.
"""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .base import Problem, say, step

MARK = ".complete"
NEEDED_BYTES = 1_500_000_000


def root() -> Path:
    """The cache folder: PACT_CACHE, else below XDG_CACHE_HOME, else ~/.cache."""
    chosen = os.environ.get("PACT_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).expanduser().absolute() / "pact-truancy"


@contextlib.contextmanager
def locked(path: Path, waiting_for: str = "") -> Iterator[None]:
    """Hold the lock file `path`; says what it waits for if someone else has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say(f"- waiting: another ./pact is busy with {waiting_for or path.name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_complete(place: Path) -> bool:
    """Whether `place` was made to the end."""
    return (place / MARK).is_file()


def facts(place: Path) -> dict[str, str]:
    """What the maker of `place` wrote down about it (versions, hashes)."""
    return json.loads((place / MARK).read_text() or "{}")


def made(
    name: str, what: str, build: Callable[[Path], dict[str, str] | None]
) -> tuple[Path, bool]:
    """The folder `name` of the cache, built by `build(folder)` if it is not there.

    Returns it and whether it was built just now. `build` may return facts to keep.
    """
    place = root() / name
    if is_complete(place):
        return place, False
    try:
        with locked(place.parent / f".{place.name}.lock", what):
            if is_complete(place):
                return place, False
            with step(what):
                _build(place, build)
    except OSError as error:
        raise Problem(
            f"{what}: {error.strerror or error} ({error.filename or place}).\n"
            "Make room or set PACT_CACHE to another folder, then run it again."
        ) from error
    return place, True


def _build(place: Path, build: Callable[[Path], dict[str, str] | None]) -> None:
    """Make `place` beside itself, then rename; earlier halves are swept away."""
    free = shutil.disk_usage(place.parent).free
    if free < NEEDED_BYTES:
        raise Problem(
            f"Only {free / 1e9:.1f} GB are free below {place.parent}; the set-up needs "
            f"{NEEDED_BYTES / 1e9:.1f} GB. Make room or set PACT_CACHE to another "
            "folder, then run it again."
        )
    for old in place.parent.glob(f"work-{place.name}-*"):
        shutil.rmtree(old, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f"work-{place.name}-", dir=place.parent))
    try:
        kept = build(work) or {}
        kept["made"] = time.strftime("%Y-%m-%d %H:%M:%S")
        (work / MARK).write_text(json.dumps(kept, indent=1) + "\n")
        if place.exists():
            shutil.rmtree(place)
        work.chmod(0o755)
        work.rename(place)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
