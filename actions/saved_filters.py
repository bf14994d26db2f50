"""Filters of incidents that somebody keeps under a name, for themselves alone."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.record import now, record, record_saved
from actions.violations import flush
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import DomainError, ErrorCode, conflict, invalid, not_found
from core.ids import decode_as
from models.facts.settings import SettingDeleted
from models.saved_filter import SavedFilter
from models.words import Visibility

NOUN = "saved_filter"
NAME = 60
"""Characters: a name stands in a row of others."""
MOST = 50
"""Filters of one person."""
LARGEST = 10_000
"""Bytes of a filter as JSON."""


async def save_filter(
    session: AsyncSession,
    actor: Actor,
    *,
    name: str,
    filter: dict[str, Any] | None = None,  # noqa: A002 (the input's field)
    order_by: StrEnum | None = None,
) -> SavedFilter:
    """Keep a filter under a name; one of the actor's own that is called so, in any case, is replaced.

    `filter` holds the lines that were given (resolvers.incident_filter); whether what they name is there shows when it
    is used. INVALID_INPUT for one that is too large, CONFLICT for too many of them. The event names no line: what
    people look for is their own.
    """
    require(actor, Permission.READ)
    called = check.text(name, "name", limit=NAME)
    lines = {line: _plain(value) for line, value in (filter or {}).items() if value is not None}
    if len(orjson.dumps(lines)) > LARGEST:
        raise invalid("filter", "This filter is too large to be kept.", "Keep one that names fewer things.")
    own = select(SavedFilter).where(SavedFilter.owner_kind == actor.kind, SavedFilter.owner_id == _owner(actor))
    kept = list(await session.scalars(own.order_by(SavedFilter.id).with_for_update()))
    found = next((row for row in kept if row.name.lower() == called.lower()), None)
    if found is not None and (found.name, found.filter, found.order) == (called, lines, order_by):
        return found
    created = found is None
    if found is None:
        if len(kept) >= MOST:
            raise conflict(f"You keep {len(kept)} filters, and no more are allowed.", hint="Delete one first.")
        found = SavedFilter(owner_kind=actor.kind, owner_id=_owner(actor), created_at=now(session))
        session.add(found)
    found.name, found.filter, found.order = called, lines, order_by.value if order_by else None
    await flush(session)
    record_saved(session, actor, NOUN, found.id, {"filter": {}}, created=created)
    return found


async def delete_filter(session: AsyncSession, actor: Actor, *, id: str) -> SavedFilter:  # noqa: A002 (the input's field)
    """Forget a filter of one's own. NOT_FOUND for anybody else's. Returns the row as it was."""
    require(actor, Permission.READ)
    own = select(SavedFilter).where(
        SavedFilter.id == decode_as("SavedFilter", id),
        SavedFilter.owner_kind == actor.kind,
        SavedFilter.owner_id == _owner(actor),
    )
    found = await session.scalar(own.with_for_update())
    if found is None:
        raise not_found("id", "filter", id)
    await session.delete(found)
    await session.flush()
    record(session, actor, SettingDeleted(noun=NOUN, key=found.id), visibility=Visibility.PRIVATE)
    return found


def _owner(actor: Actor) -> int:
    if actor.id is None:
        raise DomainError(ErrorCode.FORBIDDEN, "Only people and service accounts keep filters.")
    return actor.id


def _plain(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return [_plain(each) for each in value] if isinstance(value, list) else value
