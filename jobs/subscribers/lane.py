"""One slice of telling subscribers: rows are claimed when needed, tried side by side, and marked one by one.

Nobody waits for a slow one but its own line. A slice ends after some seconds, so that a worker with one thread has
another turn for what is urgent, and so that a worker that is to stop may.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from actions.subscribers.ledger import Claimed, claim_rows
from actions.subscribers.outcomes import Outcome, Released, mark
from core.db import Database
from jobs.subscribers.marks import Marks
from models.words import Channel

SLICE_SECONDS = 8.0
CLAIMED_AT_ONCE = 40

Attempt = Callable[[Claimed], Awaitable[Outcome]]


class Lane:
    """The rows of one broadcast on one channel, for the length of a slice."""

    def __init__(self, database: Database, broadcast_id: int, channel: Channel, seconds: float = SLICE_SECONDS) -> None:
        self._database, self._broadcast, self._channel = database, broadcast_id, channel
        self._until = time.monotonic() + seconds
        self._waiting: deque[Claimed] = deque()
        self._claiming = asyncio.Lock()
        self._dry = False

    def stop(self) -> None:
        """Begin no more attempts: none would succeed at present."""
        self._dry = True

    async def run(self, attempts: list[Attempt]) -> None:
        """Work through what is due, each of `attempts` one row at a time."""
        try:
            async with self._database.noting() as connection, asyncio.TaskGroup() as group:
                marks = Marks(self._database, connection, self._channel, len(attempts))
                for attempt in attempts:
                    group.create_task(self._work(attempt, marks))
        finally:
            await self._give_back()

    async def _work(self, attempt: Attempt, marks: Marks) -> None:
        """One line: what became of a row is committed before the next is tried. So much is in doubt after a crash."""
        while (row := await self._next()) is not None:
            await marks.mark(await attempt(row))

    async def _next(self) -> Claimed | None:
        async with self._claiming:
            if self._dry or time.monotonic() > self._until:
                return None
            if not self._waiting:
                async with self._database.unit_of_work() as session:
                    claimed = await claim_rows(session, self._broadcast, self._channel, CLAIMED_AT_ONCE)
                self._waiting.extend(claimed)
            if not self._waiting:
                self._dry = True
                return None
            return self._waiting.popleft()

    async def _give_back(self) -> None:
        """Release what was claimed and not tried."""
        if self._waiting:
            async with self._database.unit_of_work() as session:
                await mark(session, self._channel, [Released(row) for row in self._waiting])
