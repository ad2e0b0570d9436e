from functools import partial

from odoo import api, models
from odoo.fields import Command, Domain
from odoo.orm.identifiers import NewId
from odoo.tools.misc import OrderedSet

COLLECTION_TYPES = (list, tuple, set, frozenset, OrderedSet)


class Base(models.AbstractModel):
    """Whoever names a record must have the right to it.

    A record rule looks at a record as it stands. It cannot see that the new
    enrollment, link or event about to be written names somebody else's student and
    would open that student. So every `pact.*` model refuses references to records that
    the user may not read, here and once for all: no model can be forgotten.
    """

    _inherit = "base"

    def _is_guarded(self):
        return not self.env.su and self._name.startswith("pact.")

    def _check_access(self, operation):
        """Ask the database which records the rules leave.

        Odoo evaluates rules in Python, as superuser, and so leaves in the cache the
        lines that this user may not see: a guardian's link to a child at another
        school would then stand in the form, or refuse it after a save.
        """
        if not self._is_guarded() or not any(self._ids):
            return super()._check_access(operation)
        refused = self.browse()._check_access(operation)  # the right to the model
        if refused:
            return self, refused[1]
        rules = self.env["ir.rule"]
        domain = rules._compute_domain(self._name, operation)
        # sudo: the domain is the rules themselves
        model_sudo = self.sudo().with_context(active_test=False).browse()
        forbidden = self - model_sudo.search(Domain("id", "in", self.ids) & domain)
        if forbidden:
            return forbidden, partial(rules._make_access_error, operation, forbidden)
        return None

    def _prepare_create_values(self, vals_list):
        values = super()._prepare_create_values(vals_list)
        if self._is_guarded():
            self._check_references(values)
        return values

    def write(self, vals):
        if not self._is_guarded():
            return super().write(vals)
        self._check_references([vals])
        result = super().write(vals)
        # moved to another student or school: the right to write holds there too
        if any(self._guarded_comodel(name) for name in vals):
            self.check_access("write")
        return result

    @api.model
    def _search(
        self,
        domain,
        offset=0,
        limit=None,
        order=None,
        *,
        bypass_access=False,
        **kwargs,
    ):
        """Ask about lines as far as the user may read them.

        Odoo applies no rule to lines that are asked for by their ids, or for whether
        there are any: a teacher would find out who got a letter.
        """
        if self._is_guarded() and not bypass_access:
            domain = Domain(domain).map_conditions(self._readable_lines)
        return super()._search(
            domain, offset, limit, order, bypass_access=bypass_access, **kwargs
        )

    @api.model
    def _readable_lines(self, condition):
        """Return `condition` of a domain with the rules of the lines that it asks
        about."""
        field = self._fields.get(condition.field_expr)
        if not (field and field.type in ("one2many", "many2many")):
            return condition
        if not self._guarded_comodel(field.name):
            return condition
        positive = condition.operator in ("=", "in")
        if not positive and condition.operator not in ("!=", "not in"):
            return condition
        value = condition.value
        if isinstance(value, str) or hasattr(value, "subselect"):
            return condition  # by name, or a query with its own rules
        values = list(value) if isinstance(value, COLLECTION_TYPES) else [value]
        ids = [one for one in values if one]
        found = Domain(field.name, "any", Domain("id", "in", ids))
        if len(ids) < len(values):
            found |= ~Domain(field.name, "any", Domain.TRUE)
        return found if positive else ~found

    def onchange(self, values, field_names, fields_spec):
        # what a form asks for about a record includes the names of those it refers to
        if self._is_guarded():
            vals = values
            if not field_names:
                missing = [name for name in fields_spec if name not in values]
                vals = {**self.default_get(missing), **values}
            self._check_references([vals], nested=True)
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _guarded_comodel(self, name):
        field = self._fields.get(name)
        comodel = field.comodel_name if field and field.relational else None
        return comodel if comodel and comodel.startswith("pact.") else None

    @api.model
    def _check_references(self, vals_list, nested=False):
        """Refuse values that name a record which the user may not read.

        :param nested: look into the values of x2many commands too. Only for a form:
            when they are written, the other model checks its own.
        :raise AccessError: without the name of the record
        """
        references = {}
        for vals in vals_list:
            for name, value in vals.items():
                comodel = self._guarded_comodel(name)
                if not (comodel and value):
                    continue
                ids, lines = _named_ids(value)
                references.setdefault(comodel, set()).update(ids)
                if nested and lines:
                    self.env[comodel]._check_references(lines, nested=True)
        for comodel, ids in references.items():
            records = self.env[comodel].browse(ids).exists()
            (records - records._just_made()).check_access("read")

    def _just_made(self):
        """Return those of `self` that the user made and that belong nowhere yet, so
        that no right can come from anywhere."""
        return self.browse()


def _named_ids(value):
    """Return (ids, values of lines) in what a client sends for a relational field: an
    id, a list of ids, or x2many commands."""
    if not isinstance(value, (list, tuple)):
        value = getattr(value, "origin", value) if isinstance(value, NewId) else value
        ids = [value["id"]] if isinstance(value, dict) and "id" in value else [value]
        return {i for i in ids if i and isinstance(i, int)}, []
    ids, lines = set(), []
    for command in value:
        if isinstance(command, int):
            ids.add(command)
        elif command[0] == Command.SET:
            ids.update(command[2])
        elif command[0] in (Command.LINK, Command.UPDATE):
            ids.add(command[1])
        if not isinstance(command, int) and command[0] in (
            Command.CREATE,
            Command.UPDATE,
        ):
            lines.append(command[2])
    return {i for i in ids if i and isinstance(i, int)}, lines
