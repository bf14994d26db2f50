"""Looking at the queue: how far behind it is, and the jobs that were given up (`muster jobs`)."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from actions.dead_jobs import discarded, revived
from auth.actor import SYSTEM
from core.db import Database
from models.job import QUEUE, Job

_waits = (
    Job.queue == QUEUE,
    ~Job.dead,
    Job.run_at <= func.now(),
    or_(Job.lease_until.is_(None), Job.lease_until < func.now()),
)


async def queue_lag(database: Database) -> float:
    """Seconds, by the database's clock, for which the oldest due job has waited for a worker; 0 if none waits."""
    async with database.reading() as reader:
        lag = await reader.scalar(select(func.extract("epoch", func.now() - func.min(Job.run_at))).where(*_waits))
    return float(lag or 0)


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
