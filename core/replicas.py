"""Queries from read replicas, as long as these have everything that this process knows of (ADR 0048)."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock
from core.direct import Directs
from core.outage import outage_of, tell
from core.reader import Reader

NEWEST = text("select coalesce(max(id), 0) from event")


class Replica(NamedTuple):
    """A replica, and the statements that were sent to it more than once."""

    engine: AsyncEngine
    directs: Directs

    @classmethod
    def of(cls, engine: AsyncEngine) -> Self:
        """One that was sent nothing so far."""
        return cls(engine, Directs(engine.dialect))


class ReplicaReader(Reader):
    """Reads of one query, all in one snapshot of a replica that is not behind; else of the primary.

    Behind is a replica that lacks an event which this process has seen or written. Nothing that changes what people
    see is without an event, so whoever wrote something sees it, and nobody sees time go backwards.
    """

    def __init__(
        self,
        replica: Replica,
        primary: AsyncEngine,
        clock: Clock,
        options: Mapping[str, Any],
        directs: Directs,
        *,
        place: Callable[[], int],
    ) -> None:
        super().__init__(replica.engine, clock, options, replica.directs)
        self._primary, self._primary_directs = primary, directs
        self._place = place
        self._chosen = False

    @property
    def source(self) -> object | None:
        """Nothing to remember anything of: it is older than what the primary has."""
        return None

    async def _open(self) -> AsyncConnection:
        if not self._chosen:
            self._chosen = True
            place = self._place()
            try:
                connection = await super()._open()
                if (await connection.execute(NEWEST)).scalar_one() >= place:
                    return connection
                await connection.close()
            except Exception as error:
                if outage_of(error) is None:
                    raise
                tell(error, "a replica can't serve, asking the primary")
            self._connection, self._engine, self._directs = None, self._primary, self._primary_directs
        return await super()._open()


def one_of(replicas: Sequence[Replica]) -> Replica:
    """The replica that is asked next."""
    return random.choice(replicas)  # noqa: S311 (to spread the load)
