"""Marking what became of attempts while they go on: whoever is done waits until that is committed.

So a crash leaves at most one row of each line in doubt. Rows of lines that are done while a commit is under way share
the next one, which is one statement on a connection that is kept.
"""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from actions.subscribers.outcomes import Outcome, Took, mark, mark_taken
from core.db import Database
from core.pooled import Singly
from models.words import Channel

TOGETHER_SECONDS = 0.003
"""For so long a commit waits for others to join: it costs more than a mail does."""


class MarkLostError(Exception):
    """It could not be noted what became of a row: nothing more may be sent on its line."""


@dataclass(slots=True)
class _Batch:
    outcomes: list[Outcome] = field(default_factory=list)
    lost: bool = False


class Marks:
    """The ledger of one channel, for the length of a slice. `connection`: one of `Database.noting()`.

    `lines`: how many may come at the same time.
    """

    def __init__(self, database: Database, connection: AsyncConnection | Singly, channel: Channel, lines: int) -> None:
        self._database, self._connection, self._channel, self._lines = database, connection, channel, lines
        self._batch = _Batch()
        self._writing = asyncio.Lock()

    async def mark(self, *outcomes: Outcome) -> None:
        """Note outcomes; returns once that is committed. MarkLostError if somebody else's writing of them failed."""
        batch = self._batch
        batch.outcomes.extend(outcomes)
        async with self._writing:
            if batch is self._batch:  # nobody wrote it while we waited
                if len(batch.outcomes) < self._lines:
                    await asyncio.sleep(TOGETHER_SECONDS)
                self._batch, batch.lost = _Batch(), True
                await self._write(batch.outcomes)
                batch.lost = False
        if batch.lost:
            raise MarkLostError

    async def _write(self, outcomes: list[Outcome]) -> None:
        plain = [it for it in outcomes if isinstance(it, Took) and it.row.failing_since is None]
        rest = [it for it in outcomes if it not in plain]
        if plain:
            await mark_taken(self._connection, self._database.clock.now(), self._channel, plain)
        if rest:
            async with self._database.unit_of_work() as session:
                await mark(session, self._channel, rest)
