"""An operation in compiled form: what is asked for at each place, found out once and kept with its document."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_argument_values

from resolvers.batch import Ask, Selected
from resolvers.fields import BATCH, NEEDS, ROW, ROWS
from schema.compiled.leaves import Finish, leaf
from schema.compiled.reasons import NotCompiledError, Reason, UnusualError
from schema.compiled.scan import switches_of
from schema.compiled.selected import selected_of
from schema.compiled.shape import AskOf, FieldShape, Roots, Shape
from schema.compiled.source import Line, build
from schema.limits import children
from schema.plan import DEFINITION, ask_of

MOST_VARIANTS = 16
"""Choices of conditions for which an operation is kept in compiled form."""


class Operation:
    """One operation of a valid document. NotCompiledError if it is for graphql-core."""

    def __init__(
        self,
        schema: GraphQLSchema,
        node: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        special: Mapping[str, Finish],
    ) -> None:
        self.schema = schema
        self.node = node
        self.fragments = fragments
        self._details = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        self._special = special
        self._switches = switches_of(schema, node, fragments)
        self._variants: dict[tuple[Any, ...], Roots] = {}

    def roots(self, variables: VariableValues) -> Roots:
        """The root's fields, as far as conditions leave them in. NotCompiledError if one of them can't be told."""
        key = tuple(variables.coerced.get(name, Undefined) for name in self._switches)
        found = self._variants.get(key)
        if found is None:
            if not all(isinstance(value, bool) for value in key):
                raise NotCompiledError(Reason.CONDITION)
            if len(self._variants) >= MOST_VARIANTS:
                self._variants.clear()
            found = self._variants[key] = self._roots(variables)
        return found

    def _roots(self, variables: VariableValues) -> Roots:
        root: Any = self.schema.get_root_type(self.node.operation)
        try:
            groups = collect_fields(self.schema, self._details, variables, root, self.node).grouped_field_set
        except GraphQLError as error:
            raise NotCompiledError(Reason.CONDITION) from error
        return Roots({key: self._root(root, key, details) for key, details in groups.items()})

    def _root(self, root: GraphQLObjectType, key: str, details: Any) -> FieldShape | str:
        if details[0].node.name.value == "__typename":
            return root.name
        made = self._field(root, key, details)
        made.rows = made.definition.extensions[DEFINITION].metadata.get(ROWS)
        return made

    def shape(self, field: FieldShape, kind: GraphQLObjectType, variables: VariableValues) -> Shape:
        """What is selected below a field for a type. The variables count only as far as conditions depend on them."""
        found = field.shapes.get(kind.name)
        if found is None:
            found = field.shapes[kind.name] = self._shape(field, kind, variables)
        return found

    def _shape(self, field: FieldShape, kind: GraphQLObjectType, variables: VariableValues) -> Shape:
        try:
            groups = collect_subfields(self.schema, self._details, variables, self.node, kind, field.details)
        except GraphQLError as error:
            raise UnusualError from error
        asked, met, lines, needs = [], [], [], []
        for number, (key, details) in enumerate(groups.grouped_field_set.items()):
            name = details[0].node.name.value
            if name == "__typename":
                lines.append(Line(key, constant=kind.name))
                continue
            below = self._field(kind, key, details)
            ours = below.definition.extensions[DEFINITION]
            needs.append(needs_of(ours))
            if BATCH in ours.metadata:
                below.ask = _asking(below, ours)
                below.rows = ours.metadata[BATCH].rows
                asked.append((number, below))
                lines.append(Line(key))
                continue
            computed: Callable[[Any], Any] | None = ours.metadata.get(ROW)
            below.read = computed or attrgetter(ours.python_name)
            if below.leaf is None or len(below.required) > 1:
                met.append((number, below))
                lines.append(Line(key))
            elif computed is not None:
                lines.append(Line(key, read=computed, finish=below.leaf))
            else:
                lines.append(Line(key, attribute=ours.python_name, finish=below.leaf))
        told = [each for each in needs if each is not None]
        read = frozenset().union(*told) if len(told) == len(needs) else None
        return Shape(asked, met, len(lines), build(lines), read)

    def selected(self, field: FieldShape, variables: VariableValues) -> Selected:
        """What is read of the rows that a batched field gives."""
        if field.selected is None:
            field.selected = selected_of(self, field, variables)
        return field.selected

    def _field(self, parent: GraphQLObjectType, key: str, details: Any) -> FieldShape:
        definition = parent.fields[details[0].node.name.value]
        required: list[bool] = [False]
        kind: Any = definition.type
        while is_non_null_type(kind) or is_list_type(kind):
            if is_non_null_type(kind):
                required[-1] = True
            else:
                required.append(False)
            kind = kind.of_type
        made = FieldShape(key, details, parent, definition, kind, tuple(required))
        if is_leaf_type(kind):
            made.leaf = leaf(kind, required=required[-1], special=self._special)
        return made


def needs_of(ours: Any) -> Sequence[str] | None:
    """What a field of Strawberry's reads of its row; None if it does not say."""
    if BATCH in ours.metadata or ROW in ours.metadata:
        told: Sequence[str] | None = ours.metadata.get(NEEDS)
        return told
    return (ours.python_name,)


def _asking(field: FieldShape, ours: Any) -> AskOf:
    """What a batched field asks for. UnusualError if its arguments are wrong."""
    definition, node = field.definition, field.details[0].node

    def ask(variables: VariableValues) -> Ask:
        made = ask_of(ours.metadata[BATCH], ours, lambda: get_argument_values(definition, node, variables))
        if made is None:
            raise UnusualError
        return made

    if any(_names_variable(argument) for argument in node.arguments or ()):
        return ask
    known: list[Ask] = []

    def same(variables: VariableValues) -> Ask:
        if not known:
            known.append(ask(variables))
        return known[0]

    return same


def _names_variable(node: Any) -> bool:
    return isinstance(node, VariableNode) or any(_names_variable(child) for child in children(node))
