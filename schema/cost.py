"""What an operation costs: the number of fields that its answer may have, if every page is full.

Pages count with the size that is asked for, lists without pages with a guess. Reported in `extensions.cost`.
"""

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from resolvers.page import DEFAULT_SIZE, LARGEST
from schema.limits import INTROSPECTION

MAX_COST = 25_000
LIST = 5
"""How long a list without pages is taken to be. What an answer really has is counted as well (schema.executor)."""
ROOT_LIST = 25
"""The same for a list that a root field returns."""
AS_OF = 1_000
"""What it costs beyond its answer to put an incident's past together."""
METRIC = 500
"""What it costs beyond its answer to measure all incidents of a time."""
REHEARSALS = {
    "Query.previewUpdate": 500,
    "Query.previewMaintenance": 500,
    "Query.renderUpdateTemplate": 100,
    "Query.alertTrial": 500,
    "Query.erasurePreview": 500,
    "Query.metric": METRIC,
    "Postmortem.reassembly": 2_000,
    "Incident.similar": 200,
}
"""What it costs beyond its answer to carry something out and undo it, or to put together what is far larger."""
MOST_KEPT = 100
"""Costs of one document that are remembered."""
MUTATION = 100
"""What a field of a mutation costs beyond its answer: a transaction."""


class Cost:
    """The cost of one operation with its variables; fragments are counted once per type of their place."""

    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._known: dict[str, int] = {}
        self.sizes: set[str] = set()
        """The variables that say how large a page is: no others change the cost."""

    def of(self, operation: OperationDefinitionNode) -> int:
        """The cost of the whole operation."""
        root = self._schema.get_root_type(operation.operation)
        base = MUTATION if operation.operation.value == "mutation" else 0
        return self._selections(root, operation.selection_set, base)

    def _selections(self, kind: GraphQLNamedType | None, selections: SelectionSetNode, base: int = 0) -> int:
        total = 0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                total += base + self._field(kind, selection)
            elif isinstance(selection, FragmentSpreadNode):
                total += self._fragment(selection.name.value)
            else:
                condition = selection.type_condition  # type: ignore[attr-defined]  # an inline fragment
                inner = self._schema.get_type(condition.name.value) if condition else kind
                total += self._selections(inner, selection.selection_set, base)  # type: ignore[attr-defined]
        return total

    def _fragment(self, name: str) -> int:
        if name not in self._known:
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            base = MUTATION if kind is not None and kind is self._schema.mutation_type else 0
            self._known[name] = self._selections(kind, fragment.selection_set, base)
        return self._known[name]

    def _field(self, kind: Any, node: FieldNode) -> int:
        if node.selection_set is None or node.name.value in INTROSPECTION:
            return 1
        definition: GraphQLField = kind.fields[node.name.value]
        more = AS_OF if any(argument.name.value == "asOf" for argument in node.arguments or ()) else 0
        more += REHEARSALS.get(f"{kind.name}.{node.name.value}", 0)
        return (
            1
            + more
            + self._times(kind, definition, node)
            * self._selections(get_named_type(definition.type), node.selection_set)
        )

    def _times(self, kind: Any, definition: GraphQLField, node: FieldNode) -> int:
        """How many objects a field may have. A connection's `nodes` and `edges` are counted with the connection."""
        if "first" in definition.args and "last" in definition.args:
            return self._page_size(node)
        if not is_list_type(get_nullable_type(definition.type)) or "pageInfo" in kind.fields:
            return 1
        return ROOT_LIST if kind is self._schema.query_type else LIST

    def _page_size(self, node: FieldNode) -> int:
        sizes = [
            self._size(argument.value) for argument in node.arguments or () if argument.name.value in ("first", "last")
        ]
        return max([size for size in sizes if size is not None], default=DEFAULT_SIZE)

    def _size(self, value: Any) -> int | None:
        """The size that is asked for, within what can be answered at all."""
        size: Any = None
        if isinstance(value, IntValueNode):
            size = int(value.value) if len(value.value) < len(str(LARGEST)) + 2 else LARGEST
        elif isinstance(value, VariableNode):
            self.sizes.add(value.name.value)
            size = self._variables.get(value.name.value)
        return min(max(size, 1), LARGEST) if isinstance(size, int) else None


class Costs:
    """What the operations of one document cost: counted once for all that ask for pages of the same sizes."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._sizes: dict[int, tuple[str, ...]] = {}
        self._known: dict[tuple[Any, ...], int] = {}

    def of(self, operation: OperationDefinitionNode, variables: dict[str, Any]) -> int:
        """The cost of an operation of the document with coerced variables."""
        which = id(operation)
        names = self._sizes.get(which)
        if names is not None:
            found = self._known.get((which, *map(variables.get, names)))
            if found is not None:
                return found
        cost = Cost(self._schema, self._fragments, variables)
        counted = cost.of(operation)
        if len(self._known) >= MOST_KEPT:
            self._known.clear()
        names = self._sizes[which] = tuple(sorted(cost.sizes))
        self._known[(which, *map(variables.get, names))] = counted
        return counted
