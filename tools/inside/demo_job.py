"""The app's main job on the demo database, then new passwords. Runs in Odoo's Python.

demo_job.py CONF DB FOLDER   writes the sample file into the folder and prints one JSON
object: {"found": {..}, "sample": path, "logins": [..]}
"""

import json
import sys

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config


def main(conf: str, db: str, folder: str) -> None:
    """Run the job (committed first), then give every log-in a password of now."""
    words = ["-c", conf, "-d", db, "--no-http", "--log-level=warn"]
    config.parse_config(words, setup_logging=True)
    registry = Registry(db)
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        found = env["pact.demo"]._run_main_job()
        sample = env["pact.demo"]._write_sample_file(folder)
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        logins = env["pact.demo"]._set_passwords()
    print(json.dumps({"found": found, "sample": sample, "logins": logins}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
