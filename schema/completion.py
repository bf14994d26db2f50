"""Completing values that are all at hand, without a thought for what may go wrong.

graphql-core completes an answer field by field, knows at every step where it is, and is ready for anything. Here an
object is one comprehension over functions that were put together once per selection. Anything unusual (an error, a null
that must not be, a value that its leaf refuses) raises, and the executor lets graphql-core complete the same values
again: paths, messages and the propagation of nulls are then its own. An answer with errors costs a second completion;
one without pays nothing for them.
"""

from collections.abc import Callable
from typing import Any

from graphql import is_abstract_type, is_leaf_type, is_list_type, is_non_null_type

from resolvers.batch import Batches
from schema.plan import FieldPlan

Finish = Callable[[Any], Any]
Plans = Callable[[Any, Any], dict[str, FieldPlan]]
KindOf = Callable[[Any, Any], Any]


class UnusualError(Exception):
    """graphql-core has to look at this."""


class Completion:
    """The completion of one root field."""

    def __init__(self, batches: Batches, plans: Plans, kind_of: KindOf) -> None:
        self._batches = batches
        self._plans = plans
        self._kind_of = kind_of

    def value(self, field: FieldPlan, value: Any) -> Any:
        """The finished value of a field."""
        return self._finish(field.definition.type, field)(value)

    def _finish(self, kind: Any, field: FieldPlan) -> Finish:
        if is_non_null_type(kind):
            inner = self._finish(kind.of_type, field)

            def required(value: Any) -> Any:
                if value is None:
                    raise UnusualError
                return inner(value)

            return required
        inside = self._finish_present(kind, field)
        return lambda value: None if value is None else inside(value)

    def _finish_present(self, kind: Any, field: FieldPlan) -> Finish:
        if is_list_type(kind):
            item = self._finish(kind.of_type, field)
            return lambda values: [item(value) for value in values]
        if is_leaf_type(kind):
            return _leaf(kind.coerce_output_value)
        if is_abstract_type(kind):
            return lambda value: self._object(self._kind_of(kind, value), field)(value)
        return self._object(kind, field)

    def _object(self, kind: Any, field: FieldPlan) -> Finish:
        if kind is None:
            raise UnusualError
        fields = [(name, self._from_row(below)) for name, below in self._plans(kind, field.details).items()]
        is_type_of = kind.is_type_of

        def build(row: Any) -> dict[str, Any]:
            if is_type_of is not None and not is_type_of(row, None):
                raise UnusualError
            return {name: finished(row) for name, finished in fields}

        return build

    def _from_row(self, field: FieldPlan) -> Finish:
        """The finished value of a field from its row."""
        finish = self._finish(field.definition.type, field)
        read = field.read
        if read is not None:
            if field.composite:
                read = field.meet
            return lambda row: finish(read(row))
        if field.ask is None:
            raise UnusualError
        known = self._batches.known(field.ask)

        def batched(row: Any) -> Any:
            value = known[id(row)][1]
            if isinstance(value, Exception):
                raise UnusualError
            return finish(value)

        return batched


def _leaf(coerce: Finish) -> Finish:
    def leaf(value: Any) -> Any:
        finished = coerce(value)
        if finished is None:
            raise UnusualError
        return finished

    return leaf
