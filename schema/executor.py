"""The executor: graphql-core's, except that batched fields are resolved for all parents before any is completed.

When a root field has its value, `_foresee` goes down the selection level by level: it calls each batched field once for
all parents of a level and keeps the values. Completing then meets plain values only and awaits nothing. It is also
quicker than the original where that makes no difference: leaves of rows are read and coerced directly, and whatever is
unusual about one goes the original way, so that paths, messages and the propagation of nulls are graphql-core's own.
"""

from collections.abc import Iterable
from typing import Any, cast

from graphql import GraphQLObjectType, OperationType, is_abstract_type
from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from resolvers.batch import Ask
from schema.plan import FieldPlan, plan_field

Parents = list[Any]
Level = list[tuple[Any, Any, Parents]]
"""Places of an operation, as (named type, field details, values of that type)."""


class BatchExecutor(Executor[Any]):
    """See the module. One per operation; give it to graphql-core's `execute` and `subscribe`."""

    foresees = True
    """Whether batched fields are resolved ahead; the differential test turns it off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, int], dict[str, FieldPlan]] = {}
        self._fields: dict[tuple[str, int], FieldPlan | None] = {}
        # By type and the identity of what graphql-core collected, which it keeps alive while the operation runs.

    def build_resolve_info(self, field_def: Any, field_nodes: Any, parent_type: Any, path: Path) -> Any:
        """The original, with variables as plain values, which Strawberry expects."""
        info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
        return info._replace(variable_values=cast("Any", self.variable_values.coerced))

    def get_stream_usage(self, field_details_list: Any, path: Path) -> None:
        """Nothing is streamed: the schema has no @stream."""

    # ---- ahead of completion

    async def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        """The original; a root field's selection is foreseen first."""
        if path.prev is None and self.foresees:
            result = self._foreseen(field_details_list, info, result)
        return await super().complete_awaitable_value(
            return_type, field_details_list, info, path, result, position_context
        )

    async def _foreseen(self, details: Any, info: Any, result: Any) -> Any:
        value = await result
        field = plan_field(details, info.parent_type.fields[info.field_name], dict)
        await self._foresee([(field.named, details, list(_flat(value, field.lists)))] if field.composite else [])
        return value

    async def _foresee(self, level: Level) -> None:
        while level:
            asked: dict[Any, tuple[Ask, list[tuple[FieldPlan, Parents]]]] = {}
            stack, level = level, []
            while stack:
                named, details, values = stack.pop()
                for kind, parents in self._by_type(named, values):
                    for field in self._plan(kind, details).values():
                        if field.ask is not None:
                            asked.setdefault(field.ask.key, (field.ask, []))[1].append((field, parents))
                        elif field.read is not None and field.composite:
                            read = [_attempt(field.read, parent) for parent in parents]
                            stack.append((field.named, field.details, _below(read, field)))
            for ask, users in asked.values():
                everyone = [parent for _, parents in users for parent in parents]
                values = iter(await self.context_value.batches.foresee(ask, everyone))
                for field, parents in users:
                    own = [next(values) for _ in parents]
                    if field.composite:
                        level.append((field.named, field.details, _below(own, field)))

    def _by_type(self, named: Any, values: Parents) -> Iterable[tuple[GraphQLObjectType, Parents]]:
        """The values by their type, which an interface leaves open; of those without one graphql-core will complain."""
        if not values:
            return []
        if not is_abstract_type(named):
            return [(named, values)]
        found: dict[Any, Parents] = {}
        for value in values:
            for kind in self.schema.get_possible_types(named):
                if kind.is_type_of is not None and kind.is_type_of(value, cast("Any", None)):
                    found.setdefault(kind, []).append(value)
                    break
        return found.items()

    def _plan(self, parent_type: GraphQLObjectType, details: Any) -> dict[str, FieldPlan]:
        """The fields selected below a place for a type, by response name."""
        groups = self.collect_subfields(parent_type, details).grouped_field_set
        return self._plan_of(parent_type, groups)

    def _plan_of(self, parent_type: GraphQLObjectType, groups: Any) -> dict[str, FieldPlan]:
        key = (parent_type.name, id(groups))
        found = self._plans.get(key)
        if found is None:
            fields = {name: self._field(parent_type, details) for name, details in groups.items()}
            found = self._plans[key] = {name: field for name, field in fields.items() if field is not None}
        return found

    def _field(self, parent_type: GraphQLObjectType, details: Any) -> FieldPlan | None:
        """The plan of one field; None for one that the type has not."""
        key = (parent_type.name, id(details))
        if key not in self._fields:
            node, fragment = details[0].node, details[0].fragment_variable_values
            definition: Any = self.schema.get_field(parent_type, node.name.value)

            def arguments() -> dict[str, Any]:
                return get_argument_values(definition, node, self.variable_values, fragment, self.hide_suggestions)

            self._fields[key] = None if definition is None else plan_field(details, definition, arguments)
        return self._fields[key]

    # ---- completion

    def execute_fields(
        self, parent_type: Any, source_value: Any, path: Path | None, grouped_field_set: Any, position_context: Any
    ) -> Any:
        """The original, for what is not a leaf of a row."""
        if path is None or source_value is None:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        results: dict[str, Any] = dict.fromkeys(grouped_field_set)
        plan = self._plan_of(parent_type, grouped_field_set)
        others: dict[str, Any] = {}
        for name, details in grouped_field_set.items():
            field = plan.get(name)
            if field is not None and field.leaf is not None:
                try:
                    results[name] = field.leaf(source_value)
                    continue
                except Exception:  # noqa: BLE001, S110 (the original meets the same below and reports it)
                    pass
            others[name] = details
        if not others:
            return results
        rest: Any = super().execute_fields(parent_type, source_value, path, others, position_context)
        if self.is_awaitable(rest):
            return _merged(results, rest)
        results.update(rest)
        return results

    def execute_field(
        self, parent_type: Any, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        """The original; fields whose value is at hand are completed without calling a resolver."""
        field = self._at_hand(parent_type, field_details_list, path)
        if field is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        kind = field.definition.type
        try:
            if path.prev is None:
                value = _itself(source)
            elif field.ask is not None:
                value = self.context_value.batches.value(field.ask, source)
            else:
                value = field.read(source)  # type: ignore[misc]  # _at_hand sees to it
            if self.is_awaitable(value):
                return self.complete_awaitable_value(
                    kind, field_details_list, field.info, path, value, position_context
                )
            completed = self.complete_value(kind, field_details_list, field.info, path, value, position_context)
        except Exception as error:  # noqa: BLE001 (every error of a field is its own, and collected)
            self.handle_field_error(error, kind, field_details_list, path)
            return None
        if self.is_awaitable(completed):
            return self._completed(completed, kind, field_details_list, path)
        return completed

    async def _completed(self, completed: Any, kind: Any, details: Any, path: Path) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 (as above)
            self.handle_field_error(error, kind, details, path)
            return None

    def _at_hand(self, parent_type: Any, details: Any, path: Path) -> FieldPlan | None:
        """The plan of a field that needs no resolver: one of a row, or the event of a subscription."""
        field = self._field(parent_type, details)
        if field is None:
            return None
        if path.prev is None:
            if self.operation.operation is not OperationType.SUBSCRIPTION or not field.composite:
                return None
        elif field.ask is None and field.read is None:
            return None
        if field.info is None:
            field.info = self.build_resolve_info(field.definition, [each.node for each in details], parent_type, path)
        return field


async def _itself(event: Any) -> Any:
    """The event of a subscription as an awaitable, so that its selection is foreseen like a root field's."""
    return event


async def _merged(results: dict[str, Any], rest: Any) -> dict[str, Any]:
    results.update(await rest)
    return results


def _attempt(read: Any, row: Any) -> Any:
    """The value, or None: completing meets the same error and reports it."""
    try:
        return read(row)
    except Exception:  # noqa: BLE001 (as the docstring says)
        return None


def _below(values: list[Any], field: FieldPlan) -> Parents:
    """The objects inside the values of a field."""
    return [item for value in values for item in _flat(value, field.lists)]


def _flat(value: Any, lists: int) -> Iterable[Any]:
    """The values inside so many lists, without nulls and errors."""
    if value is None or isinstance(value, Exception):
        return
    if lists == 0:
        yield value
        return
    for item in value:
        yield from _flat(item, lists - 1)
