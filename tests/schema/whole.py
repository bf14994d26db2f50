"""Documents that ask for everything in the schema, and what of the schema a document asks for."""

import functools
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_composite_type,
    parse,
    visit,
)

from resolvers.batch import Batch
from resolvers.fields import BATCH
from resolvers.page import PAGING
from schema.build import core
from schema.plan import DEFINITION

Arguments = dict[str, list[str]]
"""By `Type.field`: the arguments to ask with, one text for each way."""


def object_types() -> Iterator[GraphQLObjectType]:
    """The object types of our own."""
    return (kind for kind in core.type_map.values() if isinstance(kind, GraphQLObjectType) and kind.name[:2] != "__")


def batches() -> dict[str, Batch]:
    """Every batched field by `Type.field`."""
    return {
        f"{kind.name}.{name}": field.extensions[DEFINITION].metadata[BATCH]
        for kind in object_types()
        for name, field in kind.fields.items()
        if DEFINITION in field.extensions and BATCH in field.extensions[DEFINITION].metadata
    }


def asked(kind: GraphQLObjectType, name: str, arguments: Arguments) -> list[str]:
    """The ways to ask for a field; a field that needs arguments must have some."""
    field = kind.fields[name]
    ways = arguments.get(f"{kind.name}.{name}")
    if ways is None:
        paged = set(PAGING) <= set(field.args)
        ways = ["(first: 2)", "(last: 2)"] if paged else [""]
    return [f"{name}{way}" for way in ways]


def selection(kind, arguments: Arguments, depth: int, above: tuple[str, ...] = ()) -> str:
    """Everything below a value of a type, so many levels down and no type below itself.

    Of a field that is asked for in several ways, what lies below it is asked for in the first of them.
    """
    if not isinstance(kind, GraphQLObjectType):
        return "__typename id"
    parts = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        for number, way in enumerate(asked(kind, name, arguments)):
            alias = f"{name}_{number}: " if number else ""
            if not is_composite_type(below):
                parts.append(alias + way)
            elif below.name not in above and (depth > 0 or is_shell(below)):
                deep = -1 if number else depth - (not is_shell(kind))
                inner = selection(below, arguments, deep, (*above, kind.name))
                parts.append(f"{alias}{way} {{ {inner} }}")
    return " ".join(parts)


def is_shell(kind) -> bool:
    """Whether a type only wraps others: connections, edges, page infos, payloads."""
    return kind.name.endswith(("Connection", "Edge", "PageInfo", "Payload"))


class _Seen(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.names: set[str] = set()

    def enter_field(self, node, *_) -> None:
        parent = self.info.get_parent_type()
        if parent is not None and node.name.value[:2] != "__":
            self.names.add(f"{parent.name}.{node.name.value}")
            self.names |= {f"{parent.name}.{node.name.value}({a.name.value})" for a in node.arguments or ()}

    def enter_object_field(self, node, *_) -> None:
        parent = get_named_type(self.info.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType):
            self.names.add(f"{parent.name}.{node.name.value}")

    def enter_enum_value(self, node, *_) -> None:
        kind = get_named_type(self.info.get_input_type())
        if isinstance(kind, GraphQLEnumType):
            self.names.add(f"{kind.name}.{node.value}")


@functools.cache
def named_in(document: str) -> set[str]:
    """What of the schema a document names: `Type.field`, `Type.field(argument)`, `Input.field`, `Enum.VALUE`."""
    info = TypeInfo(core)
    seen = _Seen(info)
    visit(parse(document), TypeInfoVisitor(info, seen))
    return seen.names


def there_is() -> set[str]:
    """The fields of all object types, the arguments of those that read, the lines of filters, and the orders."""
    found = set()
    for kind in object_types():
        for name, field in kind.fields.items():
            found.add(f"{kind.name}.{name}")
            if kind is not core.mutation_type:
                found |= {f"{kind.name}.{name}({argument})" for argument in field.args}
    for kind in core.type_map.values():
        if isinstance(kind, GraphQLInputObjectType) and kind.name.endswith("Filter"):
            found |= {f"{kind.name}.{name}" for name in kind.fields}
        if isinstance(kind, GraphQLEnumType) and kind.name.endswith("Order"):
            found |= {f"{kind.name}.{name}" for name in kind.values}
    return found
