"""Answers over a connection that stays open: one for a query or mutation, one per event for a subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from graphql import OperationType

from resolvers.context import Context
from schema import refusals
from schema.errors import Refused
from schema.event_executor import EventExecutor
from schema.execution import Answer, Prepared, admit, answer, known_document, noted, run
from schema.together import ALONE, Write, together


async def answers(prepared: Prepared, ctx: Context, write: Write | None = None) -> AsyncGenerator[Answer, None]:
    """The answers to a request. Refused if it can't begin, or with what ended it.

    With `write`, answers that are the same for others are made once, and written by it instead of being yielded.
    """
    if prepared.kind is not OperationType.SUBSCRIPTION:
        yield await run(ctx, prepared)
        return
    admit(ctx, prepared, await known_document(ctx, prepared))
    executor = EventExecutor.of(ctx, prepared)
    if write is not None:
        ctx.together = together(ctx, prepared, write)
    try:
        async with aclosing(executor.events()) as events:
            async for payload in events:
                result = await executor.result(payload)
                refusals.note(ctx, prepared.kind.value, prepared.roots, result.errors)
                ALONE.inc()
                yield answer(result, prepared)
    except Refused as refused:
        raise noted(ctx, prepared, refused) from refused.__cause__
