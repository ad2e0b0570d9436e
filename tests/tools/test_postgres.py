"""PostgreSQL lives as long as somebody in the checkout uses it, and no longer."""

import subprocess

import pytest

from tools import checkout, postgres
from tools.base import Problem


@pytest.fixture
def stops(tmp_path, monkeypatch):
    """How often the cluster was stopped."""
    found: list[bool] = []
    monkeypatch.setattr(checkout, "STATE", tmp_path)
    monkeypatch.setattr(postgres, "_stop", lambda: found.append(True))
    return found


def test_a_server_that_lives_on_keeps_it_up(stops) -> None:
    with postgres.one_more_user() as user:
        server = subprocess.Popen(["sleep", "60"], pass_fds=[user.fileno()])
    try:
        with postgres.users_file().open("a") as mine:
            assert postgres.stop_if_unused(mine) is False
            assert not stops
            server.kill()
            server.wait()
            assert postgres.stop_if_unused(mine) is True
        assert stops == [True]
    finally:
        server.kill()
        server.wait()


def test_programs_that_are_none(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    postgres.programs.cache_clear()
    try:
        with pytest.raises(Problem, match="holds no PostgreSQL"):
            postgres.programs()
    finally:
        postgres.programs.cache_clear()
