"""Odoo servers that ./pact starts: on loopback, noted by process id and port.

A process is ended only if its number still belongs to the process that was started:
the kernel's start time of it is noted too.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from . import checkout, postgres
from .base import REPOSITORY, Problem
from .environment import python, variables

DEFAULT_PORT = 8069


def start_time(pid: int) -> str:
    """When a process began, in the kernel's ticks; empty if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # the program's name may contain spaces and brackets: read after the last one
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def note_path(name: str) -> Path:
    return checkout.STATE / f"{name}.server.json"


def noted(name: str) -> dict[str, Any] | None:
    """The running server `name` of this checkout, or nothing."""
    try:
        note = json.loads(note_path(name).read_text())
        alive = start_time(int(note["pid"])) == note["began"]
    except (OSError, ValueError, KeyError):
        return None
    return note if alive else None


def port_is_free(port: int) -> bool:
    """Whether nobody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose_port(wanted: int | None) -> int:
    """The wanted port, which must be free; without a wish the first free from 8069."""
    if wanted is not None:
        if not port_is_free(wanted):
            raise Problem(
                f"Port {wanted} is in use on this machine: choose another with --port."
            )
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + 50):
        if port_is_free(port):
            return port
    raise Problem(f"Ports {DEFAULT_PORT} to {port} are all in use: choose --port.")


def start(name: str, database: str, conf: Path, port: int) -> int:
    """Start a server on one database and wait until it answers; its process id.

    It inherits a lock of its own as a user of PostgreSQL, which so stays up with it.
    """
    log = checkout.LOGS / f"{name}.log"
    command = [
        *(python(), "-m", "odoo", "-c", conf, "-d", database),
        *("--db-filter", f"^{database}$", "--http-port", str(port)),
        *("--http-interface", "127.0.0.1", "--no-database-list"),
    ]
    with log.open("w") as out, postgres.one_more_user() as user:
        child = subprocess.Popen(
            [str(word) for word in command],
            env=variables(),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[user.fileno()],
        )
    note = {
        "pid": child.pid,
        "began": start_time(child.pid),
        "port": port,
        "database": database,
    }
    note_path(name).write_text(json.dumps(note))
    try:
        _wait(child, port, log)
    except BaseException:
        stop(name)
        raise
    return child.pid


def _wait(child: subprocess.Popen, port: int, log: Path) -> None:
    """Until the log-in page comes, which also fills the server's caches."""
    end = time.monotonic() + 180
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end:
        if child.poll() is not None:
            break
        try:
            opener.open(f"http://127.0.0.1:{port}/web/login", timeout=60).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    lines = log.read_text(errors="replace").splitlines()[-15:]
    tail = "\n".join("    " + line[:300] for line in lines)
    raise Problem(f"The server did not come up.\n{tail}\n  log: {log}")


def stop(name: str) -> bool:
    """End the server `name`, if it is still the one that was started."""
    note = noted(name)
    if note:
        pid = int(note["pid"])
        os.kill(pid, signal.SIGTERM)
        for attempt in range(200):
            if start_time(pid) != note["began"]:
                break
            if attempt == 150:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
    note_path(name).unlink(missing_ok=True)
    return bool(note)
