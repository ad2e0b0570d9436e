"""./pact demo: a database with demo data, the app's main job on it, the web client."""

import json
import time

from . import cache, checkout, database, postgres, server, template
from .base import ADDON, Problem, free_port, say, step
from .environment import inside, prepare, write_conf

DATABASE = "pact_demo"
SERVER = "demo"


def run(port: int | None, fresh: bool) -> int:
    """Make or update the database, run the job, serve; all of it can be repeated."""
    began = time.monotonic()
    prepare()
    with (
        postgres.running(),
        cache.locked(checkout.STATE / "demo.lock", "the demo"),
    ):
        note = server.noted(SERVER)
        if note and port not in (None, note["port"]):
            server.stop(SERVER)
            note = None
        if note is None:
            # a busy port must be known before the work, not after it
            port = server.choose_port(port)
        name = _database(fresh)
        note = server.noted(SERVER)
        with step("Main job on the demo data"):
            result = _job(name)
        if note is None:
            if port is None or not server.port_is_free(port):
                port = server.choose_port(None)
            with step("Web client"):
                conf = write_conf("demo.conf", port)
                server.start(SERVER, name, conf, port)
        else:
            port = note["port"]
        _report(result, port, time.monotonic() - began)
    return 0


def _database(fresh: bool) -> str:
    """The demo's database: kept from start to start, updated when the app changed."""
    name = database.full_name(DATABASE)
    content = checkout.content_hash(checkout.addons())
    origin = template.ensure()
    state = {"state": "whole", "content": content, "template": origin}
    state["demo"] = _demo_hash()
    there = database.exists(name)
    note = database.must_be_ours(name) if there else {}
    if there and not fresh and note.get("state") == "whole":
        if note == state:
            return name
        # new demo data come into a new database only
        if all(note.get(key) == state[key] for key in ("template", "demo")):
            server.stop(SERVER)
            with step("Updating the demo database: the app changed"):
                _fill(name, {"upgrade": [ADDON]}, state)
            return name
    server.stop(SERVER)
    with step("Demo database"):
        database.clone(origin, name)
        _fill(name, {"install": [ADDON], "demo": True}, state)
    return name


def _demo_hash() -> str:
    """One hash over what the demo data are made from."""
    app = checkout.addons()[0]
    folders = [app / "demo", app / "models" / "demo"]
    files = checkout.content_hash([folder for folder in folders if folder.is_dir()])
    return f"{files} {template.manifest(app).get('demo', [])}"


def _fill(name: str, order: dict, state: dict) -> None:
    """Install or update; half a database is marked so and made anew next time."""
    database.set_note(name, {"state": "half"})
    order = {"db": name, "neutralize": True, "bundles": template.BUNDLES, **order}
    try:
        inside(
            "make_db.py",
            json.dumps(order),
            what="Filling the demo database",
            conf=write_conf("demo_make.conf", free_port()),
            log="demo_database.log",
        )
    except Problem as problem:
        raise Problem(f"{problem}\n./pact demo makes it anew next time.") from problem
    database.set_note(name, state)


def _job(name: str) -> dict:
    out = inside(
        "demo_job.py",
        name,
        str(checkout.STATE / "sample"),
        what="The main job",
        conf=write_conf("demo_job.conf", free_port()),
        log="demo_job.log",
    )
    return json.loads(out.strip().splitlines()[-1])


def _report(result: dict, port: int, seconds: float) -> None:
    """What the job found, where the web client is, and the log-ins of this start."""
    for line in report_lines(result, port, seconds):
        say(line)


def report_lines(result: dict, port: int, seconds: float) -> list[str]:
    """The lines that the demo prints at the end."""
    lines = [""]
    found = result["found"]
    lines.append(f"Students read      {found['students']:>7}")
    for program, count in found["flags"].items():
        lines.append(f"Flags              {count:>7}  {program}")
    lines.append(f"Letters drafted    {found['letters']:>7}")
    lines.append(f"Seconds            {found['seconds']:>7.1f}")
    lines += [
        "",
        f"A file to import by hand (see README, 'A tour'): {result['sample']}",
    ]
    lines += ["", f"Open  http://127.0.0.1:{port}/odoo", ""]
    lines.append("Log-ins (their passwords were made just now):")
    width = max((len(login["login"]) for login in result["logins"]), default=0)
    program = None
    for login in result["logins"]:
        if login.get("program") != program:
            program = login.get("program")
            lines += ["", f" {program}" if program else " Every program"]
        who = f"{login.get('name', '')}, {login.get('role', '')}".strip(", ")
        lines.append(f"  {login['login']:<{width}}  {login['password']}  {who}")
    lines += ["", f"Ready in {seconds:.0f} s. It runs until ./pact stop."]
    return lines


def stop() -> int:
    """End the demo's server and then PostgreSQL, if nothing else uses it."""
    checkout.prepare()
    with cache.locked(checkout.STATE / "demo.lock", "the demo"):
        stopped = server.stop(SERVER)
        say("The demo's server has ended." if stopped else "No demo was running here.")
    if postgres.external():
        return 0
    with postgres.users_file().open("a") as users:
        if postgres.stop_if_unused(users):
            say("PostgreSQL is down. The databases are kept in .pact/.")
        else:
            say("PostgreSQL stays up: another ./pact of this checkout uses it.")
    return 0
