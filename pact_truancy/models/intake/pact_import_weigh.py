from typing import NamedTuple

from odoo import api, models

from .pact_import_said import to_json

# stands for the whole address of a guardian whose address is protected: it is weighed
# like any other value, and never shown
PROTECTED = "protected_address"


class Weighed(NamedTuple):
    """What a row does to one record: `write` {field: value}; `asked` [(field, before,
    now, ours)] in words, to be decided by a person; `agreed` fields on which file and
    record are one; `before` and `after` in words."""

    write: dict
    asked: list
    agreed: set
    before: str
    after: str

    @property
    def operation(self):
        if self.asked:
            return "conflict"
        return "changed" if self.write else "unchanged"


class PactImportLoader(models.AbstractModel):
    """What a file says is weighed against what holds and what it said last."""

    _inherit = "pact.import.loader"

    @api.model
    def _weigh(self, model, held, said, vals, ask_first=False):
        """Return the `Weighed` of one record.

        Where what holds is what the source said last, nobody changed it here, and the
        file's value is taken. Where it differs, somebody did: that stays, silently as
        long as the source repeats itself, as a conflict once it says something new.

        :param held: {field: value} as in the database
        :param said: {field: value} that the source said last; None: it never spoke of
            this record
        :param ask_first: a first word is asked about, too; else it is taken
        """
        write, asked, agreed, before, after = {}, [], set(), [], []
        for name, value in vals.items():
            now, ours = to_json(value), to_json(held.get(name))
            if now == ours:
                agreed.add(name)
                continue
            last = to_json((said or {}).get(name))
            if said is None and not ask_first or said is not None and ours == last:
                write[name] = value
            elif said is not None and now == last:
                continue
            else:
                texts = [self._words(model, name, v) for v in (last, value, ours)]
                asked.append((name, *texts))
            label = self._label(model, name)
            before.append(f"{label}: {self._words(model, name, held.get(name))}")
            after.append(f"{label}: {self._words(model, name, value)}")
        return Weighed(write, asked, agreed, "; ".join(before), "; ".join(after))

    @api.model
    def _ask(self, plan, model, record, weighed, student, open_keys=()):
        """Note on the plan what of a `Weighed` a person has to decide, and which
        conflicts the file itself has settled."""
        for name, *texts in weighed.asked:
            plan.payload.setdefault("conflicts", []).append(
                (model, record, name, *texts, student)
            )
        for name in weighed.agreed:
            if (record, name) in open_keys:
                plan.payload.setdefault("settled", []).append((model, record, name))

    @api.model
    def _label(self, model, name):
        if name == PROTECTED:
            return self.env._("Address")
        return self.env[model]._fields[name]._description_string(self.env)

    @api.model
    def _words(self, model, name, value):
        """Return a value in words."""
        if name == PROTECTED:
            return self.env._("protected") if value else "-"
        field = self.env[model]._fields[name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if not value:
            return "-"
        if field.type == "many2one":
            return self.env[field.comodel_name].browse(value).display_name
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    @api.model
    def _warm(self, model, rows):
        """Read the names of all that `rows` (dicts of values) refer to, at once."""
        for name, field in self.env[model]._fields.items():
            if field.type == "many2one" and field.store:
                ids = {row[name] for row in rows if isinstance(row.get(name), int)}
                self.env[field.comodel_name].browse(ids - {False}).mapped(
                    "display_name"
                )

    @api.model
    def _keep_words(self, job, plan, said):
        """Keep what the file said ({model: {record id: values}}), and the conflicts."""
        for model, values in said.items():
            self.env["pact.import.said"]._keep(job.source_id, model, values)
        self.env["pact.import.conflict"]._raise(
            job, plan.payload.get("conflicts", []), plan.payload.get("settled", [])
        )
