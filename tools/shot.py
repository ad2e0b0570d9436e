"""./pact shot: a picture of a page, from the demo's or any other running server."""

import subprocess
from argparse import Namespace

from . import browser, checkout, database, postgres, python_env, server
from .base import INSIDE, Problem, free_port
from .environment import variables, write_conf


def take(options: Namespace) -> int:
    """Take it; with --db a server for that database runs just for this."""
    if options.db:
        with postgres.running():
            name = database.check_name(options.db)
            database.must_be_ours(name)
            port = free_port()
            conf = write_conf("shot.conf", port)
            server.start("shot", name, conf, port)
            try:
                return _take(options, port)
            finally:
                server.stop("shot")
    note = server.noted("demo")
    port = options.port or (note or {}).get("port")
    if not port:
        raise Problem(
            "No server runs in this checkout: ./pact demo starts one, --port names one."
        )
    return _take(options, int(port))


def _take(options: Namespace, port: int) -> int:
    checkout.prepare()
    command = [
        *(python_env.venv() / "bin" / "python", INSIDE / "shot.py"),
        *(options.login, options.password, options.path, options.out),
        *("--port", str(port), "--width", str(options.width)),
        *("--timeout", str(options.timeout)),
    ]
    if options.height:
        command += ["--height", str(options.height)]
    if options.wait:
        command += ["--wait", options.wait]
    if options.full:
        command.append("--full")
    for script in options.run:
        command += ["--run", script]
    browser.programs()
    limit = options.timeout * 4 + 300
    done = subprocess.run(
        [str(word) for word in command], env=variables(), timeout=limit
    )
    return done.returncode
