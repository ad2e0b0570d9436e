"""Bulk loading: COPY, and statistics of the database after many new rows."""

import logging
from itertools import islice

from odoo.sql_db import db_connect
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

MANY = 1000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_into(cr, table, columns, rows):
    """COPY an iterable of tuples into `table`; constant memory. None is NULL."""

    def encode(value):
        if value is None:
            return "\\N"
        if type(value) is int:
            return str(value)
        text = str(value)
        return text if text.isalnum() else text.translate(ESCAPES)

    lines = ("\t".join(map(encode, row)) + "\n" for row in rows)
    cr._obj.copy_expert(
        f"COPY {table} ({', '.join(columns)}) FROM STDIN", _Reader(lines)
    )


class _Reader:
    """A file to read from, over an iterator of lines (what COPY wants)."""

    def __init__(self, lines):
        self._lines = lines
        self._rest = ""

    def read(self, size=-1):  # pylint: disable=method-required-super
        while size < 0 or len(self._rest) < size:
            chunk = "".join(islice(self._lines, 200))
            if not chunk:
                break
            self._rest += chunk
        if size < 0:
            size = len(self._rest)
        chunk, self._rest = self._rest[:size], self._rest[size:]
        return chunk


def analyze(cr, count, *tables):
    """Let the planner know of `count` new rows in `tables` now, where they are many
    beside what was there.

    Autovacuum does so only after the commit and up to a minute later; until then a
    table that was empty still counts as empty, and a join of ten thousand rows runs row
    by row (seen: 73 s instead of 0.1 s).
    """
    if count < MANY:
        return
    for table in tables:
        cr.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        if count * 10 > cr.fetchone()[0]:
            cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))


def vacuum_after(cr, count, *tables):
    """VACUUM (ANALYZE) `tables` once this transaction is committed, where `count`
    written rows are many: counting reads the index alone only where the visibility map
    says so. Its own connection, since VACUUM runs in no transaction; it never fails
    what called it, and waits for nobody."""
    if count < MANY:
        return
    done = cr.postcommit.data.setdefault("pact_vacuum", set())
    for table in set(tables) - done:
        done.add(table)

        def vacuum(table=table, dbname=cr.dbname):
            try:
                with db_connect(dbname).cursor() as own:
                    own._cnx.autocommit = True
                    own.execute("SET lock_timeout = '1s'")
                    own.execute(SQL("VACUUM (ANALYZE) %s", SQL.identifier(table)))
            except Exception:
                # autovacuum will do it
                _logger.warning("VACUUM of %s left to autovacuum", table, exc_info=True)

        cr.postcommit.add(vacuum)
