"""Subscriptions: the feed as an actor may see it today, and the changes of one incident.

A subscription lives long, so nothing that was true at its start is taken for granted: the doorway keeps `ctx.actor`
up to date, and whether that actor may see an event is asked just before the event is handed out. No connection is held
while a client takes its time. When the database goes away, a subscription waits for it and goes on where it was.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from actions.find import incident_key
from auth.permission import Permission, require
from auth.visibility import visible_events, visible_to
from core.cursor import decode_cursor
from core.db import Reader
from core.errors import DomainError, ErrorCode, not_found
from core.feed import FeedRow
from core.outage import through_outages
from core.subscription import Subscription
from models.event import Event
from models.incident import Incident
from resolvers.context import Asked, Context
from resolvers.events import known_kinds
from resolvers.page import Cursor

LOOK = 100
"""Events that are looked up at once."""

FRESH = 1.0
"""Seconds for which such a look holds: whoever takes longer over the events found is checked anew."""


class Present(NamedTuple):
    """An incident that is read when the answer about it is made, from that answer's snapshot."""

    key: int
    reference: str

    async def read(self, ctx: Context) -> Incident:
        """The incident as it is now; FORBIDDEN if this actor, who saw it before, may not see it any more."""
        require(ctx.actor, Permission.READ)
        found = await ctx.reader.row(Incident, select(Incident).where(Incident.id == self.key, visible_to(ctx.actor)))
        if found is None:
            raise _no_longer("ref")
        return found


class Message(NamedTuple):
    """What `feed` delivers: an event, or only how far the feed has come."""

    place: int
    event: Event | None


class Everything(NamedTuple):
    """What `feed` and `incident_events` ask for."""

    incident_id: int | None
    wanted: frozenset[str] | None
    """Kinds of events; None for all."""
    checkpoints: bool
    """Whether messages are told, and not events alone."""
    merges: bool = False

    def of(self, rows: Sequence[FeedRow]) -> list[FeedRow]:
        """Those events that are asked for."""
        return [row for row in rows if self.wanted is None or row.kind in self.wanted]

    async def first(self, ctx: Context, places: Collection[int]) -> list[tuple[int, Any]]:
        """From where on they are told, where they are to know (resolvers.context)."""
        await self._admit(ctx)
        return [(place, Message(place, None)) for place in places] if self.checkpoints else []

    async def told(self, ctx: Context, rows: Sequence[FeedRow], place: int) -> list[tuple[int, Any]]:
        """Those that the actor may see, and where they are to know how far the feed has come (resolvers.context)."""
        await self._admit(ctx)
        keys = [row.id for row in self.of(rows)]
        found: list[Event] = []
        for start in range(0, len(keys), LOOK):
            found += await ctx.reader.rows(Event, _looked_at(ctx, keys[start : start + LOOK]))
        if not self.checkpoints:
            return [(event.id, event) for event in found]
        messages = [(event.id, Message(event.id, event)) for event in found]
        if not messages or messages[-1][0] < place:
            messages.append((place, Message(place, None)))
        return messages

    async def _admit(self, ctx: Context) -> None:
        require(ctx.actor, Permission.READ)
        if self.incident_id is not None and not await _is_visible(ctx, ctx.reader, self.incident_id):
            raise _no_longer("incident")


class Changes(NamedTuple):
    """What `incident_changed` asks for."""

    incident_id: int
    reference: str
    merges: bool = True

    async def first(self, ctx: Context, places: Collection[int]) -> list[tuple[int, Any]]:
        """The incident as it is (resolvers.context)."""
        return [each for place in places for each in await self._present(ctx, place)]

    async def told(self, ctx: Context, rows: Sequence[FeedRow], place: int) -> list[tuple[int, Any]]:
        """The incident, if it changed (resolvers.context)."""
        present = await self._present(ctx, place)
        return present if rows else []

    async def _present(self, ctx: Context, place: int) -> list[tuple[int, Any]]:
        require(ctx.actor, Permission.READ)
        if not await _is_visible(ctx, ctx.reader, self.incident_id):
            raise _no_longer("ref")
        return [(place, Present(self.incident_id, self.reference))]


async def feed(
    ctx: Context, *, after: Cursor | None = None, incident: str | None = None, kinds: list[str] | None = None
) -> AsyncGenerator[Message, None]:
    """Every event after a cursor that the actor may see, in order, and the checkpoints in between.

    A checkpoint comes first when there is no cursor to start from, whenever events were passed over, and after `beat`
    seconds without an event. NOT_FOUND at the start if the one incident asked for is not visible, FORBIDDEN when it no
    longer is; CURSOR_EXPIRED, INVALID_INPUT and SLOW_CONSUMER as core.subscription has them.
    """
    async with aclosing(_messages(ctx, after, incident, kinds, checkpoints=True)) as messages:
        async for message in messages:
            yield message


