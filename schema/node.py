"""Everything that has an id of its own (GraphQL Global Object Identification)."""

from collections.abc import Callable
from typing import Any, cast

import strawberry

from core.ids import encode
from resolvers.fields import column, computed

ID = "The opaque id: hand it back exactly as it was returned. `Query.node` finds it again."


@strawberry.interface(description="Something that has an id of its own and can be fetched again by it.")
class Node:
    id: strawberry.ID = column(ID)


def identity(noun: str, attribute: str = "id") -> Any:
    """The `id` field of a type whose rows have their key in `attribute`."""
    return computed(lambda row: encode(noun, getattr(row, attribute)), description=ID, needs=[attribute])


def is_row_of(model: type[Any]) -> Callable[[Any, Any], bool]:
    """How graphql-core tells of which type a row is: frozen rows know their model (core.rows)."""

    def is_type_of(row: Any, _info: Any) -> bool:
        return getattr(row, "model", None) is model

    cast("Any", is_type_of).by_class = True  # schema.compiled asks once for each class
    cast("Any", is_type_of).model = model
    return is_type_of
