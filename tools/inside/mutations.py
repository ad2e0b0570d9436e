"""What ./pact test --mutations breaks: one thing at a time, never two.

A mutation of data is read from the files that ship the programs, so that a new step or
requirement is tried without being named here. A mutation of a guard replaces a method
of the app; guards are few, and named.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from lxml import etree

MODULE = "pact_truancy"
# order of lists, words and the place in a form: they decide nothing
DECIDES_NOTHING = {
    "sequence",
    "group",
    "name",
    "description",
    "citation",
    "code",
    "role",
    "fold",
    "step_id",
    "program_id",
    "state_id",
    "purpose",
    "kind",
    "entry",
    # said by the step's own text and the board's mark, no step waits for it
    "is_overridable",
}
DELETED = {"pact.program.criterion", "pact.program.requirement"}
OPERATORS = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
# what an absence is counted as when its category is moved
NEIGHBORS = {
    "unexcused": "excused",
    "excused": "unexcused",
    "unverified": "unexcused",
    "absent": "unexcused",
    "attendance_rate": "unexcused_rate",
    "unexcused_rate": "attendance_rate",
}


class Mutation(NamedTuple):
    """One thing broken. `record`: what it belongs to, for the order of the tests;
    `program`: lower-case code of the program, or None; `make(env)`: breaks it within
    a transaction, and returns a context manager or None."""

    what: str
    record: str
    program: str | None
    make: Callable


def of_data(env, folder: Path) -> Iterator[Mutation]:
    """Every mutation of what data/pact_program_*.xml says."""
    for path in sorted(folder.glob("pact_program_*.xml")):
        program = path.stem.removeprefix("pact_program_")
        for record in etree.parse(path).iter("record"):
            yield from _of_record(env, record, program)


def _of_record(env, record, program: str) -> Iterator[Mutation]:
    name, model = record.get("id"), record.get("model")
    counting = env.ref(f"{MODULE}.program_{program}")._counting()
    by_rules = counting != type(counting)()
    if model in DELETED:
        yield Mutation(f"{name}: removed", name, program, _removed(name))
    for field in record.iter("field"):
        known = env[model]._fields.get(field.get("name"))
        if known is None or known.name in DECIDES_NOTHING:
            continue
        before = _value(env, name, known.name)
        for value in _others(env, known, before, by_rules):
            yield Mutation(
                f"{name}: {known.name} = {value!r}",
                name,
                program,
                _written(name, known.name, value),
            )


def _value(env, name: str, field: str):
    return env.ref(f"{MODULE}.{name}")[field]


def _others(env, field, value, by_rules: bool) -> list:
    """What a value is changed to: a number by one either way, a switch turned over,
    an operator to the one beside it, a choice to the next one."""
    if field.type in ("integer", "float"):
        return [value - 1, value + 1]
    if field.type == "boolean":
        return [not value]
    if field.type in ("many2one", "many2many"):
        return [] if field.required else [False]
    if field.type != "selection":
        return []
    if field.name == "counting" and not by_rules:
        return []  # a program without rules of its own counts as coded either way
    if field.name == "operator":
        return [OPERATORS[value]]
    if field.name == "measure":
        return [NEIGHBORS[value]] if value in NEIGHBORS else []
    choices = [choice for choice, _label in field._description_selection(env)]
    return [choices[(choices.index(value) + 1) % len(choices)]] if value else []


def _removed(name: str) -> Callable:
    def make(env):
        env.ref(f"{MODULE}.{name}").unlink()

    return make


def _written(name: str, field: str, value) -> Callable:
    def make(env):
        env.ref(f"{MODULE}.{name}").write({field: value})

    return make


def of_guards(env, guards: list) -> Iterator[Mutation]:
    """Every mutation of `guards`: (what, model, method, replacement)."""
    for what, model, method, replacement in guards:
        yield Mutation(
            f"guard: {what}",
            f"{model}.{method}",
            None,
            _patched(model, method, replacement),
        )


def _patched(model: str, method: str, replacement: Callable) -> Callable:
    def make(env):
        cls = env.registry[model]
        original = getattr(cls, method)

        def broken(self, *args, **kwargs):
            return replacement(original, self, *args, **kwargs)

        return patch.object(cls, method, broken)

    return make
