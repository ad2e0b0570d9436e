"""Ports that are taken, and processes that are not ours."""

import json
import os
import socket
import subprocess
import sys

import pytest

from tools import checkout, demo, server
from tools.base import Problem


@pytest.fixture
def busy():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_is_named(busy) -> None:
    with pytest.raises(Problem, match=f"Port {busy} is in use"):
        server.choose_port(busy)


def test_without_a_wish_the_next_free_port_is_taken(busy, monkeypatch) -> None:
    monkeypatch.setattr(server, "DEFAULT_PORT", busy)
    assert busy < server.choose_port(None) < busy + 50


def test_a_number_that_now_belongs_to_another_process_is_not_ended(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(checkout, "STATE", tmp_path)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleeper) as other:
        try:
            note = {"pid": other.pid, "began": "1", "port": 1, "database": "x"}
            server.note_path("demo").write_text(json.dumps(note))
            assert server.noted("demo") is None
            assert server.stop("demo") is False
            assert other.poll() is None
            note["began"] = server.start_time(other.pid)
            server.note_path("demo").write_text(json.dumps(note))
            assert server.noted("demo") == note
            assert server.stop("demo") is True
            assert other.wait(10) != 0
        finally:
            other.kill()


def test_start_time_of_nobody() -> None:
    assert server.start_time(2**30) == ""
    assert server.start_time(os.getpid()).isdigit()


def test_the_socket_folder_is_for_its_owner_only(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(checkout, "IDENTITY", "x")
    folder = checkout.socket_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 107


def test_somebody_elses_socket_folder_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(checkout, "IDENTITY", "x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"pact-{os.getuid()}-x").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem, match="somebody else"):
        checkout.socket_folder()


def test_what_the_demo_prints() -> None:
    found = {
        "students": 1200,
        "flags": {"Region 21": 31, "Region 53": 4},
        "letters": 12,
        "seconds": 1.234,
    }
    login = {"login": "ana", "password": "p4ss", "name": "Ana", "role": "coordinator"}
    login["program"] = "Region 53's program"
    result = {"found": found, "sample": ".pact/sample/a.csv", "logins": [login]}
    text = "\n".join(demo.report_lines(result, 8070, 5))
    for part in (
        "1200",
        "31  Region 21",
        "4  Region 53",
        "12",
        "1.2",
        "p4ss",
        ":8070",
        "a.csv",
        "Region 53's program",
    ):
        assert part in text
