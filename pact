#!/usr/bin/env python3
"""The project's one command. ./pact help says what it can do."""

import sys

if sys.version_info < (3, 9):  # noqa: UP036
    sys.exit(
        "./pact needs Python 3.11, 3.12 or 3.13; this is " + sys.version.split()[0]
    )

sys.dont_write_bytecode = True

from tools.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
