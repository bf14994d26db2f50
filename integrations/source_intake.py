"""What the doors of alert sources share, by HTTP and by mail: whose key it is, what is said, and that it is kept."""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy import select

from actions.alerts.source_secrets import opened_secrets
from actions.alerts.sources import EMAIL
from actions.alerts.taking import ArchivedError, Reading, take
from actions.alerts.unread import keep_unread
from auth.actor import ANONYMOUS
from auth.secret import HOOK_KEY, digest
from core.client import Client
from core.errors import ErrorCode
from core.remembered import Remembered
from core.runtime import Runtime, changes_access
from integrations.hooks import WAITING, Gate, come_again
from integrations.refusal import UNSIGNED, Reason, Refusal
from integrations.sources.kind import Post, SourceKind
from models.alert import AlertSource


def gate_of(runtime: Runtime) -> Gate:
    """The gate of all kinds, which takes half of the connections at most: people must get in during a storm."""
    return Gate(runtime.settings.pool_size, WAITING * runtime.settings.pool_size)


class SourceIntake:
    """What becomes of deliveries of one kind of source, whichever way they come."""

    def __init__(self, runtime: Runtime, kind: SourceKind, gate: Gate) -> None:
        self.database = runtime.database
        self._refusals = runtime.refusals
        self._kind = kind
        self._gate = gate
        self._sources: Remembered[AlertSource] = Remembered(changes_access)
        runtime.database.watchers.append(self._sources.on_commit)
        runtime.live.watch(self._sources.on_events)

    async def take(self, source: AlertSource, post: Post) -> dict[str, Any]:
        """What became of the alerts of a delivery. Refusal with nothing stored."""
        moment = self.database.clock.now()
        await self._check(source, post, moment)
        return await self._store(source, await self._read(source.id, post, moment))

    def note(self, refusal: Refusal, client: Client) -> None:
        """Note for the audit trail whom a refusal turned away, where it is about who they are."""
        if refusal.reason is Reason.UNKNOWN_KEY or refusal.reason in UNSIGNED:
            self._refusals.note(ANONYMOUS, client, ErrorCode.UNAUTHENTICATED, f"hook {self._kind.name}")

    async def _check(self, source: AlertSource, post: Post, moment: datetime) -> None:
        """Refusal for a delivery that its vendor, or whoever knows the source's secret, did not send."""
        if self._kind.prove is not None:
            await self._kind.prove(post, moment)
        if source.signed and self._kind.verify is not None:
            self._kind.verify(post.headers, post.body, opened_secrets(self.database.secrets, source, moment), moment)

    async def source(self, key: str) -> AlertSource:
        """The source that a key belongs to. Looked up before the body is read: strangers send no megabytes."""
        if not key.startswith(HOOK_KEY):
            raise unknown(self._kind.name)
        hashed = digest(key)

        async def look_up() -> AlertSource | None:
            known = select(AlertSource).where(
                AlertSource.key_digest == hashed,
                AlertSource.kind == self._kind.name,
                AlertSource.archived_at.is_(None),
            )
            async with self._gate.passed(), self.database.looking() as reader:
                return await reader.row(AlertSource, known)

        async with come_again():
            source = await self._sources.get(hashed, look_up)
        if source is None:
            raise unknown(self._kind.name)
        return source

    async def _read(self, source_id: int, post: Post, moment: datetime) -> Reading:
        """What a delivery says. One that can't be read is kept for a week, and its sender is told why."""
        try:
            if self._kind.long:
                return await asyncio.to_thread(self._kind.parse, post, moment)
            return self._kind.parse(post, moment)
        except Refusal as refusal:
            async with self._gate.passed(), come_again():
                await keep_unread(self.database, source_id, post.body, post.headers, refusal.fault)
            raise

    async def _store(self, source: AlertSource, reading: Reading) -> dict[str, Any]:
        async with self._gate.passed(), come_again():
            try:
                return await take(self.database, source, reading)
            except ArchivedError as error:
                raise unknown(self._kind.name) from error


def unknown(kind: str) -> Refusal:
    """The same for a key that never was and one whose source is archived."""
    address = "address" if kind == EMAIL else "hook's URL"
    return Refusal(
        Reason.UNKNOWN_KEY,
        "There is no alert source with this key.",
        hint=f"Copy the {address} as it was shown, or make a source: muster source create KIND --name NAME.",
    )
