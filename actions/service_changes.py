"""What deploying tools tell of: changes of services, kept so that incidents of these are seen beside them.

A change is no alert and makes no incident. Who thinks that one belongs to an incident's story puts it on the timeline
(actions.linked_changes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.change import Change
from models.service import Service


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
