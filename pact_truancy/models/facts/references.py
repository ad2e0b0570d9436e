"""References of the attendance tables, which hold millions of rows."""

from odoo import fields
from odoo.tools import SQL


class BulkMany2one(fields.Many2one):
    """A many2one that PostgreSQL does not look up again for each row that is written.

    A foreign key runs a query a row and column: the same 159,000 events took 13.4 s
    with seven of them and 3.1 s without, their history 11.0 and 2.8 s. The rows of an
    import come from joins with these very tables, so nothing is looked up in vain here;
    what remains of a foreign key is the half that matters, triggers that refuse to
    delete what is referred to, or to empty its table (`ondelete` must be 'restrict').
    """

    def update_db_foreign_key(self, model, column):
        comodel = model.env[self.comodel_name]
        cr = model.env.cr
        parent = SQL.identifier(comodel._table)
        cr.execute(
            """
            CREATE OR REPLACE FUNCTION pact_keep_referenced() RETURNS trigger
            LANGUAGE plpgsql AS $$
            DECLARE used boolean;
            BEGIN
                IF TG_OP = 'TRUNCATE' THEN
                    RAISE EXCEPTION '% is referred to by %', TG_TABLE_NAME, TG_ARGV[0]
                    USING ERRCODE = 'foreign_key_violation';
                END IF;
                EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE %I = $1)',
                               TG_ARGV[0], TG_ARGV[1]) INTO used USING OLD.id;
                IF used THEN
                    RAISE EXCEPTION '% % is still referred to by %', TG_TABLE_NAME,
                          OLD.id, TG_ARGV[0]
                    USING ERRCODE = 'foreign_key_violation', TABLE = TG_ARGV[0],
                          COLUMN = TG_ARGV[1], CONSTRAINT = TG_NAME;
                END IF;
                RETURN NULL;
            END $$
            """
        )
        for suffix, when in (
            ("keep", SQL("DELETE ON %s FOR EACH ROW", parent)),
            ("keep_all", SQL("TRUNCATE ON %s FOR EACH STATEMENT", parent)),
        ):
            cr.execute(
                SQL(
                    """CREATE OR REPLACE TRIGGER %(name)s AFTER %(when)s
                       EXECUTE FUNCTION pact_keep_referenced(%(table)s, %(column)s)""",
                    name=SQL.identifier(f"{model._table}_{self.name}_{suffix}"),
                    when=when,
                    table=model._table,
                    column=self.name,
                )
            )
