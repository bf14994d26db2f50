"""What the executor knows of a field before it meets a row: found out once per place of an operation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, get_named_type, is_composite_type, is_list_type, is_non_null_type

from resolvers.batch import Ask, Batch
from resolvers.fields import BATCH, ROW

DEFINITION = "strawberry-definition"
"""Where Strawberry keeps its own definition of a field."""

Read = Callable[[Any], Any]


@dataclass(eq=False, frozen=True, slots=True)
class FieldPlan:
    """A field of one type at one place of an operation."""

    details: Any
    """graphql-core's nodes of the field."""
    definition: GraphQLField
    named: GraphQLNamedType
    lists: int
    """How many lists are around its values."""
    read: Read | None
    """How its value follows from the row alone; None if it does not."""
    ask: Ask | None
    """What it asks of all parents at once; None if it asks nothing, or its arguments are wrong."""
    met: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    """Objects that were read: (row, object) by the identity of the row. What was foreseen of an object is found by its
    identity, and reading it again may make another."""

    def meet(self, row: Any) -> Any:
        """The object that this field has in a row, always the same; None if it can't be read."""
        known = self.met.get(id(row))
        if known is None:
            try:
                value = self.read(row) if self.read is not None else None
            except Exception:  # noqa: BLE001 (completing meets the same error and reports it)
                value = None
            known = self.met[id(row)] = (row, value)
        return known[1]

    @property
    def composite(self) -> bool:
        """Whether it has fields of its own."""
        return is_composite_type(self.named)


def plan_field(
    parent: GraphQLNamedType, details: Any, definition: GraphQLField, arguments: Callable[[], dict[str, Any]]
) -> FieldPlan:
    """The plan of a field. `arguments` gives its coerced arguments by GraphQL name, or raises what is wrong."""
    strawberry = definition.extensions.get(DEFINITION)
    read: Read | None = None
    ask = None
    if details[0].node.name.value == "__typename":
        read = lambda _: parent.name  # noqa: E731 (a function is what is needed)
    elif strawberry is not None and BATCH in strawberry.metadata:
        ask = ask_of(strawberry.metadata[BATCH], strawberry, arguments)
    elif strawberry is not None and ROW in strawberry.metadata:
        read = strawberry.metadata[ROW]
    elif strawberry is not None and strawberry.is_basic_field:
        read = attrgetter(strawberry.python_name)
    lists = 0
    kind: Any = definition.type
    while is_non_null_type(kind) or is_list_type(kind):
        lists += is_list_type(kind)
        kind = kind.of_type
    return FieldPlan(details, definition, get_named_type(definition.type), lists, read, ask)


def ask_of(batch: Batch, strawberry: Any, arguments: Callable[[], dict[str, Any]]) -> Ask | None:
    """What a batched field asks with its arguments as GraphQL names them; None if they are wrong."""
    try:
        given = arguments()
    except Exception:  # noqa: BLE001 (whatever is wrong with them, graphql-core meets it again and says so)
        return None
    names = {a.graphql_name or _camel(a.python_name): a.python_name for a in strawberry.arguments}
    return Ask.of(batch, {names[name]: value for name, value in given.items()})


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
