"""News of planned work: whom it touches, and what keeps it back. Of a series one mail tells, not one per occurrence."""

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.subscribers.subject import Subject
from models.event import Event
from models.maintenance import (
    MAINTENANCE_PREFIX,
    PENDING_SQL,
    Maintenance,
    MaintenanceComponent,
    MaintenanceSeries,
    MaintenanceUpdate,
)
from models.words import MaintenanceState

SERIES_PREFIX = "SERIES-"

OF_THE_PLAN = frozenset({"maintenance.scheduled", "maintenance.edited", "maintenance.reminded"})
"""What tells of work to come: nobody needs it once the work is called off."""

OF_WORDS = frozenset({"maintenance.update_published", "maintenance.update_edited"})


async def of_work(session: AsyncSession, event: Event) -> Subject:
    """A maintenance, the components that it takes, and those that it took before this change."""
    key = event.data["maintenance_id"]
    taken = select(MaintenanceComponent.component_id).where(MaintenanceComponent.maintenance_id == key)
    before = event.data.get("before", {}).get("components", ())
    return Subject(f"{MAINTENANCE_PREFIX}{key}", frozenset([*await session.scalars(taken), *before]))


async def of_series(session: AsyncSession, event: Event) -> Subject:
    """A series and its components, also those that it took before this change. What it goes on from is one topic."""
    before = event.data.get("before", {}).get("component_ids", ())
    first = await _first_of(session, event.data["series_id"])
    return Subject(f"{SERIES_PREFIX}{first}", frozenset([*event.data["component_ids"], *before]))


async def _first_of(session: AsyncSession, key: int) -> int:
    """The series that was planned first, of those that go on from each other."""
    chain = select(MaintenanceSeries.id, MaintenanceSeries.continues_id).where(MaintenanceSeries.id == key)
    walk = chain.cte("walk", recursive=True)
    older = select(MaintenanceSeries.id, MaintenanceSeries.continues_id).join(
        walk, walk.c.continues_id == MaintenanceSeries.id
    )
    walk = walk.union_all(older)
    return int(await session.scalar(select(walk.c.id).where(walk.c.continues_id.is_(None))) or key)


async def work_held_back(session: AsyncSession, event: Event) -> str | None:
    """Plans of what was called off, reminders of what has begun or was moved, and words that were taken back."""
    found = await session.get(Maintenance, event.data["maintenance_id"], populate_existing=True)
    if found is None:
        return "The work is not known any more."
    if event.kind in OF_THE_PLAN and found.state is MaintenanceState.CANCELLED:
        return "The work was called off."
    if event.kind == "maintenance.reminded":
        if found.state is not MaintenanceState.SCHEDULED:
            return "The work has begun."
        if found.starts_at.isoformat() != event.data["starts_at"]:
            return "The work was moved."
    if event.kind not in OF_WORDS:
        return None
    key = event.data["update_id"]
    withdrawn = await session.scalar(select(MaintenanceUpdate.withdrawn_at).where(MaintenanceUpdate.id == key))
    return "The update was withdrawn." if withdrawn is not None else None


async def series_held_back(session: AsyncSession, event: Event) -> str | None:
    """Plans of recurring work that was changed again or ended since: newer news tells of that."""
    if event.kind == "maintenance.series_ended":
        return None
    to_come = exists(select(1).where(Maintenance.series_id == event.data["series_id"], text(PENDING_SQL)))
    return None if await session.scalar(select(to_come)) else "The recurring work was changed again or ended."
