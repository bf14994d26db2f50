"""Documents that ask for everything in the schema, and what of the schema a document asks for."""

import functools
from collections.abc import Iterator

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    get_named_type,
    is_composite_type,
)

from resolvers.batch import Batch
from resolvers.fields import BATCH
from resolvers.page import PAGING
from schema.build import core
from schema.execution import documents
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


class _Seen:
    """Walks through a valid document by itself: TypeInfo knows far more at each node, and takes five times as long."""

    def __init__(self, document: DocumentNode) -> None:
        self.names: set[str] = set()
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self._below(core.get_root_type(definition.operation), definition.selection_set)

    def _below(self, parent, selections) -> None:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                if node.name.value[:2] != "__":
                    self._field(parent, node)
                continue
            inner = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            on = inner.type_condition
            self._below(core.type_map[on.name.value] if on else parent, inner.selection_set)

    def _field(self, parent, node) -> None:
        name = f"{parent.name}.{node.name.value}"
        field = parent.fields[node.name.value]
        self.names.add(name)
        for argument in node.arguments or ():
            self.names.add(f"{name}({argument.name.value})")
            self._value(field.args[argument.name.value].type, argument.value)
        self._below(get_named_type(field.type), node.selection_set)

    def _value(self, kind, node) -> None:
        kind = get_named_type(kind)
        if isinstance(node, ListValueNode):
            for each in node.values:
                self._value(kind, each)
        elif isinstance(node, EnumValueNode):
            self.names.add(f"{kind.name}.{node.value}")
        elif isinstance(node, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):  # no line of a JSON scalar
            for each in node.fields:
                self.names.add(f"{kind.name}.{each.name.value}")
                self._value(kind.fields[each.name.value].type, each.value)


@functools.cache
def named_in(document: str) -> set[str]:
    """What of the schema a document names: `Type.field`, `Type.field(argument)`, `Input.field`, `Enum.VALUE`."""
    return _Seen(documents.read(document).ast).names


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
