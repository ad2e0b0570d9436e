"""Only a database with ./pact's own mark is filled or dropped."""

import pytest

from tools import checkout, database, postgres
from tools.base import Problem


class Server:
    """A PostgreSQL with the given databases: name -> comment."""

    def __init__(self, databases: dict[str, str]) -> None:
        self.databases = databases
        self.done: list[str] = []

    def psql(self, _database: str, statement: str) -> str:
        name = statement.rpartition("datname = '")[2].rstrip("'")
        if statement.startswith("SELECT 1"):
            return "1" if name in self.databases else ""
        if statement.startswith("SELECT shobj_description"):
            return self.databases.get(name, "")
        self.done.append(statement)
        return ""


@pytest.fixture
def server(monkeypatch, tmp_path):
    made = Server({"pact_test": "payroll, do not touch", "ours": database.MARK})
    monkeypatch.setattr(postgres, "psql", made.psql)
    monkeypatch.setattr(checkout, "DATA_DIR", tmp_path)
    return made


def test_a_stranger_with_our_name_is_left_alone(server) -> None:
    for act in (
        lambda: database.drop("pact_test"),
        lambda: database.create("pact_test"),
        lambda: database.clone("ours", "pact_test"),
        lambda: database.must_be_ours("pact_test"),
    ):
        with pytest.raises(Problem, match="its mark is missing"):
            act()
    assert server.done == []


def test_ours_is_dropped(server) -> None:
    database.drop("ours")
    assert server.done == ['DROP DATABASE IF EXISTS "ours" WITH (FORCE)']


def test_the_mark_comes_right_after_the_database(server) -> None:
    database.create("new")
    assert server.done[0].startswith('CREATE DATABASE "new"')
    assert database.MARK in server.done[1] and '"half"' in server.done[1]


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("", None),
        ("a database of pact_truancy", None),
        (database.MARK, {}),
        (database.MARK + '{"state": "whole"}', {"state": "whole"}),
        (database.MARK + "{broken", {}),
    ],
)
def test_reading_the_mark(comment, found) -> None:
    assert database.read_mark(comment) == found


@pytest.mark.parametrize("name", ["", "a b", "a'; DROP", "../x", "A", "1a", 'x"y'])
def test_names_that_are_none(name) -> None:
    with pytest.raises(Problem):
        database.check_name(name)
