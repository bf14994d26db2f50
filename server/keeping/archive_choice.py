"""What goes into the next file of an archive: which rows are old enough, that nothing points at, and are settled.

Whether an alert or an event may go is decided by SQL, where it is deleted (migrations, v0053); here is only looked for
them, window by window, so that no statement takes long.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.event import ALERT_QUIET_SQL, OF_ALERT_SQL

PART = 10_000
"""Deliveries, changes, alerts, or events without an alert, that one file takes: a few megabytes."""
WINDOW = 5000
"""Rows looked at by one statement."""

OLD = {
    "delivery": "t.created_at < $1 and t.state not in ('PENDING', 'UNKNOWN')",
    "change": "t.told_at < $1 and t.happened_at < $1",
}
"""Which rows of which tables go that nothing points at. What is not settled stays."""

_ALERTS = "select id, first_seen_at as at from alert where id > $1 order by id limit $2"
_EVENTS = (
    "select id, recorded_at as at from event where incident_id is null and origin_digest is null and id > $1"
    " order by id limit $2"
)
_VERSIONS = "select id, xmin::text as version, first_seen_at from alert where id = any($1) order by id"
_OF_ALERTS = [
    f"select id from event where {kinds} and (data ->> 'alert_id'::text) = any($1::text[])"  # noqa: S608 (constants)
    for kinds in (OF_ALERT_SQL, ALERT_QUIET_SQL)
]


@dataclass(slots=True)
class Part:
    """What a file takes, by table: keys of rows."""

    keys: dict[str, list[int]] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    """Of each alert, by which it is known to be as it was written."""
    alerts_until: datetime | None = None
    newest_event: int | None = None

    def __bool__(self) -> bool:
        return any(self.keys.values())


class Choice:
    """Goes through the tables once: the ledgers, alerts with their events, then events that belong to none."""

    def __init__(self, before: datetime) -> None:
        self.before = before
        """What is younger stays."""
        self._after = dict.fromkeys((*OLD, "alert", "event"), 0)
        self._steps = [self._ledgers, self._alerts, self._events]

    async def next(self, connection: Any) -> Part:
        """The next part, as of the transaction of the connection; an empty one when all was looked at."""
        while self._steps:
            part: Part = await self._steps[0](connection)
            if part:
                return part
            self._steps.pop(0)
        return Part()

    async def _ledgers(self, connection: Any) -> Part:
        part = Part()
        for name, old in OLD.items():
            found = await connection.fetch(
                f'select t.id from "{name}" t where {old} and t.id > $2 order by t.id limit $3',  # noqa: S608 (constants)
                self.before,
                self._after[name],
                PART,
            )
            part.keys[name] = [row["id"] for row in found]
            self._after[name] = max(part.keys[name], default=self._after[name])
        return part

    async def _alerts(self, connection: Any) -> Part:
        keys = await self._walk(connection, "alert", _ALERTS, "select alerts_that_may_go($1, $2)")
        rows = await connection.fetch(_VERSIONS, keys)
        texts = [str(key) for key in keys]
        about = [row["id"] for statement in _OF_ALERTS for row in await connection.fetch(statement, texts)]
        return await self._with_events(
            connection,
            Part(
                {"alert": keys},
                [row["version"] for row in rows],
                max((row["first_seen_at"] for row in rows), default=None),
            ),
            await _which(connection, "select events_that_may_go($1, $2, true)", about, self.before),
        )

    async def _events(self, connection: Any) -> Part:
        keys = await self._walk(connection, "event", _EVENTS, "select events_that_may_go($1, $2, false)")
        return await self._with_events(connection, Part(), keys)

    async def _with_events(self, connection: Any, part: Part, events: list[int]) -> Part:
        texts = await connection.fetch("select event_id from event_text where event_id = any($1)", events)
        part.keys |= {"event": events, "event_text": [row["event_id"] for row in texts]}
        part.newest_event = max(events, default=None)
        return part

    async def _walk(self, connection: Any, name: str, looked: str, may: str) -> list[int]:
        """Keys of those that may go, oldest first, until there are enough of them or the rest is too young."""
        found: list[int] = []
        while len(found) < PART:
            rows = await connection.fetch(looked, self._after[name], WINDOW)
            if not any(row["at"] < self.before for row in rows):
                break
            self._after[name] = rows[-1]["id"]
            found += await _which(connection, may, [row["id"] for row in rows], self.before)
        return found


async def _which(connection: Any, may: str, keys: list[int], before: datetime) -> list[int]:
    return [key for (key,) in await connection.fetch(may, keys, before)]
