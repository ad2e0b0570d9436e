import inspect
import io
from pathlib import Path
from unittest.mock import patch

from pypdf import PdfWriter

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.pact_truancy.models.access.roles import ROLES

from .access_world import ANY_CHANGE, CALLS, CHANGES, NEW, RECORDS, World
from .common import TODAY, TruancyCommon

MATRIX = Path(__file__).parents[2] / "docs" / "access-matrix.md"
PDF = "odoo.addons.pact_truancy.models.letters.wkhtmltopdf.html_to_pdf"


def blank_page():
    writer, page = PdfWriter(), io.BytesIO()
    writer.add_blank_page(612, 792)
    writer.write(page)
    return page.getvalue()


PLACES = ("own school", "other school", "other district")
ADMIN = "App administrator"
# column of the matrix -> groups of a user without an assignment
OUTSIDERS = {
    ADMIN: "base.group_user,pact_truancy.group_pact_administrator",
    "Employee": "base.group_user",
    "Portal": "base.group_portal",
    "Public": "base.group_public",
}


def read_matrix():
    """Return ({model: {column: letters}}, {method: {column: mark}}, methods that open
    pages) from the tables of docs/access-matrix.md."""
    cells, methods, pages = {}, {}, set()
    header = None
    for line in MATRIX.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            header = None
            continue
        row = [cell.strip() for cell in line.strip("|").split("|")]
        if header is None:
            header = row
        elif not row[0].startswith("--"):
            if header[0] == "Model":
                cells[row[0]] = dict(zip(header[1:], row[1:], strict=True))
            elif header[0] == "Method":
                methods[row[0]] = dict(zip(header[1:], row[1:], strict=True))
            elif header[0] == "Opens a page":
                pages.add(row[0])
    return cells, methods, pages


def public_methods(env):
    """Return 'model.method' of every method of the app that can be called from outside,
    on the models of the app and on those that it extends."""
    found = set()
    for name in env.registry:
        for cls in type(env[name]).__mro__:
            if not cls.__module__.startswith("odoo.addons.pact_truancy."):
                continue
            for method, function in vars(cls).items():
                if (
                    inspect.isfunction(function)
                    and not method.startswith("_")
                    and not hasattr(models.BaseModel, method)
                    and not getattr(function, "_api_private", False)
                    and not env[name]._abstract
                ):
                    found.add(f"{name}.{method}")
    return found


class Actor:
    """A user of one column of the matrix; `home` is the place of the assignment."""

    def __init__(self, case, column, home, user):
        self.column, self.home, self.user = column, home, user
        self.env = case.env(user=user, context={})

    def __repr__(self):
        return f"{self.column} ({PLACES[self.home] if self.home is not None else '-'})"

    def may(self, cell, letter, place):
        """Return whether `cell` gives the operation `letter` at `place`."""
        return letter.upper() in cell or (letter in cell and place == self.home)


