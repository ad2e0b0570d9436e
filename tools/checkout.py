"""Where one checkout keeps its own state: everything below `.pact/`.

Every checkout has its own PostgreSQL and its own databases, so that several can run
side by side and none sees another's data.
"""

import hashlib
import os
import stat
from pathlib import Path

from .base import ADDON, REPOSITORY, Problem

STATE = REPOSITORY / ".pact"
LOGS = STATE / "log"
DATA_DIR = STATE / "data"
CLUSTER = STATE / "pgdata"

# a short name that differs from checkout to checkout
IDENTITY = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:10]


def prepare() -> None:
    """Make the state folder, for its owner only: it holds a database of children."""
    for folder in (STATE, LOGS, DATA_DIR):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    STATE.chmod(0o700)


def addons() -> list[Path]:
    """The addon folders of this repository, the app first."""
    found = sorted(path.parent for path in REPOSITORY.glob("*/__manifest__.py"))
    return sorted(found, key=lambda path: path.name != ADDON)


def socket_folder() -> Path:
    """The folder of PostgreSQL's socket: short (the limit is 107 bytes) and 0700.

    It lies in the user's run-time folder, else in /tmp, where anybody may make a
    folder: so one that is not ours, or open to others, is refused.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
    folder = base / f"pact-{os.getuid()}-{IDENTITY}"
    if len(os.fsencode(folder)) > 90 or not base.is_dir():
        folder = Path("/tmp") / folder.name
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid():
        raise Problem(f"{folder} belongs to somebody else: remove it, then try again.")
    folder.chmod(0o700)
    return folder


def content_hash(folders: list[Path], leave_out: tuple[str, ...] = ("tests",)) -> str:
    """One hash over all files of these folders; tests change no database."""
    total = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if "__pycache__" in parts or parts[0] in leave_out or not path.is_file():
                continue
            total.update(f"{folder.name}/{'/'.join(parts)}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()
