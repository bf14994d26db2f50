"""The journal: what a transaction did, buffered until its last statement (DESIGN §1, ADR 0001).

The SQL function `journal_write` takes, in this order, the rows of the incidents concerned, the feed lock, and the
first event id. The feed lock is held until the commit is visible, so the order of ids is the order of commits and
`id > cursor` never skips an event.
"""

from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core import tracing
from core.correlation import carried
from core.tracing import Attributes, Kind, Span

FEED_LOCK = 7422
"""Key of the advisory lock under which events are given their ids."""

WRITE = text(
    "select journal_write(cast(:events as jsonb), cast(:jobs as jsonb), cast(:claim as bigint))"
    " from set_config('muster.trace', :trace, true)"
)
"""Jobs get `muster.trace` by a default of their table, whoever inserts them (migration 0049)."""


@dataclass(slots=True)
class PendingEvent:
    """An event that the transaction will write when it ends. `id` and `number` are known only after that."""

    kind: str
    actor_kind: str
    actor_id: int | None
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]
    visibility: str
    incident_id: int | None = None
    numbered: bool = False
    entry_kind: str | None = None
    text: str | None = None
    pinned: bool = False
    origin: dict[str, str] | None = None
    """Address and user agent of who asked for it; with audited events only."""
    changes: dict[str, Any] | None = None
    """Rows of the incident as they are after it, by table and key (core.changes). Kept beside the event."""
    id: int | None = None
    number: int | None = None


@dataclass(slots=True)
class PendingJob:
    """A job that the transaction will enqueue. `event` is the index of the event that causes it."""

    name: str
    queue: str
    args: dict[str, Any]
    run_at: datetime | None = None
    event: int | None = None


@dataclass(slots=True)
class Journal:
    """One transaction's events and jobs."""

    events: list[PendingEvent] = field(default_factory=list)
    jobs: list[PendingJob] = field(default_factory=list)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What was changed of kept rows (core.changes), by incident."""
    claim: int | None = None
    """The idempotency row to be given this transaction's cursor."""
    cursor: int | None = None
    """Once written: the id of the last event, or of the newest event there was. None if there was nothing to write."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.events and not self.jobs and self.claim is None

    def mark(self) -> "Mark":
        """Where it stands, for `take_back`."""
        return Mark(len(self.events), len(self.jobs), deepcopy(self.changes))

    def take_back(self, mark: "Mark") -> None:
        """Forget what was noted after a mark: it was undone."""
        del self.events[mark.events :]
        del self.jobs[mark.jobs :]
        self.changes = mark.changes


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a journal was."""

    events: int
    jobs: int
    changes: dict[int, dict[str, Any]]


def journal_of(session: AsyncSession) -> Journal:
    """The journal of the unit of work that this session belongs to."""
    journal: Journal = session.info["journal"]
    return journal


async def write_journal(session: AsyncSession) -> None:
    """Write the buffered events and jobs: one round trip, and the last statement before COMMIT."""
    journal = journal_of(session)
    if journal.empty:
        return
    place_changes(journal)
    with enqueuing(journal):
        result = await session.execute(
            WRITE,
            {
                "events": orjson.dumps(journal.events).decode(),
                "jobs": orjson.dumps(journal.jobs).decode(),
                "claim": journal.claim,
                "trace": carried(),
            },
        )
    written: dict[str, Any] = result.scalar_one()
    for event, (key, number) in zip(journal.events, written["events"], strict=True):
        event.id, event.number = key, number
    journal.cursor = written["cursor"]


def enqueuing(journal: Journal) -> AbstractContextManager[Span]:
    """A span for writing a journal: jobs that it has go on from it."""
    if not tracing.on():
        return tracing.NOTHING
    told: Attributes = {"muster.events": [event.kind for event in journal.events]}
    if journal.jobs:
        told["muster.jobs"] = [job.name for job in journal.jobs]
    return tracing.span("enqueue" if journal.jobs else "record", Kind.PRODUCER, told)


def place_changes(journal: Journal) -> None:
    """Give each incident's changes to its last event so far: only then were all of its rows as they are now.

    Changes of which no event tells yet wait for one.
    """
    for event in reversed(journal.events):
        if not journal.changes:
            return
        if event.incident_id in journal.changes:
            event.changes = _joined(event.changes or {}, journal.changes.pop(event.incident_id))


def _joined(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Changes of rows, by table and key, after changes of rows."""
    joined = {table: dict(rows) for table, rows in earlier.items()}
    for table, rows in later.items():
        known = joined.setdefault(table, {})
        for key, values in rows.items():
            before = known.get(key)
            known[key] = {**before, **values} if before and values is not None else values
    return joined
