"""GraphQL over server-sent events: the "distinct connections mode" on /graphql, one operation a request.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, and for the bytes
https://html.spec.whatwg.org/multipage/server-sent-events.html. A query or a mutation is a stream of one answer; a
subscription's stays open. What ends it for good is said in a last answer and followed by `complete`. A stream that ends
without `complete` is one to open again after the last cursor: clients do so by themselves.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from auth.actor import Actor
from core.errors import DomainError, ErrorCode
from core.runtime import Runtime
from resolvers.context import Context
from schema.body import Refusal
from schema.errors import Refused, formatted
from schema.execution import Answer, Prepared
from schema.negotiation import EVENTS
from schema.stream import answers
from schema.visitor import Visitor

KEEP_ALIVE_SECONDS = 12.0
"""A comment goes out this often, because proxies cut what is silent; npm's graphql-sse does it as often."""

MAX_STREAMS = 2_000
"""Streams that are open in one process at a time."""
MAX_STREAMS_EACH = 100
"""Streams of one person or script in one process: as many as operations on one WebSocket."""
RETRY_AFTER = {"retry-after": "5"}

COMMENT = b":\n\n"
GO_ON = b": this server restarts; subscribe again with after: your last cursor\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""No proxy may keep a stream or wait for more of it; the second is how nginx is told."""


def next_event(answer: Answer) -> bytes:
    """An answer as an event."""
    return as_event(orjson.dumps(answer))


def as_event(answer: bytes) -> bytes:
    """An answer in JSON as an event; there is no line break in it."""
    return b"event: next\ndata: " + answer + b"\n\n"


def whole(answer: Answer) -> bytes:
    """The stream of what has one answer. It begins with a comment, without which some browsers don't show it."""
    return COMMENT + next_event(answer) + COMPLETE


class Streams:
    """The streams that are open in this process."""

    def __init__(self, runtime: Runtime, keep_alive: float) -> None:
        self._runtime = runtime
        self._keep_alive = keep_alive
        self._open: Counter[Actor] = Counter()

    def open(self, visitor: Visitor, prepared: Prepared) -> "EventStream":
        """A stream of a subscription's answers, to be served at once. Refusal (429, 503) when there are too many."""
        if self._open[visitor.actor] >= MAX_STREAMS_EACH:
            message = f"You have {MAX_STREAMS_EACH} event streams open already."
            hint = "Close some of them, or run many subscriptions on one WebSocket."
            raise Refusal(429, DomainError(ErrorCode.RATE_LIMITED, message, hint=hint), RETRY_AFTER)
        if self._open.total() >= MAX_STREAMS:
            full = DomainError(ErrorCode.RATE_LIMITED, "Too many event streams are open.", hint="Try again later.")
            raise Refusal(503, full, RETRY_AFTER)
        return EventStream(self._runtime, self, visitor, prepared, self._keep_alive)

    @contextmanager
    def counted(self, actor: Actor) -> Iterator[None]:
        """Count a stream of somebody's while it is open."""
        self._open[actor] += 1
        try:
            yield
        finally:
            self._open[actor] -= 1
            if not self._open[actor]:
                del self._open[actor]


class EventStream:
    """One subscription's response, as an ASGI application."""

    def __init__(
        self, runtime: Runtime, streams: Streams, visitor: Visitor, prepared: Prepared, keep_alive: float
    ) -> None:
        self._runtime = runtime
        self._streams = streams
        self._visitor = visitor
        self._prepared = prepared
        self._keep_alive = keep_alive
        self._ctx = Context(runtime, visitor.actor, client=visitor.client, identity=visitor.identity)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Send what there is to be told until there is no more, or nobody left to tell it to."""
        with self._streams.counted(self._visitor.actor):
            await _begin(send)
            try:
                last = await first_of(
                    _gone(receive), self._tell(send), self._watch(), self._closing(), self._stay_alive(send)
                )
            finally:
                await self._ctx.close()
            if last is not None:
                await send({"type": "http.response.body", "body": last})

    async def _tell(self, send: Send) -> bytes:
        """Every answer as it comes; the last words."""

        async def write(answer: str) -> None:
            await _write(send, as_event(answer.encode()))

        try:
            async with aclosing(answers(self._prepared, self._ctx, write)) as given:
                async for answer in given:
                    await _write(send, next_event(answer))
        except Refused as refused:
            return _ended(refused.errors)
        except Exception as error:  # noqa: BLE001 (formatted: refusals in full, all else masked and logged)
            return _ended([GraphQLError(str(error), original_error=error)])
        return COMPLETE

    async def _watch(self) -> bytes:
        """Keep the actor up to date; last words when the credentials are withdrawn."""
        try:
            async with aclosing(self._visitor.changes()) as changes:
                async for actor in changes:
                    self._ctx.becomes(actor)
        except DomainError as error:
            self._runtime.refusals.note(self._visitor.actor, self._visitor.client, error.code, "event stream /graphql")
            return _ended([GraphQLError(error.message, original_error=error)])
        return b""

    async def _closing(self) -> bytes:
        """The last words when this process ends, which are no `complete`: the client goes on elsewhere."""
        await self._runtime.closing.wait()
        return GO_ON

    async def _stay_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._keep_alive)
            await _write(send, COMMENT)


async def first_of(*works: Coroutine[Any, Any, bytes | None]) -> bytes | None:
    """What the first of them returns; all others are ended, and have ended when this returns."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task.done()).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _ended(errors: list[GraphQLError]) -> bytes:
    return next_event({"errors": formatted(errors)}) + COMPLETE


async def _begin(send: Send) -> None:
    headers = {"content-type": f"{EVENTS}; charset=utf-8", **HEADERS}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await _write(send, COMMENT)


async def _write(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    """Returns when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
