"""From a reference to a schedule."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, invalid, not_found
from core.ids import decode_as
from models.schedule.table import Schedule


async def find_schedule(session: AsyncSession, reference: str, field: str = "schedule") -> Schedule:
    """A schedule by name (any case) or id, locked, so that who is on call stands still. INVALID_INPUT if archived."""
    if not reference.isprintable():
        raise not_found(field, "schedule", reference)
    named = select(Schedule).where(
        func.lower(Schedule.name) == reference.strip().lower(), Schedule.archived_at.is_(None)
    )
    row = await session.scalar(named.with_for_update().execution_options(populate_existing=True))
    if row is None:
        try:
            key = decode_as("Schedule", reference, field)
        except DomainError as error:
            raise not_found(field, "schedule", reference) from error
        row = await session.get(Schedule, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found(field, "schedule", reference)
    if row.archived:
        raise invalid(field, f"The schedule {row.name!r} is archived.", "Choose another schedule.")
    return row
