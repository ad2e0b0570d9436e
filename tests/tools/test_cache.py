"""The shared cache: whole or not there at all."""

import errno
import os

import pytest

from tools import cache
from tools.base import Problem


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PACT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "NEEDED_BYTES", 0)
    return tmp_path / "cache"


def test_made_once(folder) -> None:
    calls = []

    def build(place):
        calls.append(place)
        (place / "file").write_text("x")
        return {"version": "1"}

    place, new = cache.made("part/1", "a part", build)
    again, new_again = cache.made("part/1", "a part", build)
    assert (place, new, new_again) == (again, True, False)
    assert len(calls) == 1
    assert (place / "file").read_text() == "x"
    assert cache.facts(place)["version"] == "1"


def test_a_failure_leaves_nothing_that_looks_whole(folder) -> None:
    def fail(place):
        (place / "half").touch()
        raise Problem("the download broke off")

    with pytest.raises(Problem, match="broke off"):
        cache.made("part/1", "a part", fail)
    assert not cache.is_complete(folder / "part/1")
    assert not list((folder / "part").glob("work-*"))
    place, new = cache.made("part/1", "a part", lambda place: None)
    assert new and cache.is_complete(place)


def test_what_a_killed_run_left_is_swept_and_made_anew(folder) -> None:
    half = folder / "part/1"
    half.mkdir(parents=True)
    (half / "half").touch()
    (folder / "part/work-1-abc").mkdir()
    place, new = cache.made("part/1", "a part", lambda place: None)
    assert new and not (place / "half").exists()
    assert not list((folder / "part").glob("work-*"))


def test_a_full_disk_is_named() -> None:
    def full(place):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))

    with pytest.raises(Problem, match="No space left.*\n.*Make room"):
        cache.made("part/1", "a part", full)


def test_too_little_room_is_said_before_the_work(monkeypatch) -> None:
    monkeypatch.setattr(cache, "NEEDED_BYTES", 10**18)
    with pytest.raises(Problem, match="are free below"):
        cache.made("part/1", "a part", lambda place: pytest.fail("began"))
