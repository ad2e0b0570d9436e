"""Databases: only ones that bear ./pact's own mark are ever filled or dropped.

The mark is a comment on the database. So a PGHOST that points to somebody's server
harms nothing there, even where a name is the same.
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from . import checkout, postgres
from .base import Problem, run

MARK = "pact_truancy: made by ./pact, which may drop it"


def full_name(short: str) -> str:
    """A database's name; on somebody's server with this checkout's own suffix."""
    return f"{short}_{checkout.IDENTITY[:6]}" if postgres.external() else short


def check_name(name: str) -> str:
    """Refuse what is no plain database name (it goes into SQL and file paths)."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,60}", name):
        raise Problem(
            f"'{name}' is no name for a database: small letters, digits, - and _."
        )
    return name


def exists(name: str) -> bool:
    """Whether the server has a database of this name."""
    query = f"SELECT 1 FROM pg_database WHERE datname = '{check_name(name)}'"
    return postgres.psql("postgres", query) == "1"


def note(name: str) -> dict[str, Any] | None:
    """What ./pact wrote down about this database; nothing if it bears no mark."""
    text = postgres.psql(
        "postgres",
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        f"WHERE datname = '{check_name(name)}'",
    )
    return read_mark(text)


def read_mark(comment: str) -> dict[str, Any] | None:
    """The facts in a database's comment, if the comment is ./pact's mark."""
    if not comment.startswith(MARK):
        return None
    try:
        found = json.loads(comment[len(MARK) :] or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def set_note(name: str, facts: dict[str, Any]) -> None:
    """Mark a database as ./pact's, with what must be known about it later."""
    comment = (MARK + json.dumps(facts)).replace("'", "''")
    postgres.psql("postgres", f"COMMENT ON DATABASE \"{name}\" IS '{comment}'")


def must_be_ours(name: str) -> dict[str, Any]:
    """The database's note; a database without the mark is refused."""
    found = note(name)
    if found is None:
        raise Problem(
            f"The database '{name}' was not made by ./pact (its mark is missing), so "
            "./pact neither fills nor drops it. Rename it, or let PGHOST name another "
            "server."
        )
    return found


def filestore(name: str) -> Path:
    """Where Odoo keeps the files of a database of this checkout."""
    return checkout.DATA_DIR / "filestore" / name


def drop(name: str) -> None:
    """Drop a database with its files, if there is one and it is ours."""
    if not exists(name):
        return
    must_be_ours(name)
    postgres.psql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(filestore(name), ignore_errors=True)


def create(name: str, template: str = "template0") -> None:
    """A new marked database; the mark comes first, so that a half can be dropped."""
    if exists(name):
        must_be_ours(name)
        raise Problem(f"The database '{name}' exists already.")
    postgres.psql(
        "postgres",
        f'CREATE DATABASE "{check_name(name)}" TEMPLATE "{check_name(template)}"'
        + (" ENCODING 'UTF8' LC_COLLATE 'C'" if template == "template0" else ""),
    )
    set_note(name, {"state": "half"})


def clone(template: str, name: str) -> None:
    """A database like `template`, with its files (hard links: they never change)."""
    drop(name)
    create(name, template)
    target = filestore(name)
    shutil.rmtree(target, ignore_errors=True)
    if filestore(template).is_dir():
        link_tree(filestore(template), target)


def link_tree(source: Path, target: Path) -> None:
    """Copy a tree by hard links, file by file where the disk does not allow them."""
    try:
        shutil.copytree(source, target, copy_function=os.link, dirs_exist_ok=True)
    except (OSError, shutil.Error):
        shutil.copytree(source, target, dirs_exist_ok=True)


def pg_run(program: str, *words: str | Path, what: str) -> str:
    """One of PostgreSQL's own programs, on our server."""
    return run(
        [postgres.programs() / program, *words],
        what=what,
        env=os.environ | postgres.environment(),
    )
