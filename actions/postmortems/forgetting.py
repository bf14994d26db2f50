"""Forgetting what monitors measured long ago: the values go; what was asked, and that it is over, stays."""

from datetime import timedelta

from sqlalchemy import select, update

from actions.postmortems.measuring import TRIES
from core.db import Database
from models.metric import MetricSnapshot

BATCH = 200
"""Snapshots in one transaction: each has up to some thousand values."""


async def forget_measured(database: Database, *, days: int) -> int:
    """Take the values of a batch of snapshots that are older than `days`; how many. Run by a timer.

    Their rows stay and say so, and nothing is asked again: monitors would have forgotten by now, too.
    """
    old = MetricSnapshot.error.is_(None) & (MetricSnapshot.measured_at < database.clock.now() - timedelta(days=days))
    gone = {"series": [], "left_out": 0, "attempts": TRIES, "error": f"Measured values are kept for {days} days."}
    async with database.unit_of_work() as session:
        some = select(MetricSnapshot.id).where(old).order_by(MetricSnapshot.measured_at).limit(BATCH)
        keys = list(await session.scalars(some.with_for_update(skip_locked=True)))
        if keys:
            await session.execute(update(MetricSnapshot).where(MetricSnapshot.id.in_(keys)).values(gone))
        return len(keys)
