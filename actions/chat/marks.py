"""Messages that somebody marked as important: each stands on the timeline once, whoever marks it how often."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.journal import PendingEvent
from models.chat import ChatMessage, with_names
from models.facts.response import EntryAdded
from models.words import EntryKind


async def mark_message(
    session: AsyncSession,
    actor: Actor,
    *,
    message: int,
    author: Actor | None,
    called: Mapping[str, str],
) -> PendingEvent | None:
    """Put a message of a channel on its incident's timeline, at the moment at which it was written.

    It needs what an entry needs, of whoever marks it: `actor`. The entry is of whoever wrote the message, as far as
    they have an account; else of the actor, and it says what the author is called. `called` holds that by what the
    vendor calls people. None: it stands there already, has no words, or was taken back.
    """
    require(actor, Permission.READ)
    whose = select(ChatMessage.incident_id).where(ChatMessage.id == message)
    incident_id = await session.scalar(whose)
    target = await find_allowed(session, actor, Act.ADD_ENTRY, str(incident_id))
    refuse_merged(target)
    row = await session.get_one(ChatMessage, message, with_for_update=True, populate_existing=True)
    words = "\n".join(
        [with_names(row.body, called).strip(), *(f"[{each['name']}]({each['url']})" for each in row.files)]
    ).strip()
    if row.marked_at is not None or row.deleted_at is not None or not words:
        return None
    row.marked_at = now(session)
    place = f"[in the channel]({row.url})" if row.url else "in the channel"
    by = f"{place}, marked by {actor.name}"
    foot = f"{by}" if author is not None else f"{called.get(row.author or '', 'Somebody')} {by}"
    room = check.BODY - len(foot) - 10
    text = f"{words if len(words) <= room else words[: room - 1] + '…'}\n\n— {foot}"
    return record(
        session,
        author or actor,
        EntryAdded(marked_by_user_id=actor.user_id, chat_message_id=row.id),
        incident=target,
        text=check.text(text, "text", limit=check.BODY),
        occurred_at=min(row.posted_at, now(session)),
        entry_kind=EntryKind.NOTE,
    )
