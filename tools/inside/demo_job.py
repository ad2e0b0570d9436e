"""The app's main job on the demo database, then new passwords. Runs in Odoo's Python.

demo_job.py CONF DB   prints one JSON object: {"found": {..} or null, "logins": [..]}
"""

import json
import secrets
import sys

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config


def main(conf: str, db: str) -> None:
    """Run the job (committed first), then give every log-in a password of now."""
    words = ["-c", conf, "-d", db, "--no-http", "--log-level=warn"]
    config.parse_config(words, setup_logging=True)
    registry = Registry(db)
    found = None
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        if hasattr(env.get("pact.demo"), "_run_main_job"):
            found = env["pact.demo"]._run_main_job()
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        logins = []
        if hasattr(env.get("pact.demo"), "_set_passwords"):
            logins = env["pact.demo"]._set_passwords()
        admin = env.ref("base.user_admin")
        if admin.login not in [login["login"] for login in logins]:
            password = secrets.token_urlsafe(9)
            admin.password = password
            logins.append(
                {
                    "login": admin.login,
                    "password": password,
                    "name": admin.name,
                    "role": "system administrator",
                }
            )
    print(json.dumps({"found": found, "logins": logins}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
