"""The hash chain over the audited events: each link's digest covers the event and every link before it.

A link's digest is SHA-256 of the digest before it (nothing, for the first) and the event as canonical JSON. Of what can
be erased, texts and origins, an event holds salted digests alone, so that the chain outlives an erasure (DESIGN §7).
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from models.event import AuditLink, Event

CHAIN_LOCK = 7425
"""Key of the advisory lock under which links are made: one transaction at a time."""
BATCH = 1_000
"""Links that one transaction makes."""

COLUMNS = (
    Event.id,
    Event.incident_id,
    Event.number,
    Event.kind,
    Event.actor_kind,
    Event.actor_id,
    Event.occurred_at,
    Event.recorded_at,
    Event.entry_kind,
    Event.visibility,
    Event.data,
    Event.text_digest,
    Event.origin_digest,
)
"""What a link covers: every column of an event."""
NAMES = tuple(column.key for column in COLUMNS)


def canonical(row: Any) -> bytes:
    """An event's columns as JSON in one spelling (RFC 8785 but for numbers): sorted keys, UTF-8, no spaces.

    Moments are RFC 3339 in UTC with six digits, digests are hexadecimal, what is not there is null.
    """
    plain = {name: _plain(getattr(row, name)) for name in NAMES}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else value


def link(before: bytes, row: Any) -> bytes:
    """The digest of the link of an event, after the link with the digest `before`."""
    return hashlib.sha256(before + canonical(row)).digest()


async def chain(database: Database) -> int:
    """Link the next audited events to the chain, in the order of the feed; how many. Run by a timer.

    Ids are in the order of commits (core.journal), so none can come to be below one that was seen. Two at once do no
    harm: the second waits for the lock and goes on where the first ended; one that is killed has made nothing.
    """
    async with database.unit_of_work() as session:
        await session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
        return await _chain(session)


async def _chain(session: AsyncSession) -> int:
    newest = select(AuditLink.event_id, AuditLink.digest).order_by(AuditLink.event_id.desc()).limit(1)
    head = (await session.execute(newest)).first()
    after, digest = (head.event_id, head.digest) if head is not None else (0, b"")
    statement = (
        select(*COLUMNS).where(Event.id > after, Event.origin_digest.is_not(None)).order_by(Event.id).limit(BATCH)
    )
    links = []
    for row in await session.execute(statement):
        digest = link(digest, row)
        links.append({"event_id": row.id, "digest": digest})
    if links:
        await session.execute(insert(AuditLink), links)
    return len(links)
