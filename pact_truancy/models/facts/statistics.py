"""Statistics of the database after many new rows."""

from odoo.tools import SQL

MANY = 1000


def analyze(cr, count, *tables):
    """Let the planner know of `count` new rows in `tables` now, where they are many.

    Autovacuum does so only after the commit and up to a minute later; until then a
    table that was empty still counts as empty, and a join of ten thousand rows runs row
    by row (seen: 73 s instead of 0.1 s).
    """
    if count >= MANY:
        for table in tables:
            cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
