from odoo import api, models
from odoo.tools import SQL

from ..facts.statistics import analyze


class PactImportLoader(models.AbstractModel):
    """The way in for any number of rows: a fixed number of statements, by COPY.

    The ORM writes row by row, or a hundred rows a statement; here one statement reads,
    inserts or changes all of them. What the ORM would compute and store is given with
    the rows, or computed by it afterwards.
    """

    _inherit = "pact.import.loader"

    @api.model
    def _held(self, model, records, names):
        """Return {id: {field: value as in the database}} of `names`; one query."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE id = ANY(%s)",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL.identifier(self.env[model]._table),
                list(records),
            )
        )
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    @api.model
    def _insert_rows(self, model, rows):
        """Insert `rows` (dicts of stored fields; a many2one as id) and return their
        ids, in order. What a row leaves out gets the field's default."""
        if not rows:
            return []
        records = self.env[model]
        given = {name for row in rows for name in row}
        stored = {
            name: field
            for name, field in records._fields.items()
            if field.store and field.column_type and name != "id"
        }
        # also of fields that only some of the rows give
        defaults = records.default_get(list(stored))
        defaults = {n: value for n, value in defaults.items() if n in stored}
        now = self.env.cr.now()
        stamp = dict.fromkeys(("create_uid", "write_uid"), self.env.uid)
        stamp |= dict.fromkeys(("create_date", "write_date"), now)
        base = {**defaults, **stamp}
        names = sorted(given | base.keys())
        ids = [
            number
            for (number,) in self.env.execute_query(
                SQL(
                    """SELECT nextval(pg_get_serial_sequence(%s, 'id'))
                         FROM generate_series(1, %s)""",
                    records._table,
                    len(rows),
                )
            )
        ]
        self.env["pact.attendance.event"]._copy_into(
            records._table,
            ("id", *names),
            (
                (number, *self._columns(stored, names, {**base, **row}))
                for number, row in zip(ids, rows, strict=True)
            ),
        )
        analyze(self.env.cr, len(ids), records._table)
        self._follow(records.browse(ids), given)
        return ids

    @api.model
    def _update_rows(self, model, values, held):
        """Write {id: {field: value}} in one statement.

        :param held: what `_held` returned for (at least) these records and fields
        """
        values = {i: vals for i, vals in values.items() if vals}
        if not values:
            return
        records = self.env[model]
        names = sorted({name for vals in values.values() for name in vals})
        stored = {name: records._fields[name] for name in names}
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE pact_import_stage ON COMMIT DROP AS
                   SELECT id, %s FROM %s WHERE false""",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL.identifier(records._table),
            )
        )
        self.env["pact.attendance.event"]._copy_into(
            "pact_import_stage",
            ("id", *names),
            (
                (number, *self._columns(stored, names, {**held[number], **vals}))
                for number, vals in values.items()
            ),
        )
        self.env.cr.execute("ANALYZE pact_import_stage")
        self.env.cr.execute(
            SQL(
                """UPDATE %s t SET %s, write_uid = %s,
                          write_date = now() AT TIME ZONE 'UTC'
                     FROM pact_import_stage n WHERE n.id = t.id""",
                SQL.identifier(records._table),
                SQL(", ").join(
                    SQL("%s = n.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in names
                ),
                self.env.uid,
            )
        )
        self.env.cr.execute("DROP TABLE pact_import_stage")
        self._follow(records.browse(values), names)

    @api.model
    def _columns(self, stored, names, row):
        """Return the values of `names` as COPY takes them."""
        return [
            row.get(name)
            if stored[name].type == "boolean" or row.get(name) not in (False, "")
            else None
            for name in names
        ]

    @api.model
    def _follow(self, records, given):
        """Forget what the cache held, and let the ORM compute what the rows did not
        bring along."""
        self.env.invalidate_all(flush=False)
        for name, field in records._fields.items():
            if field.store and field.compute and name not in given:
                self.env.add_to_compute(field, records)
        self.env.flush_all()
