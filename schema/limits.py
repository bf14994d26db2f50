"""How large an operation may be. Everything here is linear in the document: fragments are counted once and remembered.

Checked before validation, whose rules are not linear: a document within these limits is validated in a few milliseconds
and cannot stall the event loop (the traps in tests/schema/test_limits.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from core.errors import DomainError, ErrorCode

MAX_TOKENS = 4_000
MAX_COMMENTS = 1_000
MAX_LENGTH = 200_000
"""Characters of a document."""
MAX_LINES = 5_000
"""Lines of a document: the place of every error is found by counting them."""
MAX_DEFINITIONS = 50
MAX_NESTING = 120
"""How deep the syntax tree of a document may be, values included."""
MAX_DEPTH = 20
"""Fields inside fields. The usual introspection query has 15."""
MAX_ALIASES = 100
MAX_INTROSPECTION_ALIASES = 5
"""The same in a document that asks for the schema itself, where each repeats a list of many hundred fields."""
MAX_SCHEMAS = 1
"""How often a document asks for the whole schema: for `__schema`, or for its `types`."""
MAX_DIRECTIVES = 100
MAX_SPREADS = 100
MAX_INPUTS = 100
"""Fields of one input object that stands in the text; messages about one quote all of it."""
MAX_FIELDS = 1_000
"""Fields after every fragment has been put where it is spread."""
MAX_OVERLAPS = 2_000
"""Pairs of fields at the same place of the answer, which validation compares with each other."""
MAX_OBJECTS = 25_000
"""Objects in one answer: what its lists really hold, where the cost could only guess."""

INTROSPECTION = frozenset({"__schema", "__type"})
WHOLE = frozenset({"__schema", "types"})


def too_expensive(what: str, found: int | str, limit: int) -> DomainError:
    """The refusal of an operation that is too large."""
    return DomainError(
        ErrorCode.TOO_EXPENSIVE,
        f"This operation has too many {what}: {found}, of {limit} at most.",
        hint="Ask for less at once: fewer fields, smaller pages, or several requests.",
    )


@dataclass(frozen=True, slots=True)
class Size:
    """What a document is made of."""

    introspects: bool
    """Whether it asks for the schema itself."""


def measure_text(text: str) -> None:
    """Refuse a text that is too long to be parsed (TOO_EXPENSIVE)."""
    lines = text.count("\n") + text.count("\r")
    for what, found, limit in (("characters", len(text), MAX_LENGTH), ("lines", lines, MAX_LINES)):
        if found > limit:
            raise too_expensive(what, found, limit)


def measure(document: DocumentNode) -> Size:
    """The size of a document. TOO_EXPENSIVE if it is over a limit; GRAPHQL_INVALID if it is no request, or a circle."""
    if len(document.definitions) > MAX_DEFINITIONS:
        raise too_expensive("definitions", len(document.definitions), MAX_DEFINITIONS)
    if not all(isinstance(each, ExecutableDefinitionNode) for each in document.definitions):
        raise DomainError(
            ErrorCode.GRAPHQL_INVALID,
            "A document here holds operations and fragments, and no definitions of types.",
            hint="The schema is Muster's; read it by introspection.",
        )
    introspects = _count(document)
    spread = _Spread(document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            fields, depth = spread.of(definition.selection_set)
            if fields > MAX_FIELDS:
                raise too_expensive("fields", fields if fields < MAX_FIELDS**2 else "far too many", MAX_FIELDS)
            if depth > MAX_DEPTH:
                raise too_expensive("levels of fields inside fields", depth, MAX_DEPTH)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            _compare(definition.selection_set, spread)
    return Size(introspects)


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside one, in the order of the text."""
    for key in node.keys:
        value = getattr(node, key, None)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, list | tuple):
            yield from (item for item in value if isinstance(item, Node))


def _count(document: DocumentNode) -> bool:
    """Count what stands in the text itself; whether it asks for the schema."""
    introspects = False
    counts = {"aliases": 0, "directives": 0, "fragment spreads": 0}
    limits = {"aliases": MAX_ALIASES, "directives": MAX_DIRECTIVES, "fragment spreads": MAX_SPREADS}
    whole = dict.fromkeys(WHOLE, 0)
    stack: list[tuple[Node, int]] = [(document, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_NESTING:
            raise too_expensive("levels", depth, MAX_NESTING)
        if isinstance(node, ObjectValueNode) and len(node.fields) > MAX_INPUTS:
            raise too_expensive("fields in an input object", len(node.fields), MAX_INPUTS)
        if isinstance(node, FieldNode):
            counts["aliases"] += node.alias is not None
            introspects = introspects or node.name.value in INTROSPECTION
            if node.name.value in WHOLE:
                whole[node.name.value] += 1
        counts["fragment spreads"] += isinstance(node, FragmentSpreadNode)
        counts["directives"] += len(getattr(node, "directives", None) or ())
        stack += [(child, depth + 1) for child in children(node)]
    if introspects:
        limits["aliases"] = MAX_INTROSPECTION_ALIASES
        counts["questions for the whole schema"] = max(whole.values())
        limits["questions for the whole schema"] = MAX_SCHEMAS
    for what, count in counts.items():
        if count > limits[what]:
            raise too_expensive(what, count, limits[what])
    return introspects


class _Spread:
    """Fields and depth of selections as they are once every fragment stands where it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, tuple[int, int] | None] = {}

    def of(self, selections: SelectionSetNode | None) -> tuple[int, int]:
        """How many fields there are, and how deep they go."""
        fields, depth = 0, 0
        for selection in selections.selections if selections is not None else ():
            more, deeper = self._of_one(selection)
            fields, depth = fields + more, max(depth, deeper)
        return fields, depth

    def _of_one(self, selection: SelectionNode) -> tuple[int, int]:
        if isinstance(selection, FieldNode):
            fields, depth = self.of(selection.selection_set)
            return fields + 1, depth + 1
        if not isinstance(selection, FragmentSpreadNode):
            return self.of(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment
        name = selection.name.value
        if name not in self.fragments:
            return 0, 0  # validation says so
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self.of(self.fragments[name].selection_set)
        known = self._known[name]
        if known is None:
            raise DomainError(
                ErrorCode.GRAPHQL_INVALID,
                f"The fragment {name[:80]!r} spreads itself.",
                hint="A fragment can't contain itself, not even through others.",
            )
        return known


def _compare(selections: SelectionSetNode, spread: _Spread) -> None:
    """Count the pairs that the rule "overlapping fields can be merged" compares, which is quadratic in them."""
    pairs = 0
    stack = [[selections]]
    while stack:
        together: dict[str, list[SelectionSetNode | None]] = {}
        for field in _fields(stack.pop(), spread):
            name = field.alias.value if field.alias else field.name.value
            together.setdefault(name, []).append(field.selection_set)
        for below in together.values():
            pairs += len(below) * (len(below) - 1) // 2
            inner = [each for each in below if each is not None]
            if inner:
                stack.append(inner)
        if pairs > MAX_OVERLAPS:
            raise too_expensive("fields of the same name at the same place", pairs, MAX_OVERLAPS)


def _fields(sets: list[SelectionSetNode], spread: _Spread) -> Iterator[FieldNode]:
    """The fields of selections, fragments included; their number is within MAX_FIELDS by now."""
    stack = list(sets)
    while stack:
        for selection in stack.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, FragmentSpreadNode):
                fragment = spread.fragments.get(selection.name.value)
                if fragment is not None:
                    stack.append(fragment.selection_set)
            else:
                stack.append(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment
