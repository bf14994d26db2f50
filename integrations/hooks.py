"""The hooks that monitors post to: `/hooks/{kind}/{key}`. Answered after the commit, so that 202 means kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.alerts.group import NormalisedGroup, Receipt
from actions.alerts.intake import receive_group
from auth.actor import ANONYMOUS
from auth.secret import HOOK_KEY, digest
from core.body import BodyError, BodyFault, read_bytes
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.outage import outage_of, tell
from core.runtime import Runtime
from integrations.overload import passes
from integrations.refusal import Reason, Refusal
from integrations.sources.kind import SourceKind
from integrations.sources.registry import SOURCES
from models.alert import AlertSource

BODY_SECONDS = 10
"""How long a body may take to arrive."""

WAITING = 4
"""How many deliveries may wait for each that is being stored."""


class Gate:
    """Lets so many in at a time, and some wait; whoever comes on top is told to come again."""

    def __init__(self, running: int, waiting: int) -> None:
        self._slots = asyncio.Semaphore(running)
        self._capacity = running + waiting
        self._inside = 0

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Within the gate. Refusal when the waiting room is full."""
        if self._inside >= self._capacity:
            raise _busy()
        self._inside += 1
        try:
            async with self._slots:
                yield
        finally:
            self._inside -= 1


class SourceHook:
    """The doorway for one kind of source.

    All kinds share a gate, which takes half of the connections at most: people must get in during a storm.
    """

    def __init__(self, runtime: Runtime, kind: SourceKind, gate: Gate) -> None:
        self._kind = kind
        self._database = runtime.database
        self._refusals = runtime.refusals
        self._limit = runtime.settings.max_body_bytes
        self._gate = gate

    async def receive(self, request: Request) -> Response:
        """202 with what became of the alerts, or a refusal with nothing stored."""
        try:
            source_id = await self._source(request.path_params["key"])
            body = await read_body(request, self._limit, self._kind.smaller)
            group = self._kind.parse(body, self._database.clock.now())
            receipt = await self._store(source_id, group)
        except Refusal as refusal:
            if refusal.reason is Reason.UNKNOWN_KEY:
                self._refusals.note(ANONYMOUS, Client.of(request), ErrorCode.UNAUTHENTICATED, f"hook {self._kind.name}")
            return refusal.response()
        return JSONResponse(
            {
                "received": receipt.received,
                "created": receipt.created,
                "repeated": receipt.repeated,
                "incident": receipt.incident,
            },
            202,
        )

    async def _source(self, key: str) -> int:
        """The source that a key belongs to. Looked up before the body is read: strangers send no megabytes."""
        if not key.startswith(HOOK_KEY):
            raise _unknown()
        known = select(AlertSource.id).where(
            AlertSource.key_digest == digest(key),
            AlertSource.kind == self._kind.name,
            AlertSource.archived_at.is_(None),
        )
        async with self._gate.passed(), come_again(), self._database.reading() as reader:
            source_id: int | None = await reader.scalar(known)
        if source_id is None:
            raise _unknown()
        return source_id

    async def _store(self, source_id: int, group: NormalisedGroup) -> Receipt:
        async with self._gate.passed(), come_again(), self._database.unit_of_work() as session:
            source = await session.get_one(AlertSource, source_id)
            if source.archived:
                raise _unknown()
            return await receive_group(session, source, group)


async def read_body(request: Request, limit: int, hint: str | None = None) -> bytes:
    """The body, of at most `limit` bytes; reading stops there. Refusal for one that is larger, too slow, or cut off.

    `hint`: what to do about one that is larger.
    """
    try:
        return await read_bytes(request, limit=limit, seconds=BODY_SECONDS)
    except BodyError as error:
        match error.fault:
            case BodyFault.TOO_LARGE:
                raise _too_large(limit, hint) from error
            case BodyFault.TOO_SLOW:
                raise Refusal(Reason.TOO_SLOW, f"The body did not arrive within {BODY_SECONDS} s.") from error
            case BodyFault.BROKEN_OFF:
                broken = "The connection was closed before the body was complete."
                raise Refusal(Reason.BROKEN_OFF, broken) from error


@asynccontextmanager
async def come_again() -> AsyncIterator[None]:
    """Turns failures that pass into a refusal that has the sender deliver again."""
    try:
        yield
    except DomainError as error:
        if error.code is not ErrorCode.CONFLICT:
            raise
        raise _busy() from error
    except Exception as error:
        if not passes(error):
            raise
        outage = outage_of(error)
        if outage is None:
            raise _busy() from error
        tell(error)
        again = "Send it again: what was stored already is not stored twice."
        raise Refusal(Reason.UNAVAILABLE, outage.message, hint=again) from error


def _busy() -> Refusal:
    return Refusal(
        Reason.OVERLOADED, "Muster can't take this at the moment.", hint="Nothing was stored; send it again."
    )


def _unknown() -> Refusal:
    """The same for a key that never was and one whose source is archived."""
    return Refusal(
        Reason.UNKNOWN_KEY,
        "There is no alert source with this key.",
        hint="Copy the hook's URL as it was shown, or make a source: muster source create KIND --name NAME.",
    )


def _too_large(limit: int, hint: str | None) -> Refusal:
    return Refusal(Reason.TOO_LARGE, f"A body has at most {limit:,} bytes.", hint=hint)


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of all hooks."""
    gate = Gate(runtime.settings.pool_size, WAITING * runtime.settings.pool_size)
    return [
        Route(f"/hooks/{kind.name}/{{key}}", SourceHook(runtime, kind, gate).receive, methods=["POST"])
        for kind in SOURCES.values()
    ]
