"""Catching up on what was said in channels while nothing of it reached us.

That is once an hour for open incidents, at their end, and when the vendor says that it held events back.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now
from core.db import Database, Reader
from models.chat import ChatMessage, ChatReading
from models.incident import Incident
from models.integration import OutwardAction
from models.job import JobName

HOURLY = timedelta(hours=1)
AT_ONCE = 5
"""Channels that are begun with at a time: vendors let us read little, and there is no hurry."""


async def begin_reading(session: AsyncSession, channel: OutwardAction) -> None:
    """Look after a channel that was opened just now: until now all of it is known, as it did not exist."""
    moment = now(session)
    row = {
        "incident_id": channel.incident_id,
        "integration_id": channel.integration_id,
        "channel": channel.external_id,
        "complete_to": channel.created_at,
        "due_at": moment + HOURLY,
    }
    await session.execute(insert(ChatReading).values(row).on_conflict_do_nothing())


async def read_soon(session: AsyncSession, incident_id: int) -> None:
    """Have an incident's channel read now: it has come to an end, or goes on after all."""
    mine = ChatReading.incident_id == incident_id
    await session.execute(update(ChatReading).where(mine).values(due_at=now(session)))


async def read_all(session: AsyncSession, integration_id: int) -> None:
    """Have the channels of all open incidents read now: the vendor held back what was said there."""
    theirs = (ChatReading.integration_id == integration_id, ChatReading.due_at.is_not(None))
    await session.execute(update(ChatReading).where(*theirs).values(due_at=now(session)))


async def sweep_readings(database: Database) -> int:
    """Have channels read whose time has come, a few at a time; 0, so that the next ones wait for the next round.

    A reading that a crash ended begins again in an hour.
    """
    async with database.unit_of_work() as session:
        moment = now(session)
        due = await session.scalars(
            select(ChatReading)
            .where(ChatReading.due_at <= moment)
            .order_by(ChatReading.due_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        rows = due.all()
        for row in rows:
            row.due_at = moment + HOURLY
            enqueue(session, JobName.CHAT_CATCH_UP, reading_id=row.id, integration_id=row.integration_id)
    return 0


async def reading_of(reader: Reader, key: int) -> ChatReading | None:
    """How far a channel is kept."""
    return await reader.row(ChatReading, select(ChatReading).where(ChatReading.id == key))


async def kept_replies(reader: Reader, reading: ChatReading, stamp: str) -> int:
    """How many replies to a message are kept."""
    replies = select(func.count(ChatMessage.id)).where(
        ChatMessage.incident_id == reading.incident_id, ChatMessage.thread == stamp
    )
    return int(await reader.scalar(replies) or 0)


async def note_page(session: AsyncSession, key: int, began_at: datetime, cursor: str | None, words: str | None) -> None:
    """Note where a reading that began then goes on, and what has not been read of it so far."""
    row = await session.get_one(ChatReading, key, with_for_update=True)
    row.began_at = began_at
    row.cursor, row.words = cursor, words


async def note_read(session: AsyncSession, key: int, began_at: datetime, words: str | None) -> None:
    """A reading that began then has been through everything; `words` say what could not be read."""
    row = await session.get_one(ChatReading, key, with_for_update=True)
    row.complete_to = began_at
    await _ended(session, row, words)


async def note_unread(session: AsyncSession, key: int, words: str) -> None:
    """A reading ended without having read everything: the next begins where this one did."""
    await _ended(session, await session.get_one(ChatReading, key, with_for_update=True), words)


async def _ended(session: AsyncSession, row: ChatReading, words: str | None) -> None:
    incident = await session.get_one(Incident, row.incident_id)
    row.began_at = row.cursor = None
    row.words = words
    row.due_at = now(session) + HOURLY if incident.is_open else None
