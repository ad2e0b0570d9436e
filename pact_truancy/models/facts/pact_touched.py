from odoo import api, models
from odoo.tools import SQL

TABLE = "pact_touched"


class PactTouched(models.AbstractModel):
    """Whose facts changed since a moment, whoever changed them and how.

    Each statement that changes a watched table leaves a mark a student (or a school, or
    one for everybody) by a trigger, so that no way of writing can forget it. A mark
    bears the transaction that made it; `_since` compares that with what a reader could
    see, so a change that was not committed yet when he read is not lost, as it would be
    with a time of writing.

    The marks are a plain table without a model: nobody reads them but `_since`.
    """

    _name = "pact.touched"
    _description = "Whose Facts Changed"

    @api.model
    def _watch(self, table, column=None, mark="student_id"):
        """Mark what changes in `table`; called by `init` of the model that owns it.

        :param column: the column that says who is touched; None: everybody
        :param mark: what the column holds: 'student_id' or 'school_id'
        """
        cr = self.env.cr
        # the name of the table is a constant
        cr.execute(  # pylint: disable=sql-injection
            f"""
            CREATE TABLE IF NOT EXISTS {TABLE} (
                xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
                student_id int, school_id int,
                at timestamptz NOT NULL DEFAULT now());
            CREATE INDEX IF NOT EXISTS pact_touched_at ON {TABLE} (at);
            CREATE OR REPLACE FUNCTION pact_touched_mark() RETURNS trigger
            LANGUAGE plpgsql AS $$
            DECLARE changed text := CASE TG_OP
                WHEN 'INSERT' THEN 'SELECT * FROM touched_new'
                WHEN 'DELETE' THEN 'SELECT * FROM touched_old'
                ELSE 'SELECT * FROM touched_new UNION ALL SELECT * FROM touched_old'
                END;
            BEGIN
                IF TG_NARGS = 0 THEN
                    EXECUTE format('INSERT INTO {TABLE} (student_id) SELECT NULL::int
                                     WHERE EXISTS (%s)', changed);
                ELSE
                    EXECUTE format('INSERT INTO {TABLE} (%I) SELECT DISTINCT %I
                                     FROM (%s) c WHERE %2$I IS NOT NULL',
                                   TG_ARGV[1], TG_ARGV[0], changed);
                END IF;
                RETURN NULL;
            END $$
            """
        )
        for operation, tables in (
            ("INSERT", SQL("NEW TABLE AS touched_new")),
            ("UPDATE", SQL("NEW TABLE AS touched_new OLD TABLE AS touched_old")),
            ("DELETE", SQL("OLD TABLE AS touched_old")),
        ):
            name = SQL.identifier(f"pact_touched_{operation.lower()}")
            cr.execute(
                SQL(
                    """DROP TRIGGER IF EXISTS %(name)s ON %(table)s;
                       CREATE TRIGGER %(name)s AFTER %(operation)s ON %(table)s
                              REFERENCING %(tables)s FOR EACH STATEMENT
                              EXECUTE FUNCTION pact_touched_mark(%(arguments)s)""",
                    name=name,
                    table=SQL.identifier(table),
                    operation=SQL(operation),
                    tables=tables,
                    arguments=SQL("%s, %s", column, mark) if column else SQL(""),
                )
            )

    @api.model
    def _moment(self):
        """Return what this transaction can see, as text for `_since`; with the database
        in it, since a copy numbers its transactions anew."""
        return self.env.execute_query(
            SQL(
                """SELECT d.oid || '/' || pg_current_snapshot()
                     FROM pg_database d WHERE d.datname = current_database()"""
            )
        )[0][0]

    @api.model
    def _since(self, moment):
        """Return who was touched by what could not be seen at `moment`.

        :return: (set of student ids, set of school ids); None for everybody, also where
            the moment is not one of this database
        """
        database, _slash, snapshot = moment.partition("/")
        if self._moment().partition("/")[0] != database:
            return None
        self.env.flush_all()
        everybody, students, schools = self.env.execute_query(
            SQL(
                f"""SELECT COALESCE(bool_or(student_id IS NULL AND school_id IS NULL),
                                   false),
                          array_remove(array_agg(DISTINCT student_id), NULL),
                          array_remove(array_agg(DISTINCT school_id), NULL)
                     FROM {TABLE} WHERE NOT pg_visible_in_snapshot(xid, %s)""",
                snapshot,
            )
        )[0]
        return None if everybody else (set(students or ()), set(schools or ()))

    @api.autovacuum
    def _gc_marks(self):
        """Marks are of use on their own day only."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE at < now() - interval '2 days'",
                SQL.identifier(TABLE),
            )
        )
