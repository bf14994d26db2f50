"""Executing what a subscription selects, for one event after the other."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError, GraphQLObjectType
from graphql.execution import create_source_event_stream
from graphql.execution.collect_fields import collect_fields

from core.errors import DomainError
from core.outage import outage_of, through_outages
from resolvers.context import Context
from resolvers.subscriptions import Present
from schema import telling
from schema.build import core
from schema.errors import Refused, cause_of
from schema.execution import SECONDS, Prepared, operating, registered_name
from schema.executor import BatchExecutor

ROOT = cast("GraphQLObjectType", core.subscription_type)


class EventExecutor(BatchExecutor):
    """Executes a subscription's selection for each event, in a snapshot of the event's own.

    graphql-core collects the root's fields anew for every event and remembers what is below them for good, which is
    slow and never ends. Here the operation is collected and planned once.
    """

    prepared: Prepared
    name: str
    """Under which its document is registered; empty if it is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._roots = collect_fields(
            self.schema, self.fragments, self.variable_values, ROOT, self.operation, self.hide_suggestions
        ).grouped_field_set

    @classmethod
    def of(cls, ctx: Context, prepared: Prepared) -> "EventExecutor":
        """An executor of a subscription; `ctx.actor` is looked at before each event, because it may change."""
        made = cls.build(
            core,
            prepared.document.ast,
            context_value=ctx,
            raw_variable_values=prepared.request.variables,
            operation_name=prepared.request.operation_name,
        )
        if not isinstance(made, cls):
            raise Refused(cast("list[GraphQLError]", made))
        made.prepared, made.name = prepared, registered_name(ctx.runtime.database, prepared.request)
        return made

    async def events(self) -> AsyncGenerator[Any, None]:
        """What the resolver delivers. Refused, with the path of the field, for whatever it raises."""
        source: Any = create_source_event_stream(self)  # not awaitable: our resolvers are generators
        if isinstance(source, ExecutionResult):
            raise Refused(source.errors or [])
        try:
            async with aclosing(source) as events:
                async for payload in events:
                    yield payload
        except Exception as error:
            raise self._ended(error) from error

    async def result(self, payload: Any) -> ExecutionResult:
        """The result for one event. While the database is away it waits. Refused if it can't be read any more."""
        return await through_outages(lambda: self._result(payload))

    async def _result(self, payload: Any) -> ExecutionResult:
        """The same, at most SECONDS after its turn came; raises what says that the database is away."""
        source = self.context_value
        ctx = Context(source.runtime, source.actor, client=source.client, identity=source.identity)
        try:
            async with source.runtime.live.turn, asyncio.timeout(SECONDS):
                result = await self.told(payload, ctx)
        except (DomainError, TimeoutError) as error:
            raise self._ended(error) from error
        finally:
            await ctx.close()
        return result

    async def told(self, payload: Any, ctx: Context) -> ExecutionResult:
        """The result for one event, to whoever asks in `ctx`, and from its snapshot. Raises an outage.

        Each is told of as an operation is (schema.telling): once, for however many subscribers it is made.
        """
        began = time.perf_counter()
        with operating(self.prepared, self.name) as span:
            result = await self._executed(payload, ctx)
            if result.errors:
                span.fail("errors")
        seconds = time.perf_counter() - began
        telling.tell(ctx, self.prepared.kind, self.name, self.prepared.request.query, seconds)
        for cause in map(cause_of, result.errors or ()):
            if cause is not None and outage_of(cause):
                raise cause
        return result

    async def _executed(self, payload: Any, ctx: Context) -> ExecutionResult:
        value = await payload.read(ctx) if isinstance(payload, Present) else payload
        each = self.build_per_event_executor(value)
        each.context_value = ctx
        try:
            data = await cast("Any", each.execute_fields(ROOT, value, None, self._roots, None))
        except GraphQLError as error:
            each.collected_errors.add(error, None)
            data = None
        return cast("ExecutionResult", each.build_response(data))

    def _ended(self, error: Exception) -> Refused:
        """What ended the subscription, with the path of its field."""
        return Refused([GraphQLError(str(error), path=[next(iter(self._roots))], original_error=error)])
