"""A request that is sent twice is carried out once (DESIGN §4).

The doorway claims the key inside the business transaction, so that claim and change are written together or not at all:

    async with database.unit_of_work() as session:
        earlier = await claim(session, actor, mutation="addTask", key=key, request=input)
        if earlier is None:
            task = await add_task(session, actor, …)
            await keep(session, task.id)

A refusal raises, which rolls the claim back: it is not remembered. Two requests with the same key at the same time:
the second waits in the unique index until the first has ended, and then gets its result or takes its place.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Database
from core.errors import DomainError, ErrorCode, invalid
from core.journal import journal_of
from models.idempotency import IdempotencyClaim

KEPT = timedelta(hours=24)
KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the first request with a key made. Its answer is not kept: it is read anew.

    `entity_id` is None where the change is nothing but an event: then the event at `cursor` is the result.
    """

    entity_id: int | None
    cursor: int


async def claim(
    session: AsyncSession, actor: Actor, *, mutation: str, key: str, request: Mapping[str, Any]
) -> Earlier | None:
    """Claim a key for a request; None if it is the first with that key, which is then to be carried out.

    Keys have 1 to 200 characters and belong to one actor and mutation for 24 hours. The same key with another request
    is refused with IDEMPOTENCY_CONFLICT. Anonymous requests are refused: they have nobody to remember a key for.
    """
    require(actor, Permission.READ)
    if actor.id is None:
        raise invalid("idempotency_key", "Only people and service accounts can repeat a request.", "Leave it out.")
    if not 0 < len(key) <= KEY_LENGTH or not key.isprintable():
        raise invalid(
            "idempotency_key",
            f"A key has 1 to {KEY_LENGTH} printable characters.",
            "Send a random one, such as a UUID, and the same one again when you repeat the request.",
        )
    digest = fingerprint(request)
    moment = now(session)
    row = {"actor_kind": actor.kind, "actor_id": actor.id, "mutation": mutation, "key": key}
    fresh = {"digest": digest, "entity_id": None, "cursor": None, "created_at": moment}
    claimed = await session.scalar(
        insert(IdempotencyClaim)
        .values(**row, **fresh)
        .on_conflict_do_update(index_elements=list(row), set_=fresh, where=IdempotencyClaim.created_at < moment - KEPT)
        .returning(IdempotencyClaim.id)
    )
    if claimed is not None:
        journal_of(session).claim = claimed
        return None
    found = (await session.scalars(select(IdempotencyClaim).filter_by(**row))).one()
    if found.digest != digest:
        raise DomainError(
            ErrorCode.IDEMPOTENCY_CONFLICT,
            f"This key was used at {found.created_at.astimezone(UTC):%H:%M:%S} UTC for another {mutation}.",
            field="idempotency_key",
            hint="Send a new key for a new request; repeat a request with exactly the same input.",
        )
    return Earlier(found.entity_id, found.cursor or 0)


async def keep(session: AsyncSession, entity_id: int) -> None:
    """Note what the request that was claimed in this transaction made. Its cursor is noted by the journal."""
    claimed = journal_of(session).claim
    await session.execute(update(IdempotencyClaim).where(IdempotencyClaim.id == claimed).values(entity_id=entity_id))


async def purge_claims(database: Database) -> int:
    """Forget the claims that are older than 24 hours; how many. Run by a timer."""
    async with database.unit_of_work() as session:
        gone = await session.execute(
            delete(IdempotencyClaim)
            .where(IdempotencyClaim.created_at < now(session) - KEPT)
            .returning(IdempotencyClaim.id)
        )
        return len(gone.all())


def fingerprint(request: Mapping[str, Any]) -> bytes:
    """SHA-256 of a request in one spelling: keys in order, moments in UTC, enumerations by value, inputs as objects."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=_plain).encode()).digest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Enum):
        return value.value
    return value.isoformat()
