"""The hooks that monitors post to: `/hooks/alerts/{kind}/{key}`. Answered after the commit, so that 202 means kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.alerts.rulebook import memory_of
from actions.alerts.source_secrets import opened_secrets
from actions.alerts.sources import SHORT
from actions.alerts.taking import ArchivedError, Reading, take
from actions.alerts.unread import keep_unread
from auth.actor import ANONYMOUS
from auth.secret import HOOK_KEY, digest
from core.client import Client
from core.errors import ErrorCode
from core.remembered import Remembered
from core.runtime import Runtime, changes_access
from integrations.hooks import WAITING, Gate, come_again, read_body
from integrations.refusal import UNSIGNED, Reason, Refusal
from integrations.sources.kind import Post, SourceKind
from integrations.sources.registry import SOURCES
from models.alert import AlertSource


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
        self._sources: Remembered[AlertSource] = Remembered(changes_access)
        runtime.database.watchers.append(self._sources.on_commit)
        runtime.live.watch(self._sources.on_events)

    async def receive(self, request: Request) -> Response:
        """202 with what became of the alerts, or a refusal with nothing stored."""
        try:
            source = await self._source(request.path_params["key"])
            body = await read_body(request, self._limit, self._kind.smaller)
            moment = self._database.clock.now()
            post = Post(body, request.headers, source.mapping)
            await self._check(source, post, moment)
            answer = await self._store(source, await self._read(source.id, post, moment))
        except Refusal as refusal:
            if refusal.reason is Reason.UNKNOWN_KEY or refusal.reason in UNSIGNED:
                self._refusals.note(ANONYMOUS, Client.of(request), ErrorCode.UNAUTHENTICATED, f"hook {self._kind.name}")
            return refusal.response()
        return JSONResponse(answer, 202)

    async def _check(self, source: AlertSource, post: Post, moment: datetime) -> None:
        """Refusal for a delivery that its vendor, or whoever knows the source's secret, did not send."""
        if self._kind.prove is not None:
            await self._kind.prove(post, moment)
        if source.signed and self._kind.verify is not None:
            self._kind.verify(post.headers, post.body, opened_secrets(self._database.secrets, source, moment), moment)

    async def _source(self, key: str) -> AlertSource:
        """The source that a key belongs to. Looked up before the body is read: strangers send no megabytes."""
        if not key.startswith(HOOK_KEY):
            raise _unknown()
        hashed = digest(key)

        async def look_up() -> AlertSource | None:
            known = select(AlertSource).where(
                AlertSource.key_digest == hashed,
                AlertSource.kind == self._kind.name,
                AlertSource.archived_at.is_(None),
            )
            async with self._gate.passed(), self._database.looking() as reader:
                return await reader.row(AlertSource, known)

        async with come_again():
            source = await self._sources.get(hashed, look_up)
        if source is None:
            raise _unknown()
        return source

    async def _read(self, source_id: int, post: Post, moment: datetime) -> Reading:
        """What a delivery says. One that can't be read is kept for a week, and its sender is told why."""
        try:
            return self._kind.parse(post, moment)
        except Refusal as refusal:
            async with self._gate.passed(), come_again():
                await keep_unread(self._database, source_id, post.body, post.headers, refusal.fault)
            raise

    async def _store(self, source: AlertSource, reading: Reading) -> dict[str, Any]:
        async with self._gate.passed(), come_again():
            try:
                return await take(self._database, source, reading)
            except ArchivedError as error:
                raise _unknown() from error


def _unknown() -> Refusal:
    """The same for a key that never was and one whose source is archived."""
    return Refusal(
        Reason.UNKNOWN_KEY,
        "There is no alert source with this key.",
        hint="Copy the hook's URL as it was shown, or make a source: muster source create KIND --name NAME.",
    )


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The routes of all hooks."""
    runtime.live.watch(memory_of(runtime.database).on_events)
    gate = Gate(runtime.settings.pool_size, WAITING * runtime.settings.pool_size)
    hooks = {name: SourceHook(runtime, kind, gate).receive for name, kind in SOURCES.items()}
    return [
        *(Route(f"/hooks/{name}/{{key}}", hooks[name], methods=["POST"]) for name in sorted(SHORT)),
        *(Route(f"/hooks/alerts/{name}/{{key}}", hook, methods=["POST"]) for name, hook in hooks.items()),
    ]
