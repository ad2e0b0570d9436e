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
from mutation_guards import ASKED_FIRST, every_answer_met

MODULE = "pact_truancy"
# words, and the place in a form: they decide nothing
DECIDES_NOTHING = {
    "group",  # tried by _grouped, whether two rules must both hold
    "sequence",  # tried by _swapped, which step follows which
    "name",
    "description",
    "citation",
    "code",
    "fold",
    # who is told of a step; whether it may be taken asks nobody's role
    "role",
    "state_id",
    # what a record hangs on, and what it is: removing it is tried instead
    "step_id",
    "program_id",
    "purpose",
    "kind",
    # the place of a notice among several of one day
    "rank",
    "channel",
}
DELETED = {
    "pact.program.criterion",
    "pact.program.requirement",
    "pact.letter.kind",
}
OPERATORS = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
# what an absence is counted as when its category is moved
NEIGHBORS = {
    "unexcused": "excused",
    "excused": "unexcused",
    "unverified": "unexcused",
    "absent": "unexcused",
    "attendance_rate": "unexcused_rate",
    "unexcused_rate": "attendance_rate",
    "unexcused_share": "unexcused_rate",
}
# other spans of time, each in its order: the first that the rule can have is tried
WINDOWS = {
    "previous": ["enrolled", "year"],
    "year": ["previous", "since_entry"],
    "since_entry": ["year", "previous"],
    "since_step": ["year", "since_letter"],
    "since_letter": ["since_step", "year"],
    "rolling": ["month", "year"],
}
# one test holds all codes: what noticed one is asked first for the next
CODES = "pact.attendance.code"


class Mutation(NamedTuple):
    """One thing broken. `record`: what it belongs to, for the order of the tests;
    `program`: lower-case code of the program, or None; `make(env)`: breaks it within
    a transaction, and returns a context manager or None; `choice`: of several with the
    same name one is enough, the first that is possible; `first`: part of the names of
    tests that are asked first."""

    what: str
    record: str
    program: str | None
    make: Callable
    choice: str | None = None
    first: str | None = None


class NothingChangedError(Exception):
    """A mutation left what it should have broken as it was."""


def of_data(env, folder: Path) -> Iterator[Mutation]:
    """Every mutation of what the data files say of programs, their letters, kinds of
    interventions and attendance codes."""
    for path in sorted(folder.glob("pact_program_*.xml")):
        program = path.stem.removeprefix("pact_program_")
        for record in etree.parse(path).iter("record"):
            yield from _of_record(env, record, program)
        yield from _of_steps(env, program)
    for path in sorted(folder.glob("pact_letter_*.xml")):
        for record in etree.parse(path).iterfind(
            ".//record[@model='pact.letter.kind']"
        ):
            kind = env.ref(f"{MODULE}.{record.get('id')}")
            yield from _of_record(env, record, kind.step_id.program_id.code.lower())
    for record in etree.parse(folder / "pact_intervention_kind_data.xml").iter(
        "record"
    ):
        # what is a contact: asked for by WTB; R21 counts whatever has no valid cause
        yield from _of_record(env, record, "wtb")
    for record in etree.parse(folder / "pact_attendance_code_data.xml").iter("record"):
        name = record.get("id")
        moved = NEIGHBORS.get(_value(env, name, "category"), "unexcused")
        moved = "excused" if moved == "excused" else "unexcused"
        yield _written(name, "category", moved, "r21")._replace(record=CODES)


def _of_record(env, record, program: str | None) -> Iterator[Mutation]:
    name, model = record.get("id"), record.get("model")
    if model in DELETED:
        yield Mutation(f"{name}: removed", name, program, _removed(name))
    for field in record.iter("field"):
        known = env[model]._fields.get(field.get("name"))
        if known is None or known.name in DECIDES_NOTHING:
            continue
        before = _value(env, name, known.name)
        if _says_the_same(env.ref(f"{MODULE}.{name}"), known.name):
            continue
        one = f"{name}.{known.name}" if known.type == "selection" else None
        for value in _others(env, known, before):
            yield _written(name, known.name, value, program)._replace(choice=one)


