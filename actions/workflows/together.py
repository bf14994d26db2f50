"""How many steps, of how many runs, share a transaction (ADR 0024).

A transaction costs more than a step. So a run takes all steps in one that lock nothing but its own incident, and the
runs that wait for their turn are taken along. If a step fails, all of it is undone and done once more, carefully: each
step in a savepoint, so that the one that fails is noted and the others stay.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import hold
from actions.record import enqueue
from actions.workflows.running import Stand, goes_on, stands_of, take_next
from actions.workflows.steps.base import Reach
from core.db import Database
from core.outage import outage_of
from models.job import QUEUE, JobName

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST = 40
"""Jobs that one takes along. More are hardly cheaper, and hold the locks of more incidents for longer."""
SECONDS = 0.25
"""For steps of one transaction; what is left then goes on in another. Who works on those incidents waits so long."""

TAKE_ALONG = text("""
with due as materialized (
  select id, name from job where not dead and queue = :queue and run_at <= now() and lease_until is null
  order by run_at, id limit 1000
), mine as materialized (
  select job.id from job join due on due.id = job.id
  where due.name = :name and not job.dead and job.lease_until is null and job.strikes = 0
    and not job.options ? 'failures' and not job.args ? 'alone'
  order by job.run_at, job.id limit :most for update of job skip locked
)
delete from job using mine where job.id = mine.id returning job.args
""")
"""Of the next that are due, those that nobody has, and that never failed: they go in the transaction that does them."""

Do = Callable[[AsyncSession, int, bool], Awaitable[T]]
"""What is to be done, given how many jobs may be taken along, and whether carefully."""


async def in_one(database: Database, do: Do[T]) -> T:
    """Do something with as much else as there is; if that fails, carefully; and if that fails, too, by itself."""
    for most, careful in ((MOST, False), (MOST, True)):
        try:
            async with database.unit_of_work() as session:
                return await do(session, most, careful)
        except Exception as error:
            if outage_of(error) is not None:
                raise
            log.debug("steps that were taken together are taken more carefully", exc_info=error)
    async with database.unit_of_work() as session:
        return await do(session, 0, True)


async def take_along(session: AsyncSession, name: JobName, most: int) -> list[dict[str, Any]]:
    """The arguments of jobs of a name that this transaction does, too: they are gone when it commits."""
    if not most:
        return []
    found = await session.scalars(TAKE_ALONG, {"queue": QUEUE, "name": name, "most": most})
    return list(found)


async def advance(session: AsyncSession, run_id: int, most: int, *, careful: bool) -> bool:
    """Take what steps of a run can be taken in one transaction, and of others that are due; whether it goes on."""
    others = await take_along(session, JobName.WORKFLOW_ADVANCE, most)
    stands = await stands_of(session, [run_id, *(args["run_id"] for args in others)])
    stands.sort(key=lambda stand: stand.run.id != run_id)
    left = await take_steps(session, stands, careful=careful)
    queue(session, [stand for stand in left if stand.run.id != run_id])
    return any(stand.run.id == run_id for stand in left)


async def take_steps(session: AsyncSession, stands: Sequence[Stand], *, careful: bool) -> list[Stand]:
    """Take steps of locked runs, of each as many as may be; those that go on in another transaction.

    First the steps that lock nothing else, then one of each run that orders something at a vendor. A step that locks
    more is taken only of the first run, and instead.
    """
    hold(session, [stand.incident for stand in stands])
    end = time.monotonic() + SECONDS
    ready = [stand for stand in stands if await goes_on(session, stand) and await _take_own(session, stand, end, careful)]
    first = stands[0] if stands and stands[0] in ready else None
    if first is not None and first.reach is Reach.WIDE:
        last = [first]
    else:
        last = [stand for stand in ready if stand.reach is Reach.ORDER]
    over = [
        stand.run.id
        for stand in last
        if (stand is first or time.monotonic() < end) and not await take_next(session, stand, careful=careful)
    ]
    return [stand for stand in ready if stand.run.id not in over]


async def _take_own(session: AsyncSession, stand: Stand, end: float, careful: bool) -> bool:  # noqa: FBT001
    """Take the steps of a run that lock nothing else; whether it has to go on."""
    begun = False
    while stand.reach is Reach.INCIDENT:
        if begun and time.monotonic() > end:
            return True
        if not await take_next(session, stand, careful=careful):
            return False
        begun = True
    return True


def queue(session: AsyncSession, stands: Sequence[Stand]) -> None:
    """Have jobs go on with runs: by itself each whose next step locks what others lock."""
    for stand in stands:
        further = {"alone": True} if stand.reach is Reach.WIDE else {}
        enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=stand.run.id, **further)
