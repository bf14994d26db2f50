"""Whether an operation can be compiled: what a document asks for, looked at once."""

from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_input_object_type,
    visit,
)

from resolvers.fields import BATCH, ROW
from schema.compiled.reasons import NotCompiledError, Reason
from schema.limits import INTROSPECTION
from schema.plan import DEFINITION

CONDITIONS = frozenset({"skip", "include"})


class _Scan(Visitor):
    """Refuses what can't be compiled, and collects the variables that conditions depend on."""

    def __init__(self, info: TypeInfo, schema: GraphQLSchema) -> None:
        super().__init__()
        self._info = info
        self._schema = schema
        self._roots = {kind for kind in (schema.query_type, schema.mutation_type) if kind is not None}
        self.switches: set[str] = set()
        self.spread: set[str] = set()

    def enter_field(self, node: Any, *_: Any) -> None:
        name, parent = node.name.value, self._info.get_parent_type()
        if name in INTROSPECTION:
            raise NotCompiledError(Reason.INTROSPECTION)
        if name == "__typename" or parent is None or parent in self._roots:
            return
        kinds: Any = self._schema.get_possible_types(parent) if is_abstract_type(parent) else [parent]
        for kind in kinds:
            check_field(kind, name)

    def enter_directive(self, node: Any, *_: Any) -> None:
        if node.name.value not in CONDITIONS:
            raise NotCompiledError(Reason.DIRECTIVE)
        self.switches |= {
            each.value.name.value for each in node.arguments or () if isinstance(each.value, VariableNode)
        }

    def enter_fragment_spread(self, node: Any, *_: Any) -> None:
        self.spread.add(node.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        if node.variable_definitions:
            raise NotCompiledError(Reason.FRAGMENT_ARGUMENTS)


def check_field(kind: GraphQLObjectType, name: str) -> None:
    """NotCompiledError for a field below the root whose values are not read from rows or asked of all at once."""
    definition: Any = kind.fields[name]
    ours = definition.extensions.get(DEFINITION)
    if ours is None or ours.extensions or not (BATCH in ours.metadata or ROW in ours.metadata or ours.is_basic_field):
        raise NotCompiledError(Reason.RESOLVER)
    if any(is_input_object_type(get_named_type(each.type)) for each in definition.args.values()):
        raise NotCompiledError(Reason.INPUT_OBJECT)


def switches_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The variables that @skip and @include depend on, in an operation and the fragments that it spreads.

    NotCompiledError with the reason if something in them can't be compiled.
    """
    if operation.operation is OperationType.SUBSCRIPTION:
        raise NotCompiledError(Reason.SUBSCRIPTION)
    info = TypeInfo(schema)
    scan = _Scan(info, schema)
    visit(operation, TypeInfoVisitor(info, scan))
    seen: set[str] = set()
    while scan.spread > seen:
        name = min(scan.spread - seen)
        seen.add(name)
        visit(fragments[name], TypeInfoVisitor(info, scan))
    return tuple(sorted(scan.switches))
