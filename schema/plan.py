"""What the executor knows of a field before it meets a row: found out once per place of an operation.

graphql-core asks all of this anew for every object. The answers are the same; only the asking is saved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLOutputType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from resolvers.batch import Ask, Batch
from resolvers.fields import BATCH, ROW

DEFINITION = "strawberry-definition"
"""Where Strawberry keeps its own definition of a field."""

Read = Callable[[Any], Any]


@dataclass(eq=False, slots=True)
class FieldPlan:
    """A field of one type at one place of an operation."""

    details: Any
    """graphql-core's nodes of the field."""
    definition: GraphQLField
    named: GraphQLNamedType
    lists: int
    """How many lists are around the value."""
    read: Read | None
    """How its value follows from the row; None if it is batched, or Strawberry's own affair."""
    ask: Ask | None
    """What it asks of all parents at once."""
    leaf: Read | None
    """Its finished value from a row. Raises whenever anything is unusual: graphql-core then says what is wrong."""
    info: Any = None
    """What graphql-core names in messages about it; made when first needed."""

    @property
    def composite(self) -> bool:
        """Whether it has fields of its own."""
        return is_composite_type(self.named)


def plan_field(details: Any, definition: GraphQLField, arguments: Callable[[], dict[str, Any]]) -> FieldPlan:
    """The plan of a field. `arguments` gives its coerced arguments by GraphQL name, or raises what is wrong."""
    strawberry = definition.extensions.get(DEFINITION)
    read, ask = None, None
    if strawberry is not None and BATCH in strawberry.metadata:
        ask = _ask(strawberry.metadata[BATCH], strawberry, arguments)
    elif strawberry is not None and ROW in strawberry.metadata:
        read = strawberry.metadata[ROW]
    elif strawberry is not None and strawberry.is_basic_field:
        read = attrgetter(strawberry.python_name)
    lists, leaf = 0, None
    kind: GraphQLOutputType = definition.type
    while is_non_null_type(kind) or is_list_type(kind):
        lists += is_list_type(kind)
        kind = kind.of_type
    if read is not None and is_leaf_type(kind):
        leaf = _finished(definition.type, read)
    return FieldPlan(details, definition, get_named_type(definition.type), lists, read, ask, leaf)


def _ask(batch: Batch, strawberry: Any, arguments: Callable[[], dict[str, Any]]) -> Ask | None:
    """The ask with arguments by their Python names; None if they are wrong, which graphql-core reports in its place."""
    try:
        given = arguments()
    except Exception:  # noqa: BLE001 (whatever is wrong with them, graphql-core meets it again and says so)
        return None
    names = {
        argument.graphql_name or _camel(argument.python_name): argument.python_name for argument in strawberry.arguments
    }
    return Ask.of(batch, {names[name]: value for name, value in given.items()})


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _finished(kind: Any, read: Read) -> Read:
    """A function from a row to the finished leaf, or list of leaves."""
    finish = _finish(kind)
    return lambda row: finish(read(row))


def _finish(kind: Any) -> Read:
    if is_non_null_type(kind):
        inner = _finish(kind.of_type)

        def required(value: Any) -> Any:
            if value is None:
                raise ValueError
            return inner(value)

        return required
    if is_list_type(kind):
        item = _finish(kind.of_type)
        return lambda value: None if value is None else [item(each) for each in value]
    coerce = kind.coerce_output_value

    def leaf(value: Any) -> Any:
        if value is None:
            return None
        finished = coerce(value)
        if finished is None:
            raise ValueError
        return finished

    return leaf
