"""The log of a channel: messages as they arrive, in whatever order the vendor tells of them.

Whichever of "said", "edited" and "taken back" comes first, the same is kept in the end: an edit counts if it is the
latest, and what was taken back stays so.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.heard import Said, Struck
from actions.record import now
from core.db import Reader, Within
from models.chat import ChatMessage
from models.integration import CHANNEL_SQL, WAITING_SQL, OutwardAction
from models.words import OutwardState

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def incident_of(reader: Reader, integration_id: int, channel: str) -> tuple[int, str | None] | None:
    """The key of the incident whose channel this is, and where people find the channel; None for other channels."""
    rows = await reader.execute(
        select(OutwardAction.incident_id, OutwardAction.url).where(
            OutwardAction.integration_id == integration_id,
            OutwardAction.external_id == channel,
            text(CHANNEL_SQL),
            OutwardAction.state == OutwardState.DONE,
        )
    )
    return (rows[0].incident_id, rows[0].url) if rows else None


async def is_opening(reader: Reader, integration_id: int) -> bool:
    """Whether a channel is being opened just now: then one that we don't know may be it."""
    found = await reader.scalar(
        select(OutwardAction.id)
        .where(
            OutwardAction.integration_id == integration_id,
            text(CHANNEL_SQL),
            text(WAITING_SQL),
        )
        .limit(1)
    )
    return found is not None


async def keep_message(session: AsyncSession, integration_id: int, said: Said) -> bool:
    """Keep a message, or what an edit made of it. False: it belongs to no incident."""
    return await _write(
        session,
        integration_id,
        said.channel,
        said.stamp,
        {
            "thread": said.thread,
            "author": said.author,
            "bot": said.bot,
            "body": said.text,
            "files": said.files,
            "edited_at": moment_of(said.edited) if said.edited else None,
            "deleted_at": None,
        },
    )


async def strike_message(session: AsyncSession, integration_id: int, struck: Struck) -> bool:
    """Take the words of a message away, as its author did. False: it belongs to no incident."""
    gone = {"body": "", "files": [], "deleted_at": now(session)}
    return await _write(session, integration_id, struck.channel, struck.stamp, gone)


async def _write(session: AsyncSession, integration_id: int, channel: str, stamp: str, told: dict[str, Any]) -> bool:
    place = await incident_of(Within(session), integration_id, channel)
    if place is None:
        return False
    incident_id, url = place
    row = {
        "incident_id": incident_id,
        "integration_id": integration_id,
        "channel": channel,
        "stamp": stamp,
        "posted_at": moment_of(stamp),
        "url": permalink(url, channel, stamp, told.get("thread")),
        **told,
    }
    new = insert(ChatMessage).values(row)
    newer = func.coalesce(new.excluded.edited_at > func.coalesce(ChatMessage.edited_at, literal(EPOCH)), False)
    changed = {name: new.excluded[name] for name in ("body", "files", "edited_at", "deleted_at") if name in told}
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["integration_id", "channel", "stamp"],
            set_=changed,
            where=ChatMessage.deleted_at.is_(None) & or_(newer, new.excluded.deleted_at.is_not(None)),
        )
    )
    return True


def moment_of(stamp: str) -> datetime:
    """The moment in `1700000000.000100`, exactly."""
    seconds, _, micros = stamp.partition(".")
    return EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros or 0))


def permalink(channel_url: str | None, channel: str, stamp: str, thread: str | None) -> str | None:
    """Where a message is in Slack, by where its channel is."""
    if channel_url is None:
        return None
    reply = f"?thread_ts={thread}&cid={channel}" if thread else ""
    return f"{channel_url}/p{stamp.replace('.', '')}{reply}"
