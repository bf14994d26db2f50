"""The audit trail from end to end, for those who keep a copy of it elsewhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, inspect, select, true

from actions.narrate import actor_names, narrate
from auth.actor import Actor
from auth.permission import Permission, require
from auth.visibility import ONE_BY_ONE, visible_events
from core.cursor import encode_cursor
from core.db import Database, Reader
from core.ids import encode
from core.rows import frozen
from models.event import AuditLink, Event, EventOrigin
from models.incident import REFERENCE_PREFIX
from models.words import ActorKind

PAGE = 500
"""Events that are held at a time."""
SKEW = timedelta(minutes=10)
"""An event is committed within less after the moment that it was recorded at; ids are in the order of commits."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One audited event, as it leaves the house."""

    id: str
    cursor: str
    recorded_at: datetime
    occurred_at: datetime
    kind: str
    actor_kind: str
    actor_id: str | None
    actor: str
    text: str
    incident: str | None
    address: str | None
    user_agent: str | None
    data: dict[str, Any]
    link: str | None
    """The digest of its link in the hash chain, in hexadecimal; None while it is not linked yet."""


NOUNS = {
    ActorKind.USER: "User",
    ActorKind.SERVICE_ACCOUNT: "ServiceAccount",
    ActorKind.INTEGRATION: "AlertSource",
    ActorKind.WORKFLOW: "WorkflowRun",
    ActorKind.VENDOR: "Integration",
}
"""Of what an actor's id is; Muster itself and strangers have none."""


async def export(
    database: Database,
    actor: Actor,
    *,
    after: int = 0,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncIterator[list[Entry]]:
    """All audited events that an actor may see, page by page in the order of the feed, up to now.

    After a place in the feed, and recorded from `since` on and before `until`. Nothing is held between two pages. Needs
    AUDIT.
    """
    require(actor, Permission.AUDIT)
    wanted = [Event.origin_digest.is_not(None), visible_events(actor)]
    async with database.reading() as reader:
        newest: int = await reader.scalar(select(func.coalesce(func.max(Event.id), 0)))
        if since is not None:
            wanted.append(Event.recorded_at >= since)
            after = max(after, await _before(reader, since - SKEW))
    wanted.append(Event.id <= newest)
    if until is not None:
        wanted.append(Event.recorded_at < until)
        async with database.reading() as reader:
            wanted.append(Event.id <= await _from(reader, until + SKEW, newest))
    while True:
        async with database.reading() as reader:
            page = await _page(reader, after, wanted)
        if not page:
            return
        after = page[-1][0]
        yield [entry for _, entry in page]


async def _before(reader: Reader, moment: datetime) -> int:
    """An event that is before all that were recorded SKEW after a moment; found by an index."""
    found = select(Event.id).where(Event.origin_digest.is_not(None), Event.recorded_at <= moment)
    return await reader.scalar(found.order_by(Event.recorded_at.desc(), Event.id.desc()).limit(1)) or 0


async def _from(reader: Reader, moment: datetime, newest: int) -> int:
    """An event that is after all that were recorded SKEW before a moment."""
    found = select(Event.id).where(Event.origin_digest.is_not(None), Event.recorded_at >= moment)
    key: int | None = await reader.scalar(found.order_by(Event.recorded_at, Event.id).limit(1))
    return newest if key is None else key


async def _page(reader: Reader, after: int, wanted: list[Any]) -> list[tuple[int, Entry]]:
    origin = _beside(EventOrigin)  # each looked up by its key: a page is small, and the tables are not
    link = _beside(AuditLink)
    statement = (
        select(Event, origin.c.address, origin.c.user_agent, link.c.digest)
        .select_from(Event)
        .outerjoin(origin, true())
        .outerjoin(link, true())
        .where(Event.id > after, *wanted)
        .order_by(Event.id)
        .limit(PAGE)
    )
    rows = await reader.execute(statement)
    width, make = len(inspect(Event).column_attrs), frozen(Event)._make
    events = [make(row[:width]) for row in rows]
    texts = await narrate(reader, events)
    names = await actor_names(reader, {(event.actor_kind, event.actor_id) for event in events})
    return [
        (event.id, _entry(event, names[event.actor_kind, event.actor_id], text, *row[width:]))
        for event, text, row in zip(events, texts, rows, strict=True)
    ]


def _beside(model: type[EventOrigin] | type[AuditLink]) -> Any:
    return select(model).where(model.event_id == Event.id).offset(ONE_BY_ONE).lateral()


def _entry(
    event: Event, name: str, text: str, address: str | None, user_agent: str | None, digest: bytes | None
) -> Entry:
    noun = NOUNS.get(event.actor_kind)
    return Entry(
        id=encode("Event", event.id),
        cursor=encode_cursor(event.id),
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
        kind=event.kind,
        actor_kind=event.actor_kind,
        actor_id=encode(noun, event.actor_id) if noun and event.actor_id is not None else None,
        actor=name,
        text=text,
        incident=f"{REFERENCE_PREFIX}{event.incident_id}" if event.incident_id is not None else None,
        address=address or None,
        user_agent=user_agent or None,
        data=event.data,
        link=digest.hex() if digest is not None else None,
    )
