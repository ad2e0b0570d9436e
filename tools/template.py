"""The template database: what this app depends on, installed, with its pages built.

It takes half a minute to make, so it is kept as a dump in the shared cache and put
back into each checkout's own PostgreSQL, where databases are cloned from it.
"""

import ast
import hashlib
import json
import shutil
import tarfile
from pathlib import Path

from . import cache, checkout, database, odoo_source, postgres
from .base import Problem, free_port, step
from .environment import inside, write_conf

RECIPE = "1"
# built once here instead of anew (6-8 s) in every browser test
BUNDLES = [
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.report_assets_common",
    "web.assets_tests",
    "bus.websocket_worker_assets",
    "web_tour.interactive",
]


def manifest(addon: Path) -> dict:
    """An addon's manifest."""
    found = ast.literal_eval((addon / "__manifest__.py").read_text())
    if not isinstance(found, dict):
        raise Problem(f"{addon}/__manifest__.py is not a dictionary.")
    return found


def dependencies() -> list[str]:
    """What the app needs of Odoo. Bridges are left out: what they need is optional."""
    app = checkout.addons()[0]
    own = {addon.name for addon in checkout.addons()}
    return sorted(set(manifest(app).get("depends", [])) - own) or ["base"]


def key() -> str:
    """Changes with everything that the template is made of."""
    parts = [odoo_source.version(), postgres.major(), RECIPE, *dependencies(), *BUNDLES]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def ensure() -> str:
    """The template's name in this server, made or restored if it is not there."""
    found = key()
    name = database.full_name(f"pact_template_{found}")
    with cache.locked(checkout.STATE / "template.lock", "the template database"):
        if database.exists(name):
            if database.must_be_ours(name).get("state") == "whole":
                return name
            database.drop(name)
        stored = cache.root() / "template" / found
        if not cache.is_complete(stored):
            _make(name, stored)
        elif not database.exists(name):
            with step("Template database, from the cache"):
                _restore(name, stored)
        database.set_note(name, {"state": "whole"})
        _drop_older(name)
    return name


def _make(name: str, stored: Path) -> None:
    """Make it here, then keep its dump for other checkouts."""

    def build(folder: Path) -> None:
        database.create(name)
        postgres.psql(name, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        conf = write_conf("template.conf", free_port())
        order = {
            "db": name,
            "install": dependencies(),
            "bundles": BUNDLES,
            "quiet_crons": True,
        }
        inside(
            "make_db.py",
            json.dumps(order),
            what="Making the template database",
            conf=conf,
            log="template.log",
        )
        database.pg_run(
            "pg_dump",
            *("--format=custom", "--compress=1", "--no-owner"),
            f"--file={folder / 'dump'}",
            name,
            what="Saving the template database",
        )
        with tarfile.open(folder / "filestore.tar", "w") as tar:
            tar.add(database.filestore(name), ".")

    cache.made(
        f"template/{stored.name}",
        "Template database (Odoo's " + ", ".join(dependencies()) + ")",
        build,
    )
    if not database.exists(name):
        # another checkout made it while this one waited
        _restore(name, stored)


def _restore(name: str, stored: Path) -> None:
    """Put the dump back into this server."""
    database.create(name)
    database.pg_run(
        "pg_restore",
        *("--no-owner", "--exit-on-error", "--jobs=2", f"--dbname={name}"),
        stored / "dump",
        what="Restoring the template database",
    )
    target = database.filestore(name)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tarfile.open(stored / "filestore.tar") as tar:
        tar.extractall(target)


def _drop_older(name: str) -> None:
    """Templates of earlier dependencies are of no use any more."""
    rows = postgres.psql(
        "postgres",
        "SELECT datname FROM pg_database WHERE datname LIKE 'pact\\_template\\_%'",
    )
    for other in rows.split():
        suffix = name.removeprefix("pact_template_")[12:]
        if other != name and other.endswith(suffix) and database.note(other):
            database.drop(other)
