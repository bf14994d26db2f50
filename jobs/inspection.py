"""Looking at the queue: how far behind it is, and the jobs that were given up (`muster jobs`)."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true, update

from actions.outward.stranded import resume
from core.db import Database
from models.job import QUEUE, Job

WORKER_LOCK = 7423
"""Advisory lock that every consuming connection shares: whoever finds it held knows that a worker runs."""

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


def _dead(ids: Sequence[int] | None) -> ColumnElement[bool]:
    return and_(Job.dead, true() if ids is None else Job.id.in_(ids))


async def retry(database: Database, ids: Sequence[int] | None = None) -> int:
    """Give dead jobs (None: all) another life with all their attempts; how many. Jobs that are not dead are left.

    An order at a vendor that was given up with its job is taken up again.
    """
    again = {"dead": False, "run_at": func.now(), "strikes": 0, "options": Job.options.op("-")("failures")}
    async with database.unit_of_work() as session:
        result = await session.execute(update(Job).where(_dead(ids)).values(again).returning(Job))
        revived = result.scalars().all()
        await resume(session, revived)
        return len(revived)


async def discard(database: Database, ids: Sequence[int] | None = None) -> int:
    """Delete dead jobs (None: all) for good; how many. Jobs that are not dead are left."""
    async with database.unit_of_work() as session:
        result = await session.execute(delete(Job).where(_dead(ids)).returning(Job.id))
        return len(result.all())
