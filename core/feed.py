"""Reading the event log in the order of its commits. `id > cursor` is exact: ids are given at commit (ADR 0001)."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from core.cursor import encode_cursor, foreign_cursor
from core.db import Database, Reader
from core.errors import DomainError, ErrorCode

PAGE = 500
"""Rows read at a time."""

AT_A_TIME = 4
"""Connections that readers of the feed take at once, all together: an event that reaches a thousand of them, or their
return after an outage, must not starve requests."""

COLUMNS = "id, incident_id, number, kind, visibility, recorded_at"
_ALL = f"select {COLUMNS} from event where id > :after and id <= :upto order by id limit :most"  # noqa: S608 (constants)
_ONE = _ALL.replace("where", "where incident_id = :incident_id and")
_OLDEST = "(select recorded_at from event where id > :after order by id limit 1)"
_LOST = "(select max(began_at) from feed_era where :after > after_id and :after < first_id)"
_ARCHIVED = "exists (select from archive where newest_event > :after and restored_at is null)"
_STATE = f"""select coalesce((select max(id) from event), 0) as newest, {_OLDEST} as oldest, {_LOST} as lost,
  {_ARCHIVED} as archived"""  # noqa: S608
_STATE_OF_ONE = _STATE.replace(_OLDEST, _OLDEST.replace("where", "where incident_id = :incident_id and")).replace(
    _ARCHIVED, "false"
)
"""Of incidents no event is archived."""
_NEXT = "(select recorded_at from event where id > place order by id limit 1)"
_GONE = "exists (select from archive where newest_event > place and restored_at is null)"
_GOOD = f"""
select place from unnest(cast(:places as bigint[])) as place
where place <= coalesce((select max(id) from event), 0) and coalesce({_NEXT} >= :since, true)
  and not exists (select from feed_era where place > after_id and place < first_id)
  and not {_GONE}"""  # noqa: S608 (constants)
_GOOD_OF_ONE = _GOOD.replace(_NEXT, _NEXT.replace("where", "where incident_id = :incident_id and")).replace(
    _GONE, "false"
)


class FeedRow(NamedTuple):
    """What everybody in the process is told of an event. Who needs more reads it, under today's visibility."""

    id: int
    incident_id: int | None
    number: int | None
    kind: str
    visibility: str
    """As recorded. Today's counts for readers: auth.visibility."""
    recorded_at: datetime


def lost(began_at: datetime | None = None, field: str = "after") -> DomainError:
    """The refusal of a place in a history that is not this database's any more (ADR 0007)."""
    when = f" at {began_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if began_at else ""
    return DomainError(
        ErrorCode.CURSOR_EXPIRED,
        f"The database was taken back to an earlier moment{when}: what came last before this cursor is lost.",
        field=field,
        hint="Query what you need anew, and subscribe after that answer's Query.cursor.",
    )


def gone_to_archive(field: str = "after") -> DomainError:
    """The refusal of a place after which, or at which, events were moved out of the database (ADR 0047)."""
    return DomainError(
        ErrorCode.CURSOR_EXPIRED,
        "Events as old as this cursor were archived: they are not in the database any more.",
        field=field,
        hint="Query what you need anew, and go on from that answer's Query.cursor; `muster archive restore` brings them"
        " back.",
    )


class Feed:
    """The log's past."""

    def __init__(self, database: Database, replay_days: int) -> None:
        self.turn = asyncio.Semaphore(AT_A_TIME)
        self._database = database
        self._replay_days = replay_days

    @asynccontextmanager
    async def lookup(self) -> AsyncIterator[Reader]:
        """A reader for one statement on behalf of a subscriber, when its turn has come."""
        async with self.turn:
            reader = self._database.lookup()
            try:
                yield reader
            finally:
                await reader.close()

    async def page(self, after: int, upto: int, incident_id: int | None, most: int = PAGE) -> list[FeedRow]:
        """The first `most` events after one place, up to and with another; of one incident, or of all (None)."""
        return [FeedRow(*row) for row in await self._read(_ALL, _ONE, incident_id, after=after, upto=upto, most=most)]

    async def check(self, after: int, incident_id: int | None) -> None:
        """Refuse a place from which nobody can go on.

        CURSOR_EXPIRED when the oldest event still wanted was recorded more than `replay_days` ago, or when the place is
        in a history that was lost by a restore, or when some of what came after it was archived (ADR 0047);
        INVALID_INPUT when it lies ahead of the newest event: it was given out by another feed.
        """
        read = self._read(_STATE, _STATE_OF_ONE, incident_id, after=after)
        ((newest, oldest, lost_at, archived),) = await read
        if lost_at is not None:
            raise lost(lost_at)
        if after > newest:
            raise foreign_cursor(encode_cursor(after))
        if archived:
            raise gone_to_archive()
        if oldest is not None and oldest < self._since:
            raise DomainError(
                ErrorCode.CURSOR_EXPIRED,
                f"This cursor is older than {self._replay_days} days: what came after it is no longer replayed.",
                field="after",
                hint="Query what you need anew, and subscribe after that answer's Query.cursor.",
            )

    async def good(self, places: Collection[int], incident_id: int | None) -> set[int]:
        """Those of many places that `check` does not refuse, by one statement."""
        given = {"places": list(places), "since": self._since}
        return {place for (place,) in await self._read(_GOOD, _GOOD_OF_ONE, incident_id, **given)}

    @property
    def _since(self) -> datetime:
        return self._database.clock.now() - timedelta(days=self._replay_days)

    async def _read(self, of_all: str, of_one: str, incident_id: int | None, **given: Any) -> Sequence[Any]:
        values = given | ({} if incident_id is None else {"incident_id": incident_id})
        async with self.lookup() as reader:
            return await reader.execute(text(of_all if incident_id is None else of_one), values)