async def _messages(
    ctx: Context, after: Cursor | None, incident: str | None, kinds: list[str] | None, *, checkpoints: bool
) -> AsyncGenerator[Message, None]:
    """The same; without `checkpoints` it is told together only with others who take no notice of them."""
    require(ctx.actor, Permission.READ)
    live = ctx.runtime.live
    told = None if after is None else decode_cursor(after, "after")
    wanted = None if kinds is None else frozenset(known_kinds(kinds))
    only = None if incident is None else incident_key(incident)
    asked = Everything(only, wanted, checkpoints)
    with live.subscribe(after=told, incident_id=only) as events, ctx.waking(events.wake):
        begun = await _together(ctx, events, asked, begins=True)
        if not begun and not await _sees(ctx, only):
            raise not_found("incident", "incident", incident)
        if not begun and told is None:
            yield Message(events.place, None)
        told = events.place
        while True:
            await _together(ctx, events, asked)
            rows = await through_outages(lambda: events.batch(live.beat))
            if not await _sees(ctx, only):
                raise _no_longer("incident")
            async for event in _visible(ctx, asked.of(rows)):
                told = event.id
                yield Message(told, event)
            if not rows or told < rows[-1].id:
                told = events.place
                yield Message(told, None)


async def incident_events(
    ctx: Context, *, after: Cursor | None = None, incident: str | None = None, kinds: list[str] | None = None
) -> AsyncGenerator[Event, None]:
    """The same without the checkpoints."""
    async with aclosing(_messages(ctx, after, incident, kinds, checkpoints=False)) as messages:
        async for message in messages:
            if message.event is not None:
                yield message.event


async def incident_changed(ctx: Context, *, ref: str) -> AsyncGenerator[Present, None]:
    """An incident as it is, and again after it changed; changes that come faster than they are taken are one.

    NOT_FOUND when the actor may not see it, FORBIDDEN when they no longer may.
    """
    require(ctx.actor, Permission.READ)
    key = incident_key(ref, "ref")
    with ctx.runtime.live.changes(key) as changes, ctx.waking(changes.wake):
        asked = Changes(key, ref)
        if not await _together(ctx, changes, asked, begins=True):
            if not await _sees(ctx, key):
                raise not_found("ref", "incident", ref)
            yield Present(key, ref)
        while True:
            await _together(ctx, changes, asked)
            changed = await through_outages(lambda: changes.batch(ctx.runtime.live.beat))
            if not await _sees(ctx, key):
                raise _no_longer("ref")
            if changed:
                yield Present(key, ref)


async def _together(ctx: Context, events: Subscription, asked: Asked, *, begins: bool = False) -> bool:
    """Have it told together with others as far as that goes; whether what is told first was told."""
    return ctx.together is not None and await ctx.together.follow(events, asked, begins=begins)


async def _sees(ctx: Context, key: int | None) -> bool:
    """Whether the actor may see the incident in question now, if there is one. UNAUTHENTICATED, FORBIDDEN."""
    require(ctx.actor, Permission.READ)
    if key is None:
        return True

    async def seen() -> bool:
        async with ctx.runtime.live.lookup() as reader:
            return await _is_visible(ctx, reader, key)

    return await through_outages(seen)


async def _is_visible(ctx: Context, reader: Reader, key: int) -> bool:
    found = await reader.scalar(select(Incident.id).where(Incident.id == key, visible_to(ctx.actor)))
    return found is not None


def _no_longer(field: str) -> DomainError:
    """What is said to somebody who saw an incident until now: they know that it is there."""
    return DomainError(
        ErrorCode.FORBIDDEN,
        "You may no longer see this incident.",
        field=field,
        hint="It became private, or you were taken off its members. One of them can add you.",
    )


async def _visible(ctx: Context, rows: Sequence[FeedRow]) -> AsyncGenerator[Event, None]:
    """Those events that the actor may see at the moment when they are handed out."""
    loop = asyncio.get_running_loop()
    waiting = deque(row.id for row in rows)
    while waiting:
        require(ctx.actor, Permission.READ)
        found = await _look(ctx, [waiting.popleft() for _ in range(min(LOOK, len(waiting)))])
        until = loop.time() + FRESH
        while found:
            yield found.popleft()
            if loop.time() >= until:
                break
        waiting.extendleft(event.id for event in reversed(found))


async def _look(ctx: Context, keys: list[int]) -> deque[Event]:
    async def read() -> deque[Event]:
        async with ctx.runtime.live.lookup() as reader:
            return deque(await reader.rows(Event, _looked_at(ctx, keys)))

    return await through_outages(read)


def _looked_at(ctx: Context, keys: list[int]) -> Select[Any]:
    return select(Event).where(Event.id.in_(keys), visible_events(ctx.actor)).order_by(Event.id)
