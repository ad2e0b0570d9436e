"""The surroundings in which Odoo runs here: programs, variables, odoo.conf."""

import os
import subprocess
from pathlib import Path

from . import browser, checkout, odoo_source, pdf, postgres, python_env
from .base import INSIDE, REPOSITORY, Problem

# Nothing here may call out: whoever asks for a proxy gets one that is not there.
NO_WAY_OUT = "http://127.0.0.1:9"
LOCAL = "127.0.0.1,localhost,::1"


def python() -> Path:
    """The Python with Odoo's packages."""
    return python_env.venv() / "bin" / "python"


def variables() -> dict[str, str]:
    """The environment of every Odoo process started by ./pact."""
    env = dict(os.environ)
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "ODOO_RC", "PGDATABASE", "PGSERVICE"):
        env.pop(name, None)
    first = [
        browser.programs(),
        pdf.programs(),
        python().parent,
        postgres.programs(),
    ]
    path = [str(folder) for folder in first if folder]
    env["PATH"] = os.pathsep.join([*path, os.environ.get("PATH", "/usr/bin:/bin")])
    env["PYTHONPATH"] = str(odoo_source.home())
    env["PYTHONUNBUFFERED"] = "1"
    env["LC_ALL"] = "C.UTF-8"
    env["TZ"] = "UTC"
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        env[name] = env[name.upper()] = NO_WAY_OUT
    env["no_proxy"] = env["NO_PROXY"] = LOCAL
    env.update(postgres.environment())
    return env


def prepare() -> None:
    """Fetch and make all that Odoo needs, one step after the other."""
    python_env.venv()
    odoo_source.home()
    postgres.programs()
    browser.programs()
    pdf.programs()


def write_conf(name: str, port: int) -> Path:
    """The configuration file `name` for Odoo; for the owner's eyes only."""
    home = odoo_source.home()
    addons = [REPOSITORY, *odoo_source.git_addons(home)]
    settings = {
        "addons_path": ",".join(str(folder) for folder in addons),
        "data_dir": checkout.DATA_DIR,
        "http_interface": "127.0.0.1",
        "http_port": port,
        "max_cron_threads": 0,
        "workers": 0,
        "list_db": False,
        "screenshots": checkout.STATE / "screenshots",
        "limit_time_real": 1200,
        "limit_time_cpu": 1200,
        **_database_settings(),
    }
    path = checkout.STATE / name
    text = "[options]\n" + "".join(f"{key} = {val}\n" for key, val in settings.items())
    half = path.with_suffix(f".{os.getpid()}")
    half.touch(mode=0o600)
    half.write_text(text)
    half.rename(path)
    return path


def _database_settings() -> dict[str, str]:
    """How Odoo reaches PostgreSQL; a password stays in PGPASSWORD."""
    env = postgres.environment()
    found = {"db_host": env["PGHOST"], "db_user": env.get("PGUSER", "")}
    found["db_port"] = env.get("PGPORT", "")
    return {name: value for name, value in found.items() if value}


def inside(
    script: str,
    *words: str,
    what: str,
    conf: Path,
    log: str,
    env: dict[str, str] | None = None,
) -> str:
    """Run a script of tools/inside with Odoo's Python; returns what it printed.

    Odoo's own log goes to `.pact/log/<log>`; a failure shows its end.
    """
    path = checkout.LOGS / log
    with path.open("w") as out:
        done = subprocess.run(
            [python(), INSIDE / script, str(conf), *words],
            env=variables() | (env or {}),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
        )
    if done.returncode:
        lines = path.read_text(errors="replace").splitlines()
        tail = "\n".join("    " + line[:300] for line in lines[-25:])
        raise Problem(
            f"{what} failed (exit code {done.returncode}).\n{tail}\n  log: {path}"
        )
    return done.stdout
