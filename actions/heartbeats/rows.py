"""Rows of heartbeats: the source that their alerts come from, and holding one while it changes.

Whatever changes a heartbeat first takes the lock of its group of alerts, as an intake does, and writes its row after
its alerts: so the order of locks is that of any delivery (docs/locks.md).
"""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rows import lock_group
from actions.alerts.sources import HEARTBEAT
from actions.record import now
from auth.secret import digest, new_secret
from core.errors import not_found
from core.ids import decode_as
from models.alert import AlertSource
from models.heartbeat import Heartbeat, HeartbeatState

SOURCE_LOCK = 7429
"""The advisory lock under which that source is made."""


def name_of(row: Heartbeat) -> str:
    """What its alerts are one group by, and their fingerprint."""
    return f"heartbeat:{row.id}"


async def source_of_heartbeats(session: AsyncSession) -> AlertSource:
    """The one source that all heartbeats' alerts come from, made when it is first needed. Nobody knows a key of it."""
    found = select(AlertSource).where(AlertSource.kind == HEARTBEAT).order_by(AlertSource.id).limit(1)
    source = await session.scalar(found)
    if source is not None:
        return source
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": SOURCE_LOCK})
    source = await session.scalar(found)
    if source is None:
        nobody = digest(new_secret(HEARTBEAT))
        source = AlertSource(kind=HEARTBEAT, name="Heartbeats", key_digest=nobody, created_at=now(session))
        session.add(source)
        await session.flush()
    return source


async def held(session: AsyncSession, key: int) -> Heartbeat | None:
    """A heartbeat that nobody else changes before this transaction ends; None if there is none."""
    row = await session.get(Heartbeat, key)
    if row is None:
        return None
    await lock_group(session, row.source_id, name_of(row))
    await session.refresh(row)
    return row


async def find_heartbeat(session: AsyncSession, reference: str, field: str = "heartbeat") -> Heartbeat:
    """The same by id. NOT_FOUND."""
    row = await held(session, decode_as("Heartbeat", reference, field))
    if row is None:
        raise not_found(field, "heartbeat", reference)
    return row


def wait(row: Heartbeat, expected: datetime) -> None:
    """Have it up, and wait for its next report until a moment, and its grace on top."""
    row.state, row.down_since = HeartbeatState.UP, None
    row.expected_at, row.due_at = expected, expected + row.grace


def rest(row: Heartbeat, state: HeartbeatState, since: datetime | None = None) -> None:
    """Wait for nothing."""
    row.state, row.down_since = state, since
    row.expected_at = row.due_at = None
