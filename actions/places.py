"""From a cursor to a place in the feed that an answer can be given as of."""

from sqlalchemy import func, select

from core.cursor import decode_cursor, foreign_cursor
from core.db import Reader
from core.feed import lost
from models.era import FeedEra
from models.event import Event


async def place_of(reader: Reader, cursor: str, field: str) -> int:
    """The place behind a cursor. INVALID_INPUT for one ahead of the feed; CURSOR_EXPIRED for one of a lost history."""
    place = decode_cursor(cursor, field)
    hole = select(func.max(FeedEra.began_at)).where(FeedEra.after_id < place, FeedEra.first_id > place)
    began_at = await reader.scalar(hole)
    if began_at is not None:
        raise lost(began_at, field)
    if place > (await newest_place(reader)):
        raise foreign_cursor(cursor, field)
    return place


async def newest_place(reader: Reader) -> int:
    """Where the feed stands; 0 before the first event."""
    return await reader.scalar(select(func.max(Event.id))) or 0