def _says_the_same(record, field: str) -> bool:
    """Whether another value of this field would change nothing."""
    if field == "unit":
        return not record.threshold  # no days are no dates and no occasions
    if field == "counting":
        # read as coded and by the program's rules: the same where no rule touches it
        measures = [spec.measure for spec in record._specs()]
        return not record.program_id._counting_words(measures)
    if field == "tardy_minutes":
        # the minutes that are an occasion of truancy, which no rule of it asks for
        specs = [spec for one in record.criterion_ids for spec in one._specs()]
        return all(spec.measure != "truancy" for spec in specs)
    return False


def _of_steps(env, program: str) -> Iterator[Mutation]:
    """Two steps of the ladder change their places; two rules of a step that must both
    hold are made one or the other, and the other way round."""
    book = env.ref(f"{MODULE}.program_{program}")
    rungs = book._rungs()
    for step, following in zip(rungs, rungs[1:], strict=False):
        names = [
            one.get_external_id()[one.id].split(".")[1] for one in (step, following)
        ]
        yield Mutation(
            f"{names[0]}: after {names[1]}", names[0], program, _swapped(*names)
        )
    for step in book.step_ids:
        for criterion in step.criterion_ids[1:]:
            alone = len(step.criterion_ids._groups()) == len(step.criterion_ids)
            group = step.criterion_ids[0].group if alone else criterion.group + 1
            name = criterion.get_external_id()[criterion.id].split(".")[1]
            yield _written(name, "group", group, program)


def _value(env, name: str, field: str):
    return env.ref(f"{MODULE}.{name}")[field]


def _others(env, field, value) -> list:
    """What a value is changed to: a number by one either way, a switch turned over,
    an operator to the one beside it, a choice to the others, the next one first, a
    list without one of its members."""
    if field.type in ("integer", "float"):
        return [value - 1, value + 1]
    if field.type == "boolean":
        return [not value]
    if field.type == "many2one":
        return [] if field.required else [False]
    if field.type == "many2many":
        return [value - one for one in value]
    if field.type != "selection" or not value:
        return []
    if field.name == "operator":
        return [OPERATORS[value]]
    if field.name == "measure":
        return [NEIGHBORS[value]]
    if field.name == "window":
        return WINDOWS[value]
    choices = [choice for choice, _label in field._description_selection(env)]
    place = choices.index(value)
    return choices[place + 1 :] + choices[:place]


def _removed(name: str) -> Callable:
    def make(env):
        record = env.ref(f"{MODULE}.{name}")
        if record._name == "pact.letter.kind":
            record.text_ids.unlink()
        record.unlink()
        if record.exists():
            raise NothingChangedError(name)

    return make


def _swapped(name: str, following: str) -> Callable:
    def make(env):
        first, second = (env.ref(f"{MODULE}.{one}") for one in (name, following))
        first.sequence, second.sequence = second.sequence, first.sequence
        if first.sequence <= second.sequence:
            raise NothingChangedError(name)

    return make


def _written(name: str, field: str, value, program: str | None) -> Mutation:
    said = value.ids if hasattr(value, "ids") else value

    def make(env):
        record = env.ref(f"{MODULE}.{name}")
        before = record[field]
        record.write({field: [(6, 0, said)] if hasattr(value, "ids") else value})
        record.flush_recordset()
        record.invalidate_recordset()
        if record[field] == before:
            raise NothingChangedError(f"{name}: {field}")

    shown = value.mapped("code") if hasattr(value, "ids") else repr(value)
    return Mutation(f"{name}: {field} = {shown}", name, program, make)


def of_guards(env, guards: list) -> Iterator[Mutation]:
    """Every mutation of `guards`: (what, model, method, replacement), and each kind of
    requirement met by nothing."""
    asked = "pact.program.requirement"
    kinds = [
        (
            f"'{kind}' is met by nothing",
            asked,
            f"_check_requirement_{kind}",
            every_answer_met,
        )
        for kind in env[asked]._fields["kind"].get_values(env)
    ]
    for what, model, method, replacement in [*guards, *kinds]:
        yield Mutation(
            f"guard: {what}",
            f"{model}.{method}",
            None,
            _patched(model, method, replacement),
            first="test_orders" if model == "pact.order" else ASKED_FIRST.get(what),
        )


def _patched(model: str, method: str, replacement: Callable) -> Callable:
    def make(env):
        cls = env.registry[model]
        original = getattr(cls, method)

        def broken(self, *args, **kwargs):
            return replacement(original, self, *args, **kwargs)

        return patch.object(cls, method, broken)

    return make
