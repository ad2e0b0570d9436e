"""./pact shell: Odoo's own shell on the demo's database, or another of ./pact's."""

import subprocess

from . import database, demo, postgres
from .base import REPOSITORY, Problem, free_port
from .environment import python, variables, write_conf


def run(name: str | None, words: list[str]) -> int:
    """Open the shell; a script may come by standard input."""
    with postgres.running():
        name = database.check_name(name or database.full_name(demo.DATABASE))
        if not database.exists(name):
            raise Problem(f"There is no database '{name}' here: ./pact demo makes one.")
        database.must_be_ours(name)
        conf = write_conf("shell.conf", free_port())
        command = [
            *(python(), "-m", "odoo", "shell", "-c", conf, "-d", name),
            *("--no-http", "--log-level=warn", *words),
        ]
        words = [str(word) for word in command]
        return subprocess.run(words, env=variables(), cwd=REPOSITORY).returncode
