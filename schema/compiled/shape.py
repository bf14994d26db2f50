"""What a compiled operation is made of. It holds nothing of who asks: the resolvers that it calls mind permissions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType
from graphql.execution.values import VariableValues

from resolvers.batch import Ask, Selected
from schema.compiled.leaves import Finish
from schema.compiled.source import Build

AskOf = Callable[[VariableValues], Ask]
"""What a batched field asks for, by the variables."""
Read = Callable[[Any], Any]


@dataclass(eq=False, slots=True)
class FieldShape:
    """One key of an answer, of one type at one place of an operation."""

    key: str
    details: Any
    """graphql-core's nodes of the field."""
    parent: GraphQLObjectType
    definition: GraphQLField
    named: GraphQLNamedType
    required: tuple[bool, ...]
    """Whether null is forbidden: of the outermost list first, of the values inside last."""
    ask: AskOf | None = None
    read: Read | None = None
    """How it follows from a row, if it is not asked for. A root field has neither: it is resolved by its resolver."""
    leaf: Finish | None = None
    """What finishes its innermost values; None for objects."""
    shapes: dict[str, "Shape"] = field(default_factory=dict)
    """What is selected below it, by the name of the type; made when a value of the type is first met."""
    kinds: dict[type, GraphQLObjectType] = field(default_factory=dict)
    """The types of values whose class alone tells."""
    rows: type[Any] | None = None
    """The model of the rows that it gives, if it is asked for and can give them with fewer columns."""
    selected: Selected | None = None
    """What is read of these rows; found out when it is first asked for."""

    @property
    def name(self) -> str:
        """What it is, as the schema calls it: `Incident.roles`."""
        return f"{self.parent.name}.{self.details[0].node.name.value}"


@dataclass(eq=False, slots=True)
class Shape:
    """The selection of one type at one place of an operation."""

    asked: Sequence[tuple[int, FieldShape]]
    """Batched fields, by their place in the selection."""
    met: Sequence[tuple[int, FieldShape]]
    """Fields whose objects or lists are read from the row."""
    width: int
    """How many fields there are."""
    build: Build
    needs: frozenset[str] | None
    """What all its fields read of their row, by name; None if one of them does not say."""


@dataclass(frozen=True, slots=True)
class Roots:
    """The root of an operation under one choice of what @skip and @include leave in it."""

    fields: dict[str, FieldShape | str]
    """By key; a text is the name of the root's type."""
