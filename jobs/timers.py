"""What happens when its time has come. One worker, the leader, looks; another takes over when it is gone.

Nothing is scheduled here: due times are columns, and a chore asks the database what is due (DESIGN §5). `every` only
bounds how often it asks.

A leader that has lost its lock without noticing, because its connection is gone and it is in the middle of a chore, is
fenced off: whoever leads has a number, each transaction of a chore begins by asking whether that is still the newest,
and a new leader waits for those that were told so (ADR 0048).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.correlation import Origin, coming_from, new_id
from core.db import Database, Guard, plain_url
from core.outage import outage_of, tell
from models.job import TIMER_LOCK

TICK = 1.0
"""Seconds between two looks."""

ROUNDS = 100
"""Batches that a chore may do in one tick before the others get their turn."""

CONNECT_SECONDS = 5.0

LEADS = text("select timers_lead(:epoch)")

log = logging.getLogger(__name__)


class DeposedError(Exception):
    """Another process leads."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to look after: `run` does one batch of what is due and returns how much that was."""

    name: str
    every: float
    run: Callable[[Database], Awaitable[int]]


async def keep_time(database: Database, direct_url: str, chores: tuple[Chore, ...]) -> NoReturn:
    """Do the chores while this process leads; wait for the lead otherwise. Ends only by being cancelled."""
    address = plain_url(direct_url)
    while True:
        try:
            await _lead(database, address, chores)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, DeposedError) as error:
            tell(error, "the timers lost the database, trying again")
        await asyncio.sleep(TICK)


async def _lead(database: Database, address: str, chores: tuple[Chore, ...]) -> NoReturn:
    """Tick on one connection. Its loss is noticed at the next tick, before any chore is begun without the lock."""
    settings = {"application_name": "muster timers"}
    connection: Any = await asyncpg.connect(
        address, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS, server_settings=settings
    )
    try:
        due = dict.fromkeys(chores, 0.0)
        while not await connection.fetchval("select pg_try_advisory_lock($1)", TIMER_LOCK):  # noqa: ASYNC110 (elsewhere)
            await asyncio.sleep(TICK)
        fenced = database.guarded(fence(await connection.fetchval("select timers_take_lead()")))
        while True:
            await connection.execute("select 1")
            await _tick(fenced, due)
            await asyncio.sleep(TICK)
    finally:
        connection.terminate()


def fence(epoch: int) -> Guard:
    """What has a transaction begin only if the leader with this number leads. DeposedError in it otherwise."""

    async def guard(session: AsyncSession) -> None:
        if not await session.scalar(LEADS, {"epoch": epoch}):
            raise DeposedError("another process keeps time by now")

    return guard


async def _tick(database: Database, due: dict[Chore, float]) -> None:
    """Run every chore whose turn it is. One that fails is logged and tried again when its turn comes; others go on."""
    for chore, at in due.items():
        if time.monotonic() < at:
            continue
        due[chore] = time.monotonic() + chore.every
        try:
            with coming_from(Origin(new_id())):
                for _ in range(ROUNDS):
                    if not await chore.run(database):
                        break
        except DeposedError:
            raise
        except Exception as error:
            if outage_of(error) is None:
                log.exception("the timer %r failed", chore.name)
            else:
                tell(error)
