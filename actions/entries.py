"""Lines that people write on the timeline, and pins."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed, require_on
from actions.find import find_incident
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_events
from core.changes import note
from core.errors import DomainError, invalid, not_found
from core.ids import decode_as
from core.journal import PendingEvent, journal_of
from models.event import Event, Pin
from models.facts.response import EntryAdded, EventPinned, EventUnpinned
from models.words import EntryKind


async def add_entry(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    kind: EntryKind,
    text: str,
    occurred_at: datetime | None = None,
    pinned: bool = False,
) -> PendingEvent:
    """Write a line on an incident's timeline, back-dated if it happened earlier.

    Markdown, at most 20,000 characters, stored as written. CONFLICT on a merged incident: its timeline goes on in
    another.
    """
    require(actor, Permission.READ)
    body, happened = checked_entry(text, occurred_at, now(session))
    target = await find_allowed(session, actor, Act.ADD_ENTRY, incident)
    refuse_merged(target)
    return record(
        session, actor, EntryAdded(), incident=target, text=body, occurred_at=happened, entry_kind=kind, pinned=pinned
    )


def checked_entry(text: str, occurred_at: datetime | None, moment: datetime) -> tuple[str, datetime | None]:
    """The text of an entry as it is stored, and when it happened if that was said; INVALID_INPUT on what is wrong."""
    body = check.text(text, "text", limit=check.BODY)
    return body, check.past(occurred_at, "occurred_at", moment) if occurred_at else None


async def pin_event(session: AsyncSession, actor: Actor, *, event: str, pinned: bool) -> PendingEvent | None:
    """Mark an event of a timeline as important, or no longer. None: it was so already, and nothing was written."""
    require(actor, Permission.READ)
    key = decode_as("Event", event, "event")
    seen = select(Event.incident_id, Event.number).where(Event.id == key, visible_events(actor))
    row = (await session.execute(seen)).first()
    if row is None or row.incident_id is None:
        raise not_found("event", "event", event)
    try:
        target = await find_incident(session, actor, str(row.incident_id), field="event")
    except DomainError as error:  # it became private just now; says nothing of the incident
        raise not_found("event", "event", event) from error
    await require_on(session, actor, NEEDS[Act.PIN_EVENT].permission, target)
    if row.number is None:
        raise invalid("event", "Only events of a timeline can be pinned.", "Choose one that has a number.")
    if pinned:
        written = insert(Pin).values(event_id=key, pinned_at=now(session)).on_conflict_do_nothing()
    else:
        written = delete(Pin).where(Pin.event_id == key)  # type: ignore[assignment]
    if (await session.execute(written.returning(Pin.event_id))).first() is None:
        return None
    note(journal_of(session), Pin, target.id, key, {"event_id": key} if pinned else None)
    fact = EventPinned if pinned else EventUnpinned
    return record(session, actor, fact(event_id=key, number=row.number), incident=target)
