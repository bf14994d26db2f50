"""Random documents for the little schema, with random faults in its world."""

import random
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_abstract_type, is_composite_type

from core.errors import DomainError, ErrorCode
from tests.schema.compiled.both import Case
from tests.schema.compiled.little import A_TEAM, core

ARGUMENTS = {
    "friends": ["", "", "(first: 1)", "(first: $n)", "(colour: RED)", "(first: 3, colour: $colour)"] * 4
    + ["(first: -1)"],
    "score": ["", "(plus: $n)", "(times: [1, $n])", "(times: [$n], plus: 0)", "(times: null)"],
    "person": ["", "(key: 2)", "(key: $n)", "(key: 9)"],
    "must": ["", "(key: $n)", "(key: 3)"],
    "thing": ["", "(key: $n)", "(key: 2)", "(key: 5)"],
    "grid": ["", "(colour: BLUE)", "(colour: $colour)"],
    "rename": ['(key: 1, name: "a")', "(key: $n)", "(key: 2, name: null)", "(key: 7)"],
    "mustRename": ["(key: 1)", "(key: 3)", "(key: $n)"],
}
HEAD = "($yes: Boolean = true, $no: Boolean! = false, $n: Int! = 2, $colour: Colour)"
USES = "__typename @skip(if: $no) used: __typename @include(if: $yes)"
REFUSED = DomainError(ErrorCode.CONFLICT, "That was not to be.")
WRONG: list[Any] = [
    None,
    REFUSED,
    RuntimeError("broken"),
    7,
    "void",
    A_TEAM,
    [None],
    [1, None],
    {},
    2**40,
    float("nan"),
    True,
]
FIELDS = [
    "name", "age", "weight", "alive", "nick", "colour", "shout", "tags", "loose", "grid", "extra", "motto", "friends",
    "notes", "boss", "team", "members", "score", "known", "about", "things", "pair_friends",
]  # fmt: skip


class Writer:
    """Writes one document."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.fragments: list[tuple[str, str]] = []
        self.aliases = 0

    def selection(self, kind: Any, depth: int) -> str:
        parts = [self._part(kind, depth) for _ in range(self.chance.randint(1, 4))]
        return " ".join(parts)

    def _part(self, kind: Any, depth: int) -> str:
        roll = self.chance.random()
        if depth < -2:
            return self._field(kind, depth)
        if roll < 0.08:
            return f"... {self._condition()} {{ {self.selection(kind, depth - 1)} }}"
        if roll < 0.22 and (is_abstract_type(kind) or depth < 4):
            inside = self.chance.choice(core.get_possible_types(kind)) if is_abstract_type(kind) else kind
            return f"... on {inside.name} {self._condition()} {{ {self.selection(inside, depth - 1)} }}"
        if roll < 0.28 and len(self.fragments) < 4 and kind is not core.query_type and kind is not core.mutation_type:
            name = f"F{len(self.fragments)}"
            self.fragments.append((name, ""))
            text = f"fragment {name} on {kind.name} {{ {self.selection(kind, depth - 1)} }}"
            self.fragments[int(name[1:])] = (name, text)
            return f"...{name} {self._condition()} ...{name}"
        return self._field(kind, depth)

    def _field(self, kind: Any, depth: int) -> str:
        fields = dict(kind.fields) if hasattr(kind, "fields") else {}
        if depth <= 0:
            fields = {n: f for n, f in fields.items() if not is_composite_type(get_named_type(f.type))}
        if not fields or self.chance.random() < 0.06:
            return f"__typename {self._condition()}"
        name = self.chance.choice(list(fields))
        below = get_named_type(fields[name].type)
        given = self.chance.choice(ARGUMENTS.get(name, [""])) if fields[name].args else ""
        alias = ""
        if given or self.chance.random() < 0.2 or kind.name in ("Team", "Person", "Thing"):
            # an own key each time: fields that clash are no valid document
            self.aliases += 1
            alias = f"k{self.aliases}: "
        again = bool(alias) and not is_composite_type(below) and self.chance.random() < 0.1
        text = f"{alias}{name}{given}"
        if is_composite_type(below):
            more = f" {{ {self.selection(below, depth - 1)} }}"
            if self.chance.random() < 0.15:
                more += f" {text} {{ {self.selection(below, depth - 1)} }}"
            return f"{text} {self._condition()}{more}"
        return f"{text} {self._condition()} {text if again else ''}"

    def _condition(self) -> str:
        if self.chance.random() < 0.88:
            return ""
        value = self.chance.choice(["true", "false", "$yes", "$no"])
        return f"@{self.chance.choice(['skip', 'include'])}(if: {value})"


def document(chance: random.Random) -> str:
    """A valid document of one operation."""
    writer = Writer(chance)
    kind: GraphQLObjectType | None = core.mutation_type if chance.random() < 0.2 else core.query_type
    word = "mutation" if kind is core.mutation_type else "query"
    body = " ".join(writer.selection(kind, chance.randint(1, 4)) for _ in range(chance.randint(1, 2)))
    spare = " ".join(text for _, text in writer.fragments)
    uses = f"{USES} {'v: rename(key: $n) { friends(colour: $colour) { name } }' if word == 'mutation' else ''}"
    uses += "w: grid(colour: $colour) x: person(key: $n) { name }" if word == "query" else ""
    return f"{word} Q{HEAD} {{ {body} {uses} }} {spare}"


def case(chance: random.Random, text: str) -> Case:
    """A request of a document."""
    given: dict[str, Any] = {}
    for name, values in {
        "yes": [True, False],
        "no": [True, False],
        "n": [1, 2, 3, 4, 5],
        "colour": ["RED", None],
    }.items():
        if chance.random() < 0.5:
            given[name] = chance.choice(values)
    faults = {}
    if chance.random() < 0.45:
        for _ in range(chance.randint(1, 3)):
            model, keys = chance.choice([("Person", 4), ("Team", 3)])
            faults[model, chance.randint(1, keys), chance.choice(FIELDS)] = chance.choice(WRONG)
    whole = frozenset({chance.choice(["friends", "team", "score"])}) if chance.random() < 0.05 else frozenset()
    return Case(text, given, faults, whole)
