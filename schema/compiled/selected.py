"""Which columns of the rows of a field an operation reads, so that no others are asked of the database."""

from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLObjectType, is_abstract_type
from graphql.execution.values import VariableValues

from core.rows import names_of
from resolvers.batch import EVERYTHING, Selected
from schema.compiled.shape import FieldShape

if TYPE_CHECKING:
    from schema.compiled.operation import Operation

GOES_ON = frozenset({"has_next_page", "has_previous_page"})
"""What only one row more than the page has can tell (resolvers.page)."""


def selected_of(operation: "Operation", field: FieldShape, variables: VariableValues) -> Selected:
    """What is read of the rows that a field gives: they are its values, or further down in what it gives.

    All columns, if one of what is selected does not say what it reads (`needs`), or reads what is no column and no
    fact of which the model says what it follows from (`reads`).
    """
    model = field.rows
    if model is None:
        return EVERYTHING
    found = _Found(model)
    if not found.look(operation, field, variables):
        return EVERYTHING
    own, facts = (*names_of(cast("Any", model)), *getattr(model, "beside", ())), getattr(model, "reads", {})
    needs = {column for name in found.needs for column in facts.get(name, (name,))}
    if not needs <= set(own):
        return EVERYTHING
    return Selected(tuple(name for name in own if name in needs), found.more)


class _Found:
    def __init__(self, model: type[Any]) -> None:
        self._model = model
        self.needs: set[str] = set()
        self.more = False

    def look(self, operation: "Operation", field: FieldShape, variables: VariableValues) -> bool:
        """Look below a field. False if it can't be told."""
        if not isinstance(field.named, GraphQLObjectType) or is_abstract_type(field.named):
            return field.leaf is not None
        shape = operation.shape(field, field.named, variables)
        if getattr(field.named.is_type_of, "model", None) is self._model:
            if shape.needs is None:
                return False
            self.needs |= shape.needs
            return True
        self.more = self.more or shape.needs is None or not GOES_ON.isdisjoint(shape.needs)
        return not shape.asked and all(self.look(operation, each, variables) for _, each in shape.met)
