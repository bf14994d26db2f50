"""The audit trail: who signed in, who was refused, and who changed what, with where it came from."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, and_, exists, or_, select

from actions import check
from actions.audit_trail import NOUNS
from auth.visibility import visible_events
from core.errors import invalid
from core.ids import decode, decode_as
from models.event import Event, EventOrigin
from models.words import ActorKind
from resolvers.context import Context
from resolvers.events import known_kinds
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import page

NEWEST = Order("auditEvents", (Event.recorded_at, Event.id), descending=True, moments=1)

ACTORS = {noun: kind for kind, noun in NOUNS.items()}
"""Whose ids stand for those who act."""


@strawberry.input(
    description="Which audited events to list. Every line that is given must hold; an empty list holds never."
)
class AuditFilter:
    """What a client asks for; what is absent or None is not asked."""

    kinds: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these kinds. INVALID_INPUT if there is no such kind."
    )
    actor: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Done by the person, service account or alert source with this id."
    )
    user: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Done by the person with this id, or about them."
    )
    since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Written down at this moment or later."
    )
    until: datetime | None = strawberry.field(default=strawberry.UNSET, description="Written down before this moment.")
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Asked for from exactly this IP address."
    )


async def audit_events(
    ctx: Context,
    *,
    filter: AuditFilter | None = None,  # noqa: A002 (the name that clients know from other lists)
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Event]:
    """A page of the audited events that the viewer may see, the newest first."""
    window = Window(NEWEST, paging(first, after, last, before))
    wanted = [] if filter is None else _conditions(filter)
    audited = select(Event).where(Event.origin_digest.is_not(None), visible_events(ctx.actor), *wanted)
    return await page(ctx, Event, audited, window)


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    """The filter as conditions on Event; refusals name their line as `filter.…`."""
    given = {name: value for name, value in vars(wanted).items() if value not in (None, strawberry.UNSET)}
    found: list[ColumnElement[bool]] = []
    if "kinds" in given:
        found.append(Event.kind.in_(known_kinds(given["kinds"], "filter.kinds")))
    if "actor" in given:
        found.append(_by(given["actor"]))
    if "user" in given:
        found.append(_about(decode_as("User", given["user"], "filter.user")))
    if "since" in given:
        found.append(Event.recorded_at >= given["since"])
    if "until" in given:
        found.append(Event.recorded_at < given["until"])
    if "address" in given:
        address = check.text(given["address"], "filter.address", limit=check.LINE)
        found.append(exists(select(1).where(EventOrigin.event_id == Event.id, EventOrigin.address == address)))
    return found


def _by(reference: str) -> ColumnElement[bool]:
    noun, key = decode(reference, "filter.actor")
    if noun not in ACTORS:
        raise invalid("filter.actor", f"A {noun} does not act.", f"Pass the id of one of: {', '.join(sorted(ACTORS))}.")
    return and_(Event.actor_kind == ACTORS[noun], Event.actor_id == key)


def _about(user: int) -> ColumnElement[bool]:
    return or_(
        and_(Event.actor_kind == ActorKind.USER, Event.actor_id == user),
        *(Event.data.contains(part) for part in ({"user_id": user}, {"for_user_id": user})),
        Event.data.contains({"noun": "user", "key": user}),
    )


async def addresses(ctx: Context, events: Sequence[Event]) -> list[str | None]:
    """The address that each was asked for from; None where there was none, or it was erased."""
    found = await _origins(ctx, events)
    return [found[event.id].address or None if event.id in found else None for event in events]


async def user_agents(ctx: Context, events: Sequence[Event]) -> list[str | None]:
    """The program that asked for each, as it called itself; None where there was none, or it was erased."""
    found = await _origins(ctx, events)
    return [found[event.id].user_agent or None if event.id in found else None for event in events]


async def _origins(ctx: Context, events: Sequence[Event]) -> dict[int, EventOrigin]:
    rows = await ctx.reader.rows(
        EventOrigin, select(EventOrigin).where(EventOrigin.event_id.in_({event.id for event in events}))
    )
    return {row.event_id: row for row in rows}
