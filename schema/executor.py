"""The executor: graphql-core's, except that batched fields are resolved for all parents before any is completed.

When a root field has its value, `_foresee` goes down the selection level by level: it calls each batched field once
for all parents of a level and keeps the values. What is left is completed at once (schema.completion), or, if anything
about it is unusual, by graphql-core, whose fields then find plain values and await nothing.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from itertools import islice
from typing import Any, cast

from graphql import GraphQLObjectType, OperationType, is_abstract_type
from graphql.execution import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from resolvers.batch import Ask
from schema.completion import Completion
from schema.limits import MAX_OBJECTS, too_expensive
from schema.plan import FieldPlan, plan_field

Parents = list[Any]
Level = list[tuple[Any, Any, Parents]]
"""Places of an operation, as (named type, field details, values of that type)."""
Asked = dict[Any, tuple[Ask, list[tuple[FieldPlan, Parents]]]]
"""What a level asks for, and for whom, by the key of the question."""


class BatchExecutor(Executor[Any]):
    """See the module. One per operation; give it to graphql-core's `execute` and `subscribe`."""

    foresees = True
    """Whether batched fields are resolved ahead; off, this is graphql-core, which the differential test compares."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._objects = 0
        self._turn = asyncio.Lock()
        # Root fields come one after the other. They share a connection anyway, and what a hundred of them compute
        # before they first ask the database would otherwise be one piece, in which nobody else is served.
        self._plans: dict[tuple[str, int], dict[str, FieldPlan]] = {}
        # By type and the identity of the details, which graphql-core keeps alive while the operation runs.

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """The original; nothing of one event is kept for the next."""
        executor = super().build_per_event_executor(payload)
        if isinstance(executor, BatchExecutor):
            executor._objects, executor._plans = 0, {}  # noqa: SLF001 (it is one of these)
        return executor

    def build_resolve_info(self, field_def: Any, field_nodes: Any, parent_type: Any, path: Path) -> Any:
        """The original, with variables as plain values, which Strawberry expects."""
        info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
        return info._replace(variable_values=cast("Any", self.variable_values.coerced))

    def execute_field(
        self, parent_type: Any, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        """The original; an event of a subscription is a root field's value like any other."""
        if path.prev is None and self.operation.operation is OperationType.SUBSCRIPTION:
            definition = parent_type.fields.get(field_details_list[0].node.name.value)
            if definition is not None:
                nodes = [each.node for each in field_details_list]
                info = self.build_resolve_info(definition, nodes, parent_type, path)
                return self.complete_awaitable_value(
                    definition.type, field_details_list, info, path, _itself(source), position_context
                )
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    async def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        """The original for all but root fields, whose selections are foreseen and completed at once."""
        if path.prev is not None or not self.foresees:
            return await super().complete_awaitable_value(
                return_type, field_details_list, info, path, result, position_context
            )
        async with self._turn:
            try:
                value = await self.with_abort_signal(result)
                field = plan_field(info.parent_type, field_details_list, info.parent_type.fields[info.field_name], dict)
                if field.composite:
                    await self._foresee([(field.named, field_details_list, self._counted(_flat(value, field.lists)))])
            except Exception as error:  # noqa: BLE001 (every error of a field is its own, and collected)
                self.handle_field_error(error, return_type, field_details_list, path)
                return None
            try:
                return Completion(self.context_value.batches, self._plan, self._kind_of).value(field, value)
            except Exception:  # noqa: BLE001 (graphql-core meets the same and says what it is)
                return await super().complete_awaitable_value(
                    return_type, field_details_list, info, path, _itself(value), position_context
                )

    async def _foresee(self, level: Level) -> None:
        while level:
            asked: Asked = {}
            stack, level = level, []
            while stack:
                named, details, values = stack.pop()
                for kind, parents in self._by_type(named, values):
                    for field in self._plan(kind, details).values():
                        if field.ask is not None:
                            asked.setdefault(field.ask.key, (field.ask, []))[1].append((field, parents))
                        elif field.read is not None and field.composite:
                            read = [field.meet(parent) for parent in parents]
                            stack.append((field.named, field.details, self._counted(_below(read, field))))
            if not asked:
                return
            with self.context_value.course.level(partial(_names_of, asked), _parents_of(asked)):
                level = await self._ask(asked)

    async def _ask(self, asked: Asked) -> Level:
        """Ask all parents of a level; what is below them."""
        level: Level = []
        for ask, users in asked.values():
            everyone = [parent for _, parents in users for parent in parents]
            values = iter(await self.context_value.batches.foresee(ask, everyone))
            for field, parents in users:
                own = [next(values) for _ in parents]
                if field.composite:
                    level.append((field.named, field.details, self._counted(_below(own, field))))
        return level

    def _counted(self, objects: Iterable[Any]) -> Parents:
        """The objects, counted while they are gathered: references may be far more than the rows behind them."""
        counted = list(islice(objects, MAX_OBJECTS - self._objects + 1))
        self._objects += len(counted)
        if self._objects > MAX_OBJECTS:
            raise too_expensive("objects in its answer", f"more than {MAX_OBJECTS}", MAX_OBJECTS)
        return counted

    def _by_type(self, named: Any, values: Parents) -> Iterable[tuple[GraphQLObjectType, Parents]]:
        """The values by their type, which an interface leaves open; of those without one graphql-core will complain."""
        if not values:
            return []
        if not is_abstract_type(named):
            return [(named, values)]
        found: dict[Any, Parents] = {}
        for value in values:
            found.setdefault(self._kind_of(named, value), []).append(value)
        found.pop(None, None)
        return found.items()

    def _kind_of(self, named: Any, value: Any) -> Any:
        """The object type of a value of an interface; None if it has none."""
        kinds = self.schema.get_possible_types(named)
        return next((k for k in kinds if k.is_type_of is not None and k.is_type_of(value, cast("Any", None))), None)

    def _plan(self, parent_type: GraphQLObjectType, details: Any) -> dict[str, FieldPlan]:
        """The fields selected below a place for a type, by response name."""
        key = (parent_type.name, id(details))
        found = self._plans.get(key)
        if found is None:
            groups = self.collect_subfields(parent_type, details).grouped_field_set
            found = self._plans[key] = {name: self._plan_field(parent_type, own) for name, own in groups.items()}
        return found

    def _plan_field(self, parent_type: GraphQLObjectType, details: Any) -> FieldPlan:
        node, fragment = details[0].node, details[0].fragment_variable_values
        definition: Any = self.schema.get_field(parent_type, node.name.value)

        def arguments() -> dict[str, Any]:
            return get_argument_values(definition, node, self.variable_values, fragment, self.hide_suggestions)

        return plan_field(parent_type, details, definition, arguments)


async def _itself(value: Any) -> Any:
    """A value that is at hand, where an awaitable is expected."""
    return value


def _below(values: list[Any], field: FieldPlan) -> Iterable[Any]:
    """The objects inside the values of a field."""
    return (item for value in values for item in _flat(value, field.lists))


def _names_of(asked: Asked) -> list[str]:
    """What is asked for, as the schema calls it."""
    return sorted({field.details[0].node.name.value for _, users in asked.values() for field, _ in users})


def _parents_of(asked: Asked) -> int:
    return sum(len(parents) for _, users in asked.values() for _, parents in users)


def _flat(value: Any, lists: int) -> Iterable[Any]:
    """The values inside so many lists, without nulls and errors."""
    if value is None or isinstance(value, Exception):
        return
    if lists == 0:
        yield value
        return
    for item in value:
        yield from _flat(item, lists - 1)
