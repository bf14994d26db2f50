"""What was said last in the incident's channel, as it was kept when it arrived."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.sql.functions import coalesce

from core.kept import KEY, with_key
from models.chat import ChatMessage
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.words import OutwardState, OutwardVerb
from resolvers import chat
from resolvers.chat import File, files_of
from resolvers.context import Context

SHOWN = 6
"""Messages that are shown; their threads are counted."""
LATEST = 40
"""Messages by which it is seen that something was said, edited or taken back."""
LONGEST = 400
"""Characters of a message that are shown: the whole of it is a click away."""
OPENED = (
    select(OutwardAction.url, Integration.name)
    .join(Integration, Integration.id == OutwardAction.integration_id)
    .where(
        OutwardAction.incident_id == KEY,
        OutwardAction.verb == OutwardVerb.OPEN_CHANNEL,
        OutwardAction.state == OutwardState.DONE,
    )
    .order_by(OutwardAction.id.desc())
    .limit(1)
)
BEGINS = or_(ChatMessage.thread.is_(None), ChatMessage.thread == ChatMessage.stamp)
NEWEST = (
    select(ChatMessage)
    .where(ChatMessage.incident_id == KEY, BEGINS)
    .order_by(ChatMessage.posted_at.desc(), ChatMessage.id.desc())
    .limit(SHOWN)
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that begins a thread or stands alone. `text` is None where it was taken back."""

    author: str
    at: datetime
    text: str | None
    files: list[File]
    url: str | None
    edited: bool
    marked: bool
    """Whether it stands on the timeline."""
    replies: int


@dataclass(frozen=True, slots=True)
class Chat:
    """The channel: where it is, with whom, what was said last (the newest last), and why not all may be there."""

    vendor: str
    url: str | None
    messages: list[Message]
    trouble: str | None


async def read_chat(ctx: Context, incident: Incident) -> Chat | None:
    """The excerpt; None where the incident has no channel. Hand in an incident that the viewer may see."""
    channel = await ctx.reader.execute(OPENED, with_key(incident.id))
    if not channel:
        return None
    rows = (await ctx.reader.rows(ChatMessage, NEWEST, with_key(incident.id)))[::-1]
    [reading] = await chat.readings(ctx, [incident])
    trouble = reading.words if reading is not None else None
    return Chat(channel[0].name, channel[0].url, await _messages(ctx, incident, rows), trouble)


def mark_of(incident: Incident) -> ScalarSelect[Any]:
    """As SQL: something that is another after something was said, edited, taken back or marked."""
    changed = func.greatest(ChatMessage.edited_at, ChatMessage.deleted_at, ChatMessage.marked_at)
    latest = (
        select(ChatMessage.id, changed.label("changed"))
        .where(ChatMessage.incident_id == incident.id)
        .order_by(ChatMessage.posted_at.desc(), ChatMessage.id.desc())
        .limit(LATEST)
        .subquery()
    )
    told = (func.max(latest.c.id), func.max(latest.c.changed), func.count(latest.c.changed))
    return select(func.concat_ws(" ", *told)).scalar_subquery()


async def _messages(ctx: Context, incident: Incident, rows: list[ChatMessage]) -> list[Message]:
    if not rows:
        return []
    users = await chat.authors(ctx, rows)
    names = await chat.author_names(ctx, rows)
    texts = await chat.texts(ctx, rows)
    replies = await _replies(ctx, incident, rows)
    return [
        Message(
            user.name if user is not None else name or ("An app" if row.bot else "Somebody"),
            row.posted_at,
            None if text is None else _cut(text),
            [] if text is None else files_of(row),
            row.url,
            row.edited_at is not None,
            row.marked_at is not None,
            replies.get((row.channel, row.stamp), 0),
        )
        for row, user, name, text in zip(rows, users, names, texts, strict=True)
    ]


async def _replies(ctx: Context, incident: Incident, rows: list[ChatMessage]) -> dict[tuple[str, str], int]:
    """How many replies stand below each, but for those that were taken back."""
    place = (ChatMessage.channel, coalesce(ChatMessage.thread, ""))
    counted = (
        select(*place, func.count())
        .where(
            ChatMessage.incident_id == incident.id,
            ChatMessage.posted_at >= rows[0].posted_at,
            ChatMessage.thread.in_([row.stamp for row in rows]),
            ChatMessage.thread != ChatMessage.stamp,
            ChatMessage.deleted_at.is_(None),
        )
        .group_by(*place)
    )
    return {(channel, thread): count for channel, thread, count in await ctx.reader.execute(counted)}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
