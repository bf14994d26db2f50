"""How many steps, of how many runs, share a transaction (ADR 0024).

A transaction costs more than a step. So a run takes all steps in one that lock nothing but its own incident, and the
runs that wait for their turn are taken along. If a step fails, all of it is undone and done once more, carefully: each
step in a savepoint, so that the one that fails is noted and the others stay.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import hold
from actions.record import enqueue, now
from actions.workflows.running import goes_on, take_next
from actions.workflows.stands import Stand, stands_of
from actions.workflows.steps.base import Reach
from core.db import Database
from core.outage import outage_of
from models.job import QUEUE, JobName

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST = 40
"""Jobs that one takes along. More are hardly cheaper, and hold the locks of more incidents for longer."""
SECONDS = 0.5
"""For steps of one transaction; what is left then goes on in another. Who works on those incidents waits so long."""

LONGEST = 10.0
"""Seconds that one job works for others, so that other kinds of jobs come to their turn, too."""

BUSY = timedelta(seconds=0.2)
"""Before what belongs to an incident that somebody holds is looked at again."""

TAKE_ALONG = text("""
with due as materialized (
  select id, name from job where not dead and queue = :queue and run_at <= now()
    and (lease_until is null or epoch is not null)
  order by run_at, id limit 1000
), mine as materialized (
  select id from job
  where id = any(array(select id from due where due.name = :name)) and not dead
    and (lease_until is null or epoch is not null) and strikes = 0
    and not options ? 'failures' and not args ? 'alone'
  order by run_at, id limit :most for update skip locked
)
delete from job using mine where job.id = mine.id returning job.args
""")
"""Of the next that are due, those that nobody has, and that never failed: they go in the transaction that does them."""


@dataclass(slots=True)
class Turn:
    """One transaction's worth of work."""

    most: int
    """How many jobs may be taken along."""
    careful: bool
    """Whether each step is taken in a savepoint."""
    full: bool = False
    """Whether so many were taken along: then there are more."""


Do = Callable[[AsyncSession, Turn], Awaitable[T]]
"""What is done in a turn."""


async def in_one(database: Database, do: Do[T]) -> tuple[T, bool]:
    """Do something with as much else as there is; if that fails, carefully; and if that fails, too, by itself.

    The first failure is expected, as a step that fails is one. The second is none of a step: the log says what it was.
    """
    for turn in (Turn(MOST, careful=False), Turn(MOST, careful=True)):
        try:
            async with database.unit_of_work() as session:
                found = await do(session, turn)
        except Exception as error:
            if outage_of(error) is not None:
                raise
            if turn.careful:
                log.warning("steps can't be taken together, so one run's are by themselves", exc_info=error)
            else:
                log.debug("steps that were taken together are taken more carefully", exc_info=error)
        else:
            return found, turn.full
    async with database.unit_of_work() as session:
        return await do(session, Turn(0, careful=True)), False


async def work_off(database: Database, do: Do[T]) -> list[T]:
    """Do what else is due, as long as there is much of it.

    So one job works off a storm, whatever else waits between the jobs of that.
    """
    found, full, end = [], True, time.monotonic() + LONGEST
    while full and time.monotonic() < end:
        done, full = await in_one(database, do)
        found.append(done)
    return found


async def take_along(session: AsyncSession, name: JobName, turn: Turn) -> list[dict[str, Any]]:
    """The arguments of jobs of a name that this transaction does, too: they are gone when it commits."""
    if not turn.most:
        return []
    found = list(await session.scalars(TAKE_ALONG, {"queue": QUEUE, "name": name, "most": turn.most}))
    turn.full = len(found) == turn.most
    return found


async def advance(database: Database, run_id: int, *, alone: bool) -> None:
    """Take the steps of a run until it waits or is over, and of others that are due unless it is to be `alone`."""
    goes_on, full = True, False
    while goes_on:
        goes_on, more = await in_one(database, partial(_advance, run_id=run_id, alone=alone))
        full |= more
    if full:
        await work_off(database, _advance)


async def _advance(session: AsyncSession, turn: Turn, run_id: int | None = None, *, alone: bool = False) -> bool:
    """Take what steps of a run can be taken in one transaction, and of others that are due; whether it goes on."""
    own = [] if run_id is None else [run_id]
    along = [] if alone else await take_along(session, JobName.WORKFLOW_ADVANCE, turn)
    others = {args["run_id"] for args in along} - {run_id}
    stands = await stands_of(session, own, sorted(others))
    left = await take_steps(session, stands, careful=turn.careful)
    queue(session, [stand for stand in left if stand.run.id != run_id])
    for key in sorted(others - {stand.run.id for stand in stands}):
        enqueue(session, JobName.WORKFLOW_ADVANCE, run_at=soon(session), run_id=key)
    return any(stand.run.id == run_id for stand in left)


def soon(session: AsyncSession) -> datetime:
    """When what was taken along, and belongs to an incident that somebody holds, is looked at again."""
    return now(session) + BUSY


async def take_steps(session: AsyncSession, stands: Sequence[Stand], *, careful: bool) -> list[Stand]:
    """Take steps of locked runs, of each as many as may be; those that go on in another transaction.

    First the steps that lock nothing else, then one of each run that orders something at a vendor. A step that locks
    more is taken only of the first run, and instead.
    """
    hold(session, [stand.incident for stand in stands])
    end = time.monotonic() + SECONDS
    ready = [
        stand
        for stand in stands
        if await goes_on(session, stand) and await _take_own(session, stand, end, careful=careful)
    ]
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


async def _take_own(session: AsyncSession, stand: Stand, end: float, *, careful: bool) -> bool:
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
        if stand.reach is Reach.WIDE:
            enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=stand.run.id, alone=True)
        else:
            enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=stand.run.id)
