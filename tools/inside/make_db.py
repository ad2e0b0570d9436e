"""Fill a database with Odoo modules. Runs in Odoo's Python.

make_db.py CONF '{"db": .., "install": [..], "upgrade": [..], "demo": bool,
                  "bundles": [..], "neutralize": bool, "quiet_crons": bool}'
"""

import json
import logging
import sys

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.neutralize import neutralize_database
from odoo.modules.registry import Registry
from odoo.tools import config


def main(conf: str, order: dict) -> int:
    """Install, neutralize and build what the order says; 1 if Odoo logged an error."""
    words = ["-c", conf, "-d", order["db"], "--skip-auto-install", "--no-http"]
    words += ["--log-level=warn"]
    config.parse_config(words, setup_logging=True)
    heard = _Errors()
    logging.getLogger().addHandler(heard)
    if order.get("demo"):
        _believe_in_demo(order["db"])
    registry = Registry.new(
        order["db"],
        update_module=True,
        install_modules=order.get("install", []),
        upgrade_modules=order.get("upgrade", []),
        new_db_demo=bool(order.get("demo")),
    )
    with registry.cursor() as cr:
        missing = _not_installed(cr, order.get("install", []))
        if missing:
            print(f"not installed: {', '.join(missing)}", file=sys.stderr)
            return 1
        if order.get("quiet_crons"):
            cr.execute("UPDATE ir_cron SET active = false")
        if order.get("neutralize"):
            cr.execute("DELETE FROM ir_mail_server WHERE smtp_host = 'invalid'")
            neutralize_database(cr)
            # and no guided tour in front of what the demo shows
            cr.execute("UPDATE res_users SET tour_enabled = false")
    with registry.cursor() as cr:
        qweb = Environment(cr, SUPERUSER_ID, {})["ir.qweb"]
        for name in order.get("bundles", []):
            bundle = qweb._get_asset_bundle(name, css=True, js=True)
            bundle.css()
            bundle.js()
    for line in heard.lines:
        print(line, file=sys.stderr)
    return 1 if heard.lines else 0


class _Errors(logging.Handler):
    """Remembers errors: Odoo goes on after some, such as demo data that failed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        demo_failed = "demo data failed to install" in text
        if record.levelno >= logging.ERROR or demo_failed:
            self.lines.append(f"{record.levelname} {record.name}: {text}")


def _believe_in_demo(db: str) -> None:
    """The template has no demo data of Odoo's own apps, and none is wanted.

    Odoo loads an app's demo data only where all it depends on has its own; so those
    are marked as if they had.
    """
    from odoo.sql_db import db_connect

    with db_connect(db).cursor() as cr:
        cr.execute("UPDATE ir_module_module SET demo = true WHERE state = 'installed'")


def _not_installed(cr, names: list[str]) -> list[str]:
    cr.execute(
        "SELECT name FROM ir_module_module"
        " WHERE state = 'installed' AND name = ANY(%s)",
        [list(names)],
    )
    return sorted(set(names) - {row[0] for row in cr.fetchall()})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
