"""Starts one benchmark: _main.py CONF DATABASE NAME [words]   (./pact bench does it).

Odoo is configured before the benchmark is imported, which names the app's modules. The
benchmark is a module with `run(env, options)`.
"""

import argparse
import importlib
import sys

from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("conf")
    parser.add_argument("database")
    parser.add_argument("name")
    parser.add_argument("--students", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    config.parse_config(
        ["-c", options.conf, "-d", options.database, "--log-level=warn"],
        setup_logging=True,
    )
    registry = Registry(options.database)
    benchmark = importlib.import_module(options.name)
    with registry.cursor() as cr:
        benchmark.run(Environment(cr, SUPERUSER_ID, {}), options)


if __name__ == "__main__":
    sys.exit(main())
