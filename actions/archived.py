"""What the database lacks because it was archived (ADR 0047), for reads that must not leave that out in silence."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select

from core.db import Reader
from models.archive import Archive


def archived_from(place: int) -> ColumnElement[bool]:
    """Whether some event at or before a place in the feed, or after it, was archived: whether files reach beyond it."""
    return select(Archive.id).where(Archive.newest_event >= place, Archive.restored_at.is_(None)).exists()


async def alerts_from(reader: Reader) -> datetime | None:
    """Since when all alerts are here, by when they were first seen; None: all are. Those of incidents always are."""
    until = select(func.max(Archive.alerts_until)).where(Archive.restored_at.is_(None))
    found: datetime | None = await reader.scalar(until)
    return found


async def alert_days_from(reader: Reader, zone: ZoneInfo) -> date | None:
    """The first day in a zone of which all alerts are here; None: of all days."""
    until = await alerts_from(reader)
    return None if until is None else until.astimezone(zone).date() + timedelta(days=1)