@tagged("post_install", "-at_install")
class TestAccessMatrix(TruancyCommon):
    """docs/access-matrix.md, cell by cell, on three worlds: own school, another school
    of the district, another district.

    Every role is assigned at each of the three schools in turn. So each 'no' has its
    'yes' on the same record by somebody else, and a 'no' is not a broken fixture.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cells, cls.methods, cls.pages = read_matrix()
        cls.env["pact.office.service"].create(
            {"office_id": cls.office.id, "district_id": cls.district.id}
        )
        schools = (cls.school, cls.sister_school, cls.other_school)
        cls.worlds = [World(cls, school, n) for n, school in enumerate(schools)]
        program = cls.env.ref("pact_truancy.program_r21")
        program.office_ids = cls.office
        program._screen(TODAY)
        cls.env["pact.import.profile"].create(
            {"name": "Example", "source_id": cls.source.id}
        )
        for world in cls.worlds:
            world.find_cases()
            name = f"maker-{world.number}"
            world.make_import(cls.make_user(name, "school_staff", world.school))
            for model in NEW:
                world.new(model)
        export = cls.env.ref("base.group_allow_export")
        cls.actors = []
        for role, column in ROLES:
            for home, world in enumerate(cls.worlds):
                scope = world.homeroom if role == "teacher" else world.school
                user = cls.make_user(f"{role}-{home}", role, scope)
                user.group_ids += export
                cls.actors.append(Actor(cls, column, home, user))
        for column, groups in OUTSIDERS.items():
            user = new_test_user(cls.env, login=f"outside-{column}", groups=groups)
            if column in (ADMIN, "Employee"):
                user.group_ids += export
            cls.actors.append(Actor(cls, column, None, user))
        cls.env.flush_all()

    def attempt(self, call, refusal=UserError):
        """Return whether `call` is allowed, that is not refused with `refusal`; what it
        does is undone."""
        try:
            with self.env.cr.savepoint(flush=False) as savepoint:
                call()
                self.env.flush_all()
                savepoint.rollback()
        except AccessError:
            return False
        except UserError:
            return refusal is not UserError
        finally:
            self.env.transaction.clear()
        return True

    def assertCells(self, wrong):
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def differs(self, cells, actor):
        """Return whether it matters at which school the actor is: where the row names
        no own school, the first of the three stands for all."""
        return (
            not actor.home or "".join(cells.values()) != "".join(cells.values()).upper()
        )

    def places(self, cell, letter, actor, model):
        """Return the places to try: all three where the cell says something, else the
        one where a right would most likely slip in. What all schools share is tried
        once."""
        if letter not in cell.lower() or (letter in cell and actor.home is None):
            return [actor.home or 0]
        if model in RECORDS and len({world[model] for world in self.worlds}) == 1:
            return [0]
        return range(len(PLACES))

    # -- nothing is missing ----------------------------------------------------------

    def test_every_model_is_in_the_matrix(self):
        """GEN-07: a new model without its row fails here."""
        stored = {
            name
            for name in self.env.registry
            if name.startswith("pact.") and not self.env[name]._abstract
        }
        self.assertEqual(stored - self.cells.keys(), set(), "missing in the matrix")
        self.assertEqual(self.cells.keys() - stored, set(), "no such model")
        lasting = {name for name in stored if not self.env[name]._transient}
        self.assertEqual(lasting - RECORDS.keys(), set(), "no record to try it on")
        columns = {column for _role, column in ROLES} | OUTSIDERS.keys()
        for name, cells in (self.cells | self.methods).items():
            self.assertEqual(cells.keys(), columns, name)

    def test_every_public_method_is_in_the_matrix(self):
        """GEN-07: a new method that can be called from outside fails here."""
        listed = self.methods.keys() | self.pages
        self.assertFalse(self.methods.keys() & self.pages)
        found = public_methods(self.env)
        self.assertEqual(found - listed, set(), "missing in the matrix")
        self.assertEqual(listed - found, set(), "no such method")
        self.assertEqual(listed - CALLS.keys(), set(), "no way to try it")

    def test_every_world_has_its_records(self):
        for world in self.worlds:
            for model in RECORDS:
                self.assertEqual(len(world[model]), 1, model)

    # -- read ------------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models")
    def test_read(self):
        """GEN-07: search, read, grouping, name search, export and the web client's own
        calls find the same records: those of the cell."""
        wrong = []
        for model, cells in self.cells.items():
            if self.env[model]._transient:
                continue
            records = [world[model] for world in self.worlds]
            for actor in self.actors:
                if not self.differs(cells, actor):
                    continue
                expected = {
                    record.id
                    for place, record in enumerate(records)
                    if actor.may(cells[actor.column], "r", place)
                }
                for road in self.wrong_roads(actor.env[model], records, expected):
                    wrong.append(f"{model}, {actor}, by {road}: not {expected or '-'}")
        self.assertCells(wrong)
        self.check_twins("r")

    def wrong_roads(self, model, records, expected):
        """Yield the ways of reading that find something else than `expected`."""
        ids = sorted({record.id for record in records})
        domain = [("id", "in", ids)]
        spec = {"display_name": {}}
        roads = {
            "search": lambda: model.search(domain).ids,
            "search_read": lambda: [r["id"] for r in model.search_read(domain, ["id"])],
            "web_search_read": lambda: [
                r["id"] for r in model.web_search_read(domain, spec)["records"]
            ],
            "name_search": lambda: [
                r[0] for r in model.name_search("", domain, limit=100)
            ],
            "read_group": lambda: model._read_group(domain, [], ["id:array_agg"])[0][0],
            "formatted_read_group": lambda: model.formatted_read_group(
                domain, [], ["id:array_agg"]
            )[0]["id:array_agg"],
        }
        for road, find in roads.items():
            try:
                found = set(find() or ())
            except AccessError:
                found = set()
            if found != expected:
                yield road
        for record in {record.id: record for record in records}.values():
            own = record.with_env(model.env)
            for road, call in (
                ("read", lambda r=own: r.read(["display_name"])),
                ("web_read", lambda r=own: r.web_read(spec)),
                ("export", lambda r=own: r.export_data(["id", "display_name"])),
            ):
                if self.readable(call) != (record.id in expected):
                    yield road

    def readable(self, call):
        try:
            return bool(call())
        except UserError:  # who may not export at all
            return False

    def check_twins(self, letter):
        """Each record that somebody may not touch can be touched by somebody else, or
        by nobody at all, and then the whole row says so."""
        for model, cells in self.cells.items():
            text = "".join(cells.values())
            if letter not in text and letter.upper() not in text:
                continue
            for place in range(len(PLACES)):
                self.assertTrue(
                    any(
                        actor.may(cells[actor.column], letter, place)
                        for actor in self.actors
                    ),
                    (model, place),
                )

    # -- create, write, delete -------------------------------------------------------

    def check_operation(self, letter, call, transient=False):
        """Try `call(model, world, records of the actor)` in every cell."""
        wrong = []
        for model, cells in self.cells.items():
            if self.env[model]._transient and not transient:
                continue
            for actor in self.actors:
                cell = cells[actor.column]
                if not self.differs(cells, actor):
                    continue
                for place in self.places(cell, letter, actor, model):
                    world, records = self.worlds[place], actor.env[model]
                    allowed = self.attempt(
                        lambda m=model, w=world, r=records: call(m, w, r)
                    )
                    if allowed != actor.may(cell, letter, place):
                        wrong.append(f"{model}, {actor}, {PLACES[place]}: {allowed}")
        self.assertCells(wrong)
        self.check_twins(letter)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models")
    def test_create(self):
        """GEN-07: new records at the schools of the cell, and nowhere else."""

        def create(model, world, records):
            records.create(world.new(model)).web_read({"display_name": {}})

        self.check_operation("c", create, transient=True)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models")
    def test_write(self):
        """GEN-07: changes at the schools of the cell, and nowhere else."""

        def write(model, world, records):
            values = CHANGES.get(model) or ANY_CHANGE[model]
            return world[model].with_env(records.env).write(values)

        self.check_operation("w", write)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models", "odoo.sql_db")
    def test_delete(self):
        """GEN-07: deletion, of a record that nothing hangs on."""

        def delete(model, world, records):
            fresh = world[model]
            if model in NEW and "d" in "".join(self.cells[model].values()).lower():
                fresh = world.make(model, world.new(model))
                self.env.flush_all()
            return fresh.with_env(records.env).unlink()

        self.check_operation("d", delete)

    # -- what belongs to who made it -------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models")
    def test_own_files(self):
        """GEN-07: an import is made for own schools, and is then the maker's alone and
        the coordinator's; also its rows, columns, codes and file."""
        wrong = []
        job_of = CALLS["pact.import.job.action_read"][0]
        parts = ("row", "column", "code")
        for actor in self.actors:
            cell = self.cells["pact.import.job"][actor.column]
            for place, world in enumerate(self.worlds):

                def work(w=world, a=actor):
                    job = job_of(w, a.env)
                    job.action_read()
                    job.file_name = "again.csv"
                    for part in parts:
                        mine = [("job_id", "=", job.id)]
                        a.env[f"pact.import.{part}"].search(mine).read()
                    job.unlink()

                if self.attempt(work) != actor.may(cell, "m", place):
                    wrong.append(f"making, {actor}, {PLACES[place]}")
                theirs = world.job.with_env(actor.env)
                for name in [m for m in CALLS if m.startswith("pact.import.job.")]:
                    method = name.rsplit(".", 1)[1]
                    allowed = self.attempt(
                        lambda j=theirs, m=method: getattr(
                            j.with_context(operation="new"), m
                        )(),
                        refusal=AccessError,
                    )
                    # undoing makes an import of one's own; answering for one that
                    # stopped has a check of its own
                    reads = method in (
                        "action_open_rows",
                        "action_download_rejected",
                        "action_undo",
                        "action_ask_override",
                    )
                    may = reads and actor.may(cell, "r", place)
                    if allowed and not may:
                        wrong.append(f"{method} of a colleague's, {actor}")
        self.assertCells(wrong)

    # -- methods ---------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models")
    @patch(PDF, return_value=blank_page())  # who may print is asked, not how it looks
    def test_methods(self, _pdf):
        """GEN-07: what can be called from outside checks the rights of the caller, and
        refuses before it says anything else about the record."""
        wrong = []
        for method, cells in self.methods.items():
            for actor in self.actors:
                cell = cells[actor.column]
                if not self.differs(cells, actor):
                    continue
                for place in self.places(cell, "x", actor, method.rsplit(".", 1)[0]):
                    allowed = self.attempt(
                        lambda m=method, p=place, a=actor: self.call(m, p, a),
                        refusal=AccessError,
                    )
                    if allowed != actor.may(cell, "x", place):
                        wrong.append(f"{method}, {actor}, {PLACES[place]}: {allowed}")
        self.assertCells(wrong)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.orm.models")
    def test_pages(self):
        """What opens a page gives away nothing by itself."""
        for method in self.pages:
            for actor in self.actors:
                place = 2 if actor.home != 2 else 0
                said = []
                try:
                    with self.env.cr.savepoint(flush=False) as savepoint:
                        said.append(self.call(method, place, actor))
                        savepoint.rollback()
                except UserError as refusal:
                    said.append(refusal)
                self.env.transaction.clear()
                for name in ("Kid", "Sib", "Mom", "Dad"):
                    self.assertNotIn(f"{name}{place}", repr(said), (method, actor))

    def call(self, method, place, actor):
        """Call a public method as `actor` on the record of a world."""
        model, name = method.rsplit(".", 1)
        make, args = CALLS[method]
        records = make(self.worlds[place], actor.env)
        self.assertEqual(records._name, model)
        return getattr(records, name)(*args)
