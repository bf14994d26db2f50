"""GraphQL over WebSocket: the protocol graphql-transport-ws on /graphql (the legacy `graphql-ws` is refused).

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Queries and mutations work here too, under the same
limits as over HTTP. Credentials come in the payload of connection_init, `{"Authorization": "Bearer …"}`, with the
handshake's Authorization header, or as the session cookie of one of our own pages.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from typing import Any

import orjson
from graphql import GraphQLError, OperationType
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from auth.use import Uses
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.runtime import Runtime
from resolvers.context import Context
from schema.errors import Refused, formatted, without_suggestions
from schema.execution import prepare_beside
from schema.refusals import note_credentials
from schema.socket_message import Complete, Init, Message, Ping, ProtocolError, Subscribe, read_message
from schema.stream import answers
from schema.together import Write
from schema.trusted import remember, resolved
from schema.visitor import Visitor, visitor

DOORWAY = "WebSocket /graphql"
PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
"""How long a client may take to introduce itself."""

MAX_OPERATIONS = 100
"""Operations that may run at a time on one socket."""

FORBIDDEN = 4403
TRY_AGAIN_LATER = 1013
SERVICE_RESTART = 1012
"""https://www.iana.org/assignments/websocket: clients connect again, and resume."""
GO_ON = "Service Restart: connect again, and subscribe with after: your last cursor"
"""At most 123 bytes (RFC 6455, section 5.5)."""

log = logging.getLogger(__name__)


def routes(runtime: Runtime, *, init_seconds: float = INIT_SECONDS) -> list[BaseRoute]:
    """The WebSocket route of the API."""
    uses = Uses(runtime)

    async def serve(websocket: WebSocket) -> None:
        await Socket(websocket, runtime, uses).serve(init_seconds)

    return [WebSocketRoute("/graphql", serve)]


