"""Looking at the queue: how far behind it is, and the jobs that were given up (`muster jobs`)."""

from collections.abc import Sequence

from sqlalchemy import select, text

from actions.dead_jobs import discarded, revived
from auth.actor import SYSTEM
from core.db import Database
from models.job import OLDEST_DUE, SOON, Job

_LAG = text(f"select coalesce(extract(epoch from now() - {OLDEST_DUE}), 0) as lag")  # noqa: S608 (a constant)


async def queue_lag(database: Database) -> float:
    """Seconds, by the database's clock, for which the oldest due job has waited for a worker; 0 if none waits."""
    async with database.reading() as reader:
        ((lag,),) = await reader.execute(_LAG, {"queues": list(SOON)})
    return float(lag)


async def list_dead(database: Database, limit: int = 1000) -> list[Job]:
    """Jobs that were given up, oldest first."""
    async with database.reading() as reader:
        return await reader.rows(Job, select(Job).where(Job.dead).order_by(Job.id).limit(limit))


async def retry(database: Database, ids: Sequence[int] | None = None) -> int:
    """Give dead jobs (None: all) another life with all their attempts; how many. Jobs that are not dead are left."""
    async with database.unit_of_work() as session:
        return len(await revived(session, SYSTEM, ids))


async def discard(database: Database, ids: Sequence[int] | None = None) -> int:
    """Delete dead jobs (None: all) for good; how many. Jobs that are not dead are left."""
    async with database.unit_of_work() as session:
        return len(await discarded(session, SYSTEM, ids))
