"""Refusals as audited events, without a flood: whoever knocks ten thousand times makes a few events.

The first refusal of one actor from one address at one doorway is written at once; those that follow within a minute are
counted, and written as one event with their number. Memory and events are bounded: what is beyond is counted together.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from actions.record import record
from auth.actor import ANONYMOUS, Actor
from core.address import neighbourhood
from core.client import NOBODY, Client
from core.db import Database
from core.errors import ErrorCode
from core.outage import outage_of, tell
from models.facts.access import AccessRefused
from models.words import Visibility

WINDOW = timedelta(minutes=1)
"""Within which repeats are counted in one event."""
MOST = 500
"""Who and where is told apart at a time; from then on refusals are counted together until others were forgotten."""
STRANGERS = 50
"""How many of these may be of nobody in particular: strangers neither fill the audit trail, nor hide behind their
number what somebody known was refused. So they cause some 50 events a minute and process, 72,000 a day, at most."""
BATCH = 100
"""Events in one transaction: it holds the feed's lock."""
PAUSE = 1.0
"""Seconds between two times of writing, so that a crowd of strangers costs one transaction a second."""
TICK = 5.0
"""Seconds after which the table is looked at anyway."""

ELSEWHERE = "other doorways"

log = logging.getLogger(__name__)


class Key(NamedTuple):
    """Refusals that are counted together."""

    actor: Actor
    neighbourhood: str
    """An address, or the /64 of one: who has a network of 2^64 addresses is one stranger all the same."""
    code: ErrorCode
    doorway: str


@dataclass(slots=True)
class Count:
    """What was not written yet of one key."""

    client: Client
    """Who was refused first."""
    times: int = 0
    first_at: datetime | None = None
    """When the first of those was."""
    written_at: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether something is to be written."""
        return self.times > 0 and not self.recent(now)

    def recent(self, now: datetime) -> bool:
        """Whether its last event is less than a minute old."""
        return self.written_at is not None and now < self.written_at + WINDOW


class Refusals:
    """The refusals of one process that are not written yet. See core.refusals.RefusalLog."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[Key, Count] = {}
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()

    def note(self, actor: Actor, client: Client, code: ErrorCode, doorway: str) -> None:
        """Note a refusal. It is written soon, or counted."""
        now = self._database.clock.now()
        key = Key(actor, neighbourhood(client.address), code, doorway)
        count = self._counts.get(key)
        if count is None and self._crowded(actor):
            key, client = Key(actor, "", code, ELSEWHERE), NOBODY
            count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = Count(client)
        count.times += 1
        count.first_at = count.first_at or now
        if count.written_at is None:
            self._wake.set()

    def _crowded(self, actor: Actor) -> bool:
        """Whether no more are told apart."""
        if len(self._counts) >= MOST:
            return True
        return actor == ANONYMOUS and sum(key.actor == ANONYMOUS for key in self._counts) >= STRANGERS

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write what is due while the block lasts, and all that is left at its end."""
        self._stop.clear()
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._stop.set()  # and not cancelled: it may be in the middle of writing, and would be written twice
            self._wake.set()
            await task
            await self._try(everything=True)
            left = sum(count.times for count in self._counts.values())
            if left:
                log.error("%s refusals could not be written to the audit trail", left)

    async def write(self, *, everything: bool = False) -> int:
        """Write one event for each count that is due, or for each that is not zero; how many. Forget those at rest."""
        now = self._database.clock.now()
        due = [(key, count) for key, count in self._counts.items() if count.due(now) or (everything and count.times)]
        for start in range(0, len(due), BATCH):
            await self._write(due[start : start + BATCH], now)
        for key in [key for key, count in self._counts.items() if not count.times and not count.recent(now)]:
            del self._counts[key]
        return len(due)

    async def _write(self, part: list[tuple[Key, Count]], now: datetime) -> None:
        """Write some. What is noted meanwhile stays for the next time; so does everything if this fails."""
        taken = [count.times for _, count in part]
        async with self._database.unit_of_work() as session:
            for key, count in part:
                fact = AccessRefused(code=key.code, doorway=key.doorway, times=count.times)
                record(
                    session,
                    key.actor,
                    fact,
                    occurred_at=count.first_at,
                    visibility=Visibility.PRIVATE,
                    client=count.client,
                )
        for (_, count), times in zip(part, taken, strict=True):
            count.times -= times
            count.first_at = now if count.times else None
            count.written_at = now

    async def _run(self) -> None:
        while not self._stop.is_set():
            await _at_most(TICK, self._wake)
            self._wake.clear()
            await self._try()
            await _at_most(PAUSE, self._stop)

    async def _try(self, *, everything: bool = False) -> None:
        """Write; a failure is told, and nobody who was refused hears of it. It is tried again."""
        try:
            await self.write(everything=everything)
        except Exception as error:
            if outage_of(error) is None:
                log.exception("refusals could not be written to the audit trail; trying again")
            else:
                tell(error)


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    """Wait for something, for so long at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
