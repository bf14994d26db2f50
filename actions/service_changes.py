"""What deploying tools tell of: changes of services, kept so that incidents of these are seen beside them.

A change is no alert and makes no incident. Who thinks that one belongs to an incident's story puts it on the timeline
(actions.linked_changes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import any_, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Database
from models.change import Change
from models.service import Service

BATCH = 1000
"""Rows that are deleted in one transaction; the timer goes on while there are more."""


@dataclass(frozen=True, slots=True)
class ToldChange:
    """One change as a source tells of it. Texts hold no NUL and are bounded; `services`: slugs, the likeliest first."""

    name: str
    title: str
    state: str
    happened_at: datetime
    told_at: datetime
    environment: str | None = None
    author: str | None = None
    url: str | None = None
    services: tuple[str, ...] = ()


async def take_changes(session: AsyncSession, source_id: int, changes: Sequence[ToldChange]) -> None:
    """Store news of changes. News that are older than those that are there change nothing, so order does not matter."""
    for told in changes:
        service = await _service(session, told.services)
        row = insert(Change).values(
            source_id=source_id,
            name=told.name,
            service_id=service,
            title=told.title,
            environment=told.environment,
            state=told.state,
            author=told.author,
            url=told.url,
            happened_at=told.happened_at,
            told_at=told.told_at,
        )
        newer = {
            "state": row.excluded.state,
            "told_at": row.excluded.told_at,
            "title": row.excluded.title,
            "url": func.coalesce(row.excluded.url, Change.url),
            "service_id": func.coalesce(Change.service_id, row.excluded.service_id),
            "happened_at": func.least(Change.happened_at, row.excluded.happened_at),
        }
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["source_id", "name"], set_=newer, where=Change.told_at <= row.excluded.told_at
            )
        )


async def _service(session: AsyncSession, slugs: Sequence[str]) -> int | None:
    """The first of the services in use that is called so."""
    if not slugs:
        return None
    found = await session.execute(
        select(Service.slug, Service.id).where(Service.slug.in_(slugs), Service.archived_at.is_(None))
    )
    keys = {row.slug: row.id for row in found}
    return next((keys[slug] for slug in slugs if slug in keys), None)


async def forget_changes(database: Database, *, days: int) -> int:
    """Forget some of the changes that began, and were heard of last, over `days` ago; how many. Run by a timer.

    What somebody put on a timeline is said there, and stays.
    """
    before = database.clock.now() - timedelta(days=days)
    over = select(Change.id).where(Change.happened_at < before, Change.told_at < before).order_by(Change.happened_at)
    async with database.unit_of_work() as session:
        some = over.limit(literal_column(str(BATCH))).with_for_update(skip_locked=True)
        # As an array: joined to them, the whole table may be read from end to end.
        these = Change.id == any_(func.array(some.scalar_subquery()))
        gone = await session.execute(delete(Change).where(these).returning(Change.id))
        return len(gone.all())
