"""Whether an operation can be compiled: what a document asks for, looked at once."""

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_input_object_type,
)

from resolvers.fields import BATCH, ROW
from schema.compiled.reasons import NotCompiledError, Reason
from schema.limits import INTROSPECTION
from schema.plan import DEFINITION

CONDITIONS = frozenset({"skip", "include"})


class _Scan:
    """Refuses what can't be compiled, and collects the variables that conditions depend on.

    Walks through a valid document by itself: graphql-core's visitor with its TypeInfo takes several times as long.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._roots = {kind for kind in (schema.query_type, schema.mutation_type) if kind is not None}
        self.switches: set[str] = set()
        self.spread: set[str] = set()

    def operation(self, node: OperationDefinitionNode) -> None:
        """Look at an operation, without the fragments that it spreads."""
        for variable in node.variable_definitions or ():
            self._directives(variable)
        self._directives(node)
        self._below(self._schema.get_root_type(node.operation), node.selection_set)

    def fragment(self, node: FragmentDefinitionNode) -> None:
        """Look at a fragment."""
        if node.variable_definitions:
            raise NotCompiledError(Reason.FRAGMENT_ARGUMENTS)
        self._directives(node)
        self._below(self._schema.type_map[node.type_condition.name.value], node.selection_set)

    def _below(self, parent: Any, selections: SelectionSetNode | None) -> None:
        for node in selections.selections if selections is not None else ():
            if isinstance(node, FieldNode):
                self._field(parent, node)
            elif isinstance(node, InlineFragmentNode):
                self._directives(node)
                on = node.type_condition
                self._below(parent if on is None else self._schema.type_map[on.name.value], node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                self._directives(node)
                self.spread.add(node.name.value)

    def _field(self, parent: Any, node: FieldNode) -> None:
        name = node.name.value
        if name in INTROSPECTION:
            raise NotCompiledError(Reason.INTROSPECTION)
        if name != "__typename" and parent not in self._roots:
            kinds: Any = self._schema.get_possible_types(parent) if is_abstract_type(parent) else [parent]
            for kind in kinds:
                check_field(kind, name)
        if node.directives:
            self._directives(node)
        if node.selection_set is not None:
            self._below(get_named_type(parent.fields[name].type), node.selection_set)

    def _directives(self, node: Any) -> None:
        for directive in node.directives or ():
            if directive.name.value not in CONDITIONS:
                raise NotCompiledError(Reason.DIRECTIVE)
            self.switches |= {
                each.value.name.value for each in directive.arguments or () if isinstance(each.value, VariableNode)
            }


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
    scan = _Scan(schema)
    scan.operation(operation)
    seen: set[str] = set()
    while scan.spread > seen:
        name = min(scan.spread - seen)
        seen.add(name)
        scan.fragment(fragments[name])
    return tuple(sorted(scan.switches))
