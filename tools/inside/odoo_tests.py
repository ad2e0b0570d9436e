"""Odoo's own test runner, writing down which tests it skipped.

odoo_tests.py SKIPPED_FILE [odoo's arguments]
"""

import sys
from pathlib import Path

import odoo.cli
from odoo.tests.result import OdooTestResult


def main() -> None:
    skipped = Path(sys.argv[1])
    skipped.write_text("")
    original = OdooTestResult.addSkip

    def add_skip(self, test, reason):
        with skipped.open("a") as out:
            out.write(f"{test.id()}\t{reason}\n")
        return original(self, test, reason)

    OdooTestResult.addSkip = add_skip
    sys.argv = ["odoo", *sys.argv[2:]]
    odoo.cli.main()


if __name__ == "__main__":
    main()
