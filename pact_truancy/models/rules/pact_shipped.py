from odoo import api, fields, models
from odoo.fields import Command, Domain

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

MISSING = object()


class PactShipped(models.AbstractModel):
    """Records that the app ships and a district makes its own.

    Loading them merges three ways: as shipped last time (kept in `shipped`), as shipped
    now, as it stands. What a district changed stays, what it did not touch is updated,
    what it deleted does not come back; each is reported in `pact.shipped.note`
    (design.md, Rules; GEN-03). A copy is the district's own and bears no mark.
    """

    _name = "pact.shipped"
    _description = "Shipped with the App"

    # {field: value as shipped last time}, see `_plain`; open to code alone
    shipped = fields.Json(readonly=True, copy=False, groups=".")

    # -- hooks ---------------------------------------------------------------------

    @api.model
    def _shipped_units(self):
        """Return sets of fields that say something only together: a district that
        changed one of them keeps all."""
        return []

    def _shipped_children(self):
        """Return recordsets that are deleted with these records."""
        return []

    def _shipped_program(self):
        """Return the program that the record belongs to."""
        self.ensure_one()
        return self.program_id

    def _is_in_use(self):
        """Return whether the district uses the record, changed or not."""
        return False

    # -- loading -------------------------------------------------------------------

    def _load_records(self, data_list, update=False):
        """Merge what the app's files say; a person's import writes as everywhere."""
        if not self.env.context.get("install_mode"):
            return super()._load_records(data_list, update)
        xml_ids = [data["xml_id"] for data in data_list if data.get("xml_id")]
        deleted = self.env["pact.shipped.note"]._deleted(xml_ids)
        known = {
            f"{row[1]}.{row[2]}": row
            for row in self.env["ir.model.data"].sudo()._lookup_xmlids(xml_ids, self)
        }
        to_load = []
        for data in data_list:
            *_key, res_id, is_fixed, exists = known.get(data.get("xml_id"), [None] * 7)
            plain = self._plain(data["values"])
            if data.get("xml_id") in deleted or (res_id and not exists):
                # with its parent, or by itself: it is not made again
                self.pool.loaded_xmlids.add(data["xml_id"])
                data["record"] = self.browse()
                continue
            if res_id and not (update and is_fixed):
                record = self.browse(res_id)
                merged = record._merge(data["values"], plain)
                data["values"] = merged
                plain = {**(record.sudo().shipped or {}), **plain}
            to_load.append((data, plain))
        super()._load_records([data for data, _plain in to_load], update)
        for data, plain in to_load:
            record = data["record"].sudo()
            if data.get("xml_id") and record.shipped != plain:
                record.shipped = plain
        return self.concat(*(data["record"] for data in data_list))

    def _load_records_write(self, values):
        if not values and self.env.context.get("install_mode"):
            return None
        return super()._load_records_write(values)

    def _merge(self, values, plain):
        """Return those of `values` that update what the district did not touch, and
        report them and what is kept.

        :param plain: the same values as `_plain` gives them
        """
        self.ensure_one()
        before = self.sudo().shipped or {}
        stands = self._standing({**before, **plain})
        new = {
            name
            for name, value in plain.items()
            if before.get(name, MISSING) != value and stands[name] != value
        }
        # not shipped before: what stands may be anybody's
        touched = {name for name in stands if before.get(name, MISSING) != stands[name]}
        for unit in self._shipped_units():
            if unit & touched:
                touched |= unit
        kept = new & touched
        note = self.env["pact.shipped.note"]
        note._write_down(self, "kept", {n: (stands[n], plain[n]) for n in kept})
        updated = {n: (stands[n], plain[n]) for n in new - kept}
        note._write_down(self, "updated", updated)
        return {name: values[name] for name in updated}

    @api.model
    def _plain(self, values):
        """Return `values` of a file or of a record as JSON can keep and compare them:
        ids of records in order, sanitized markup, ISO dates."""
        plain = {}
        for name, value in values.items():
            field = self._fields.get(name)
            if field is None or field.type == "one2many":
                continue
            if field.type == "many2many":
                plain[name] = self._linked(value)
                continue
            value = field.convert_to_cache(value, self.browse())
            if hasattr(value, "isoformat"):
                value = value.isoformat()
            plain[name] = value or (value if value in (0, False) else None)
        return plain

    @api.model
    def _linked(self, value):
        """Return the sorted ids of a many2many value: records, or commands of a file
        that set or link."""
        if isinstance(value, models.BaseModel):
            return sorted(value.ids)
        ids = set()
        for command in value or []:
            if command[0] == Command.SET:
                ids = set(command[2])
            elif command[0] == Command.LINK:
                ids.add(command[1])
            else:
                raise ValueError("A shipped record sets or links other records only.")
        return sorted(ids)

    def _standing(self, names):
        """Return what stands in the fields `names`, as `_plain` gives it."""
        self.ensure_one()
        # the source language, which files are written in
        record = self.sudo().with_context(lang=None)
        return self._plain({n: record[n] for n in names if n in self._fields})

    # -- going ---------------------------------------------------------------------

    def unlink(self):
        """What a person deletes is not made again by an upgrade."""
        if not self.env.context.get(MODULE_UNINSTALL_FLAG):
            note = self.env["pact.shipped.note"]
            for record in self.sudo().filtered("shipped"):
                note._write_down(record, "deleted", {"display_name": (None, None)})
        return super().unlink()

    def _is_own(self):
        """Return whether these records are the district's: changed, in use, or with a
        child that is."""
        for record in self.sudo():
            shipped = record.shipped
            if not shipped or record._standing(shipped) != shipped:
                return True
            if record._is_in_use():
                return True
            if any(children._is_own() for children in record._shipped_children()):
                return True
        return False

    def _hand_over(self):
        """Leave a record to the district that the app ships no longer."""
        self.ensure_one()
        note = self.env["pact.shipped.note"]
        note._write_down(self, "own", {"display_name": (None, None)})
        data = self.env["ir.model.data"].sudo()
        data.search([("model", "=", self._name), ("res_id", "=", self.id)]).unlink()
        self.sudo().shipped = False


