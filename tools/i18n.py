"""./pact i18n: the list of terms and the Spanish file, kept up with the app."""

import subprocess

from . import checkout, postgres, testing
from .base import INSIDE, REPOSITORY, free_port
from .environment import python, variables, write_conf


def run(check: bool) -> int:
    """Export from the test database; with `check` nothing is written."""
    with postgres.running():
        name = testing.test_database()
        conf = write_conf("i18n.conf", free_port())
        codes = [
            subprocess.run(
                [
                    *(str(python()), str(INSIDE / "translations.py"), str(conf), name),
                    *(str(addon), "check" if check else "write"),
                ],
                env=variables(),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
            ).returncode
            for addon in checkout.addons()
            if addon.name in testing.modules()
        ]
    return max(codes, default=0)
