"""Deliveries of which no alerts could be made: kept sealed for a week, to be looked at, and to be read again."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.loose import cut, no_nul
from actions.record import enqueue, keys, now, record
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Database
from core.errors import conflict, not_found
from core.ids import decode_as
from core.secrets import SealError, Secrets
from models.alert import AlertSource
from models.alert_delivery import UnreadDelivery
from models.facts.settings import UnreadReplayed
from models.job import JobName
from models.words import Visibility

KEPT = timedelta(days=7)
MOST = 100
"""Of one source that are kept, the newest: a monitor that sends nothing else must not fill the disk."""
LARGEST = 262_144
"""Bytes of a body that is kept; of a larger one, only that it came."""
HEADERS = (
    *("sentry-hook-resource", "request-id", "content-type", "x-github-event", "x-github-delivery"),
    *("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time"),
)
"""Headers that say how a body is to be read. No credentials."""
BATCH = 100


class Fault(NamedTuple):
    """Why a delivery could not be read, as its sender is told."""

    reason: str
    message: str
    field: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery that is to be read again."""

    row: UnreadDelivery
    source: AlertSource
    headers: Mapping[str, str]
    body: bytes


async def keep_unread(
    database: Database, source_id: int, body: bytes, headers: Mapping[str, str], fault: Fault
) -> None:
    """Keep what was delivered, and forget the oldest of the source where there are too many."""
    async with database.unit_of_work() as session:
        told = {name: headers[name] for name in HEADERS if name in headers}
        post = orjson.dumps({"headers": told, "body": base64.b64encode(body).decode()}).decode()
        session.add(
            UnreadDelivery(
                source_id=source_id,
                size=len(body),
                sealed_post=keys(session).seal(post) if len(body) <= LARGEST else None,
                received_at=now(session),
                **_said(fault),
            )
        )
        await session.flush()
        own = select(UnreadDelivery.id).where(UnreadDelivery.source_id == source_id)
        oldest = own.order_by(UnreadDelivery.id.desc()).offset(MOST).with_for_update(skip_locked=True)
        await session.execute(delete(UnreadDelivery).where(UnreadDelivery.id.in_(oldest)))


def _said(fault: Fault) -> dict[str, Any]:
    """A reason as the table keeps it: parts of it may be the sender's words."""
    return {name: None if text is None else cut(no_nul(str(text)), 500) for name, text in fault._asdict().items()}


async def replay_unread(session: AsyncSession, actor: Actor, *, delivery: str) -> UnreadDelivery:
    """Have a delivery read again: after its source's expressions were changed, say. A job does it, within seconds.

    It is read as of when it came. NOT_FOUND after a week; CONFLICT for one that was read by now, or was not kept.
    """
    require(actor, Permission.ADMINISTER)
    key = decode_as("UnreadDelivery", delivery, "delivery")
    row = await session.get(UnreadDelivery, key, with_for_update=True)
    if row is None:
        raise not_found("delivery", "delivery", delivery)
    if row.read_at is not None:
        raise conflict("It was read by now, and its alerts are taken.", field="delivery", hint="Look at its source.")
    if row.sealed_post is None:
        words = f"It had {row.size:,} bytes: too many to be kept."
        raise conflict(words, field="delivery", hint="Have its monitor send it again.")
    row.asked_at = now(session)
    replayed = UnreadReplayed(delivery_id=row.id, source_id=row.source_id)
    record(session, actor, replayed, visibility=Visibility.PRIVATE)
    enqueue(session, JobName.ALERT_SOURCE_REPLAY, delivery_id=row.id)
    return row


def opened_post(secrets: Secrets | None, row: UnreadDelivery) -> tuple[dict[str, str], bytes] | None:
    """The headers and the body of a delivery; None if they were not kept, or sealed with a key that is lost."""
    if row.sealed_post is None or secrets is None:
        return None
    try:
        post = orjson.loads(secrets.open(row.sealed_post))
    except SealError:
        return None
    return post["headers"], base64.b64decode(post["body"])


async def to_replay(database: Database, delivery_id: int) -> Kept | None:
    """A delivery that waits to be read again; None if it is gone, was read, or can't be opened."""
    async with database.reading() as reader:
        row = await reader.row(UnreadDelivery, select(UnreadDelivery).where(UnreadDelivery.id == delivery_id))
        if row is None or row.read_at is not None:
            return None
        source = await reader.row(AlertSource, select(AlertSource).where(AlertSource.id == row.source_id))
    post = opened_post(database.secrets, row)
    if source is None or post is None:
        return None
    return Kept(row, source, *post)


async def note_replay(database: Database, delivery_id: int, fault: Fault | None) -> None:
    """Note what came of reading a delivery again: why it still can't be, or that its alerts are taken."""
    async with database.unit_of_work() as session:
        row = await session.get(UnreadDelivery, delivery_id, with_for_update=True)
        if row is None:
            return
        if fault is None:
            row.read_at = now(session)
            return
        for name, text in _said(fault).items():
            setattr(row, name, text)


async def forget_unread(database: Database) -> int:
    """Forget what came over a week ago; how many. Run by a timer."""
    over = select(UnreadDelivery.id).where(UnreadDelivery.received_at < database.clock.now() - KEPT).limit(BATCH)
    async with database.unit_of_work() as session:
        some = over.with_for_update(skip_locked=True)
        gone = await session.execute(
            delete(UnreadDelivery).where(UnreadDelivery.id.in_(some)).returning(UnreadDelivery.id)
        )
        return len(gone.all())
