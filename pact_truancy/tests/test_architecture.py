import ast
import csv
import re
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from odoo.addons.pact_truancy.models.access.roles import ROLE_GROUP

APP = Path(__file__).parents[1]
# In the order of design.md, 'The way of the data': a room names models of the rooms
# above it, never of those below.
ROOMS = (
    "facts",
    "access",
    "intake",
    "metrics",
    "rules",
    "casework",
    "screening",
    "letters",
    "hearings",
    "takeover",
    "evidence",
    "demo",
)
MODEL_NAME = re.compile(r"pact\.[a-z_.]+")
# Access belongs to each record, so its tables are joined by rules, and the facts' own
# rights are told in its words; nothing else of a later room is named before it.
OPERATIONS = ("read", "write", "create", "unlink")


def strings(tree):
    """Yield the string constants of a module that are no docstrings."""
    documentation = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            first = node.body[:1]
            if first and isinstance(first[0], ast.Expr):
                documentation.add(id(first[0].value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in documentation:
                yield node.value, node.lineno


def declared(tree):
    """Yield the `_name` of each model that a module declares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            if any(getattr(t, "id", "") == "_name" for t in node.targets):
                yield node.value.value


class Tree:
    """The models' folders: which room declares which model, and who names whom."""

    def __init__(self):
        self.modules = {}
        for room in ROOMS:
            for path in sorted((APP / "models" / room).glob("*.py")):
                self.modules[path] = (room, ast.parse(path.read_text("utf-8")))
        self.room_of = {
            name: room
            for room, tree in self.modules.values()
            for name in declared(tree)
        }

    def backward(self):
        """Yield a line for each reference to a model of a later room."""
        for path, (room, tree) in self.modules.items():
            for text, line in strings(tree):
                other = self.room_of.get(text) if MODEL_NAME.fullmatch(text) else None
                if other and ROOMS.index(other) > ROOMS.index(room):
                    yield f"{room}/{path.name}:{line} names {text} of {other}"
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.level == 2:
                    other = (node.module or "").split(".")[0]
                    if other in ROOMS and ROOMS.index(other) > ROOMS.index(room):
                        yield f"{room}/{path.name}:{node.lineno} imports from {other}"


@tagged("post_install", "-at_install")
class TestRooms(TransactionCase):
    """The house of design.md, read from the tree."""

    def test_every_model_lives_in_a_known_room(self):
        folders = {p.name for p in (APP / "models").iterdir() if p.is_dir()}
        self.assertEqual(folders - {"__pycache__"} - set(ROOMS), set())

    def test_no_room_names_a_later_one(self):
        self.assertFalse(list(Tree().backward()))

    def test_the_test_finds_a_backward_reference(self):
        tree = Tree()
        path = next(iter(tree.modules))
        self.assertEqual(tree.modules[path][0], "facts")
        tree.modules[path] = ("facts", ast.parse('x = env["pact.case"]'))
        self.assertTrue(any("pact.case" in line for line in tree.backward()))

    def test_one_model_a_file_named_after_it(self):
        for path, (_room, tree) in Tree().modules.items():
            names = list(declared(tree))
            for name in names[:1]:
                with self.subTest(path.name):
                    own = name.replace(".", "_").removeprefix("report_pact_truancy_")
                    self.assertEqual(path.stem, own)

    def test_nothing_counts_days_elsewhere(self):
        """Numbers come from metrics alone. Facts may add up the parts of one day, which
        are never more than a whole one, and number the school days; a letter's line
        names the parts of one day."""
        counting = re.compile(r"(?i)\b(sum|count)\([^)]*portion|day_index")
        for folder in ("models", "wizards", "controllers", "reports"):
            for path in sorted((APP / folder).rglob("*.py")):
                if {"metrics", "facts", "demo"} & set(path.parts):
                    continue
                text = path.read_text("utf-8")
                found = {m.group() for m in counting.finditer(text)}
                if path.name == "report_letter.py":
                    found.discard('sum(one["portion')
                with self.subTest(path.name):
                    self.assertFalse(found)

    def test_short_files(self):
        """A file past 500 lines holds two subjects."""
        for path in sorted(APP.rglob("*.py")):
            count = len(path.read_text("utf-8").splitlines())
            # a few lines more are one subject still; twenty per cent are not
            self.assertLessEqual(count, 600, path.name)


@tagged("post_install", "-at_install")
class TestRules(TransactionCase):
    """Access lines and record rules hold each other: what a group may do at all, the
    rules narrow to the schools of exactly the roles that carry the group."""

    # What everybody in the app may read: no child stands there. Everything else needs
    # a rule for each operation of each line.
    PUBLIC = {
        "pact.source",
        "pact.office",
        "pact.office.service",
        "pact.county",
        "pact.district",
        "pact.school",
        "pact.school.year",
        "pact.school.calendar",
        "pact.attendance.code",
        "pact.attendance.rollup",
        "pact.program",
        "pact.program.step",
        "pact.program.criterion",
        "pact.shipped.note",
        "pact.program.requirement",
        "pact.intervention.kind",
        "pact.service.kind",
        "pact.meeting.kind",
        "pact.student.circumstance.kind",
        "pact.screening",
        "pact.letter.kind",
        "pact.letter.text",
        "pact.import.field",
        "pact.import.profile",
        "pact.assignment",
        "pact.access",
    }

    def models(self):
        return [
            self.env[name]
            for name in self.env.registry
            if name.startswith("pact.") and not self.env[name]._abstract
        ]

    def test_every_model_has_an_access_line(self):
        with (APP / "security" / "ir.model.access.csv").open(encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        listed = {line["model_id:id"].removeprefix("model_") for line in lines}
        for model in self.models():
            self.assertIn(model._name.replace(".", "_"), listed)
        self.assertEqual(len({line["id"] for line in lines}), len(lines), "twice")
        for line in lines:
            self.assertTrue(line["group_id:id"], "a line without a group is for all")

    def test_every_operation_of_a_line_has_its_rule(self):
        """Odoo lets everything through where no rule speaks of an operation: a rule for
        'read' alone leaves 'write' open to whoever has the line."""
        for model in self.models():
            if model._transient or model._name in self.PUBLIC:
                continue
            lines = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name)]
            )
            rules = self.env["ir.rule"].search([("model_id.model", "=", model._name)])
            for line in lines:
                groups = line.group_id.all_implied_ids
                for operation in OPERATIONS:
                    if not line[f"perm_{operation}"]:
                        continue
                    with self.subTest(line=line.name, operation=operation):
                        found = rules.filtered(
                            lambda r, g=groups, o=operation: (
                                r[f"perm_{o}"] and r.groups & g
                            )
                        )
                        self.assertTrue(found)

    def test_rules_name_the_roles_of_their_group(self):
        """A rule of the group 'case manager' opens schools at which the person is case
        manager, hearing officer or coordinator: roles never add up across schools."""
        carriers = {}
        for role, xmlid in ROLE_GROUP.items():
            for group in self.env.ref(xmlid).all_implied_ids:
                carriers.setdefault(group, set()).add(role)
        models = [model._name for model in self.models()]
        for rule in self.env["ir.rule"].search([("model_id.model", "in", models)]):
            named = re.search(
                r"'role', '?(?:=|in)'?, (\[[^]]*\]|'\w+')", rule.domain_force
            )
            if not named:
                continue
            for group in rule.groups:
                with self.subTest(rule.name):
                    roles = set(re.findall(r"\w+", named.group(1)))
                    extra = roles - carriers[group]
                    self.assertFalse(extra, "opens schools of another role")

    def test_rules_embed_no_ids_and_end_by_themselves(self):
        models = [model._name for model in self.models()]
        for rule in self.env["ir.rule"].search([("model_id.model", "in", models)]):
            domain = rule.domain_force
            self.assertNotIn(".ids", domain)
            joins = domain.count("access_ids")
            for part in ("user_id', '=', user.id", "'valid_from', '<=', 'now'"):
                self.assertGreaterEqual(domain.count(part), joins, rule.name)
            self.assertGreaterEqual(domain.count("'valid_to', '>', 'now'"), joins)
