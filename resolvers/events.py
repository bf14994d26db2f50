"""Events: the timeline of incidents, and what an event says."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, func, select, union_all

from actions.narrate import narrate
from auth.visibility import visible_to
from core.cursor import encode_cursor
from core.errors import invalid
from core.kept import among, with_keys
from models.event import Event, Pin
from models.facts.every import KINDS
from models.incident import Incident
from models.words import EntryKind
from resolvers.batch import EVERYTHING, Selected
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import pages


class TimelineOrder(StrEnum):
    """In which order a timeline is read."""

    RECORDED = "RECORDED"
    OCCURRED = "OCCURRED"


ORDERS = {
    TimelineOrder.RECORDED: Order("timeline.recorded", (Event.id,)),
    TimelineOrder.OCCURRED: Order("timeline.occurred", (Event.occurred_at, Event.id), moments=1),
}


async def newest_cursor(ctx: Context) -> Cursor:
    """Where the feed stands in this snapshot."""
    return Cursor(encode_cursor(await ctx.reader.scalar(select(func.coalesce(func.max(Event.id), 0)))))


def known_kinds(kinds: list[str], field: str = "kinds") -> list[str]:
    """Event kinds as a client names them; INVALID_INPUT names the first that there is not."""
    for index, kind in enumerate(kinds):
        if kind not in KINDS:
            raise invalid(
                f"{field}.{index}",
                f"There are no events of the kind {kind[:80]!r}.",
                f"Use some of: {', '.join(sorted(KINDS))}.",
            )
    return sorted(set(kinds))


async def timelines(
    ctx: Context,
    incidents: Sequence[Incident],
    selected: Selected = EVERYTHING,
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
    order: TimelineOrder = TimelineOrder.RECORDED,
    kinds: list[str] | None = None,
    entry_kinds: list[EntryKind] | None = None,
    pinned: bool | None = None,
) -> list[Page[Event]]:
    """A page of each incident's timeline: its numbered events, and those of the incidents that were merged into it."""
    window = Window(ORDERS[order], paging(first, after, last, before))
    named = None if kinds is None else known_kinds(kinds)

    def own_and_merged(parents: FromClause) -> FromClause:
        merged = (
            select(parents.c.id, Incident.id)
            .join(Incident, Incident.merged_into_id == parents.c.id)
            .where(visible_to(ctx.actor))
        )
        return union_all(select(parents.c.id.label("parent"), parents.c.id.label("id")), merged).subquery("owner")

    def of(incident_id: Any) -> Any:
        return select(Event).where(Event.incident_id == incident_id, *_on_timeline(named, entry_kinds, pinned))

    told = (None if each is None else tuple(each) for each in (named, entry_kinds))
    keys = [incident.id for incident in incidents]
    return await pages(ctx, Event, keys, window, of, own_and_merged, kept=(ctx.actor, *told, pinned), selected=selected)


def _on_timeline(
    kinds: list[str] | None, entry_kinds: list[EntryKind] | None, pinned: bool | None
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [Event.number.is_not(None)]
    if kinds is not None:
        wanted.append(Event.kind.in_(kinds))
    if entry_kinds is not None:
        wanted.append(Event.entry_kind.in_(entry_kinds))
    if pinned is not None:
        is_pinned = exists(select(1).where(Pin.event_id == Event.id))
        wanted.append(is_pinned if pinned else ~is_pinned)
    return wanted


PINS = select(Pin.event_id).where(among(Pin.event_id))


async def texts(ctx: Context, events: Sequence[Event]) -> list[str]:
    """Each event in words."""
    return await narrate(ctx.reader, events)


async def pinned(ctx: Context, events: Sequence[Event]) -> list[bool]:
    """Whether each is marked as important."""
    keys = [event.id for event in events if event.number is not None]
    rows = await ctx.reader.execute(PINS, with_keys(keys)) if keys else []
    marked = {row.event_id for row in rows}
    return [event.id in marked for event in events]