class Socket:
    """One client's connection, and the operations that run on it."""

    def __init__(self, websocket: WebSocket, runtime: Runtime, uses: Uses) -> None:
        self._uses = uses
        self._websocket = websocket
        self._runtime = runtime
        self._visitor: Visitor | None = None
        self._operations: dict[str, tuple[Context, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._streams: set[Context] = set()
        """Those of the operations that are subscriptions."""

    async def serve(self, init_seconds: float) -> None:
        """Speak with the client until one of both has enough."""
        if PROTOCOL not in self._websocket.scope["subprotocols"]:
            await self._websocket.accept()  # a close code can't be given before
            await self._websocket.close(4406, f"Subprotocol not acceptable: this server speaks {PROTOCOL}")
            return
        await self._websocket.accept(PROTOCOL)
        self._begin(self._leave())
        try:
            await self._converse(init_seconds)
        except ProtocolError as error:
            await self._close(error.code, error.reason)
        except (OSError, SQLAlchemyError) as error:
            log.warning("can't ask who opens a socket: %s", error)
            await self._close(TRY_AGAIN_LATER, "Try again later")
        except WebSocketDisconnect:
            pass  # the client has gone, as clients do
        finally:
            await self._end()

    async def _converse(self, init_seconds: float) -> None:
        try:
            async with asyncio.timeout(init_seconds) as patience:
                while self._visitor is None:
                    await self._handle(await self._next())
        except TimeoutError:
            if not patience.expired():
                raise
            raise ProtocolError(4408, "Connection initialisation timeout") from None
        self._begin(self._watch(self._visitor))
        while True:
            await self._handle(await self._next())

    async def _next(self) -> Message:
        frame = await self._websocket.receive()
        if frame["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(frame.get("code", 1000))
        return read_message(frame.get("text"))

    async def _handle(self, message: Message) -> None:
        match message:
            case Init():
                await self._welcome(message)
            case Ping():
                payload = {} if message.payload is None else {"payload": message.payload}
                await self._send({"type": "pong", **payload})
            case Subscribe():
                if not self._runtime.closing.is_set():  # what was never begun is asked for again elsewhere
                    await self._start(message)
            case Complete():
                _, task = self._operations.pop(message.id, (None, None))
                if task is not None:
                    task.cancel()

    async def _welcome(self, message: Init) -> None:
        if self._visitor is not None:
            raise ProtocolError(4429, "Too many initialisation requests")
        try:
            arrived = visitor(self._runtime, self._websocket, message.payload)
            await arrived.look()
        except DomainError as error:
            note_credentials(self._runtime, Client.of(self._websocket), error, DOORWAY)
            raise ProtocolError(FORBIDDEN, f"Forbidden: {error.message}") from error
        await self._send({"type": "connection_ack"})
        self._visitor = arrived
        if self._uses.due(arrived.identity):
            self._begin(self._uses.note(arrived.identity, arrived.client))

    async def _start(self, request: Subscribe) -> None:
        if self._visitor is None:
            raise ProtocolError(4401, "Unauthorized: connection_init comes first")
        if request.id in self._operations:
            raise ProtocolError(4409, f"Subscriber for {request.id} already exists")
        if len(self._operations) >= MAX_OPERATIONS:
            await self._send(_error(request.id, [_as_error(_too_many())]))  # here, so that who never reads is not read
            return
        by = self._visitor
        ctx = Context(self._runtime, by.actor, client=by.client, identity=by.identity)
        self._operations[request.id] = (ctx, self._begin(self._run(by, request, ctx)))

    async def _run(self, by: Visitor, request: Subscribe, ctx: Context) -> None:
        with suppress(WebSocketDisconnect):  # the receiving side sees it too, and ends everything
            try:
                ctx.actor = await by.look()  # as with every request over HTTP
                prepared = await prepare_beside(await resolved(self._runtime.database, request.request))
                remember(self._runtime.database, prepared.request, ctx.actor)
                if prepared.kind is OperationType.SUBSCRIPTION:
                    if self._runtime.closing.is_set():
                        return
                    self._streams.add(ctx)
                async with aclosing(answers(prepared, ctx, self._writer(request.id, ctx))) as results:
                    async for result in results:
                        await self._send({"type": "next", "id": request.id, "payload": result})
                last: dict[str, Any] = {"type": "complete", "id": request.id}
            except Refused as error:
                known = self._runtime.settings.development or ctx.actor.access_role is not None
                last = _error(request.id, (error if known else without_suggestions(error)).errors)
            except WebSocketDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 (formatted: refusals in full, all else masked and logged)
                last = _error(request.id, [_as_error(error)])
            finally:
                self._streams.discard(ctx)
                await ctx.close()
                if self._operations.get(request.id, (None, None))[0] is ctx:
                    del self._operations[request.id]  # before the last message: from then on the id is free
            await self._send(last)

    def _writer(self, key: str, ctx: Context) -> Write:
        """What sends an answer in JSON as the next one of an operation, as long as that runs."""
        head = f'{{"type":"next","id":{orjson.dumps(key).decode()},"payload":'

        async def write(answer: str) -> None:
            if self._operations.get(key, (None, None))[0] is ctx:
                with suppress(WebSocketDisconnect):  # the receiving side sees it too, and ends everything
                    await self._send_text(f"{head}{answer}}}")

        return write

    async def _leave(self) -> None:
        """When this process is to end: answer the queries and mutations that are under way, then say good-bye."""
        await self._runtime.closing.wait()
        answering = [task for ctx, task in self._operations.values() if ctx not in self._streams]
        if answering:
            await asyncio.wait(answering)
        await self._close(SERVICE_RESTART, GO_ON)

    async def _watch(self, who: Visitor) -> None:
        """Keep every operation's actor up to date, and end all of them when the credentials are withdrawn."""
        try:
            async with aclosing(who.changes()) as changes:
                async for actor in changes:
                    for ctx, _ in self._operations.values():
                        ctx.becomes(actor)
        except DomainError as error:
            self._runtime.refusals.note(who.actor, who.client, error.code, DOORWAY)
            ended, self._operations = self._operations, {}
            for key, (_, task) in ended.items():
                task.cancel()
                await self._send(_error(key, [_as_error(error)]))
            await self._close(FORBIDDEN, f"Forbidden: {error.message}")

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the conversation, until the socket closes at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(orjson.dumps(message).decode())

    async def _send_text(self, text: str) -> None:
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect  # closed by another task of ours
        await self._websocket.send({"type": "websocket.send", "text": text})

    async def _close(self, code: int, reason: str) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            await self._websocket.close(code, reason)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _error(key: str, errors: list[GraphQLError]) -> dict[str, Any]:
    return {"type": "error", "id": key, "payload": formatted(errors)}


def _as_error(error: Exception) -> GraphQLError:
    return GraphQLError(str(error), original_error=error)


def _too_many() -> DomainError:
    return DomainError(
        ErrorCode.RATE_LIMITED,
        f"{MAX_OPERATIONS} operations run on this socket already.",
        hint="Complete some of them, or open another socket.",
    )
