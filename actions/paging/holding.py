"""What keeps paging still: the lock of its incident, or, of what pages for alerts alone, that of its run."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from auth.actor import SYSTEM
from models.incident import Incident
from models.paging.run import PagingRun


async def lock_paging(session: AsyncSession, incident_id: int | None, run_id: int) -> Incident | None:
    """Lock what keeps a run still. The incident, or None: the run is for alerts alone."""
    if incident_id is not None:
        return await find_incident(session, SYSTEM, str(incident_id))
    await lock_runs(session, [run_id])
    return None


async def lock_runs(session: AsyncSession, keys: Collection[int]) -> dict[int, PagingRun]:
    """Runs for alerts alone, locked in the order of their ids, after the alerts (docs/locks.md); by key."""
    if not keys:
        return {}
    wanted = select(PagingRun).where(PagingRun.id.in_(keys), PagingRun.incident_id.is_(None)).order_by(PagingRun.id)
    locked = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {run.id: run for run in await session.scalars(locked)}