class PactShippedNote(models.Model):
    """What an upgrade of the app did with a shipped rule, and what a person deleted."""

    _name = "pact.shipped.note"
    _description = "Upgrade of a Program"
    _order = "id desc"

    name = fields.Char(string="Rule", required=True, readonly=True)
    program_id = fields.Many2one(
        "pact.program", readonly=True, ondelete="set null", index="btree_not_null"
    )
    field_name = fields.Char(string="What", readonly=True)
    result = fields.Selection(
        [
            ("updated", "Updated"),
            ("kept", "Yours was kept"),
            ("own", "No longer shipped, yours now"),
            ("deleted", "You deleted it: not made again"),
        ],
        required=True,
        readonly=True,
    )
    standing = fields.Char(
        string="As It Stood", readonly=True, help="Before the upgrade."
    )
    shipped = fields.Char(string="As Shipped Now", readonly=True)
    xml_id = fields.Char(readonly=True)

    _xml_id_idx = models.Index("(xml_id) WHERE result = 'deleted'")

    @api.model
    def _deleted(self, xml_ids):
        """Return those of `xml_ids` that a person deleted. Who deletes the note lets
        the next upgrade make the record again."""
        # sudo: the file's loader asks
        notes = self.sudo().search(
            Domain("result", "=", "deleted") & Domain("xml_id", "in", xml_ids)
        )
        return set(notes.mapped("xml_id"))

    @api.model
    def _write_down(self, record, result, values):
        """Report `values` {field: (as it stood, as shipped)} of a shipped record."""
        xml_id = record.get_external_id()[record.id]
        name = record.display_name
        program = record.sudo()._shipped_program()
        gone = result == "deleted" and program == record
        # sudo: a report writes itself
        self.sudo().create(
            [
                {
                    "name": name,
                    "program_id": False if gone else program.id,
                    "field_name": False
                    if field == "display_name"
                    else record._fields[field]._description_string(self.env),
                    "result": result,
                    "standing": self._in_words(record, field, standing),
                    "shipped": self._in_words(record, field, shipped),
                    "xml_id": xml_id,
                }
                for field, (standing, shipped) in sorted(values.items())
            ]
        )

    @api.model
    def _in_words(self, record, name, value):
        """Return a plain value of field `name` as people read it."""
        field = record._fields[name]
        if value is None:
            return False
        if field.relational:
            ids = value if isinstance(value, list) else [value]
            found = self.env[field.comodel_name].sudo().browse(ids).exists()
            return ", ".join(found.mapped("display_name")) or False
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return str(value)
