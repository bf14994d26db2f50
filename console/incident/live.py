"""`/console/incidents/{reference}/live`: the parts of an open page that changed, as events come (server-sent events).

An event reaches every open page with one rendering per distinct view: who may do the same, is no part of the incident
and is told times in the same zone shares one (`view_of`). What a page is sent is the difference to what it was sent
before. A page that lost its connection comes again with the place that it had reached, and gets what it missed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import exists, or_, select
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from auth.actor import Actor
from auth.permission import Permission, may
from auth.visibility import visible_to
from console.desk import Desk
from console.incident.chat import mark_of
from console.incident.here import Company, here
from console.incident.log import SHOWN
from console.incident.rendering import Rendering, keyed, look, render
from console.incident.scene import find
from console.look import read_look
from console.pages import SAFE, identity_of
from console.times import Times
from core.errors import DomainError, ErrorCode
from core.outage import outage_of
from core.runtime import Runtime
from core.subscription import Subscription
from core.zones import zone_or_utc
from models.incident import Incident
from models.role import RoleAssignment
from models.task import Task
from models.words import ActorKind, Visibility
from resolvers.context import Context

BEAT = 12.0
"""Seconds after which a page is told that nothing happened: proxies cut what is silent."""
MOST = 1_000
"""Pages that are open in one process at a time."""
AGAIN = 2_000
"""Milliseconds after which a browser comes again by itself."""
HEADERS = {**SAFE, "Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
MINUTE = timedelta(minutes=1)

View = tuple[object, ...]


@dataclass(slots=True)
class _Shown:
    """A rendering that was asked for, and of which minute: words such as “in 3 min” change with it.

    It has every event up to the place that the feed had reached when it was begun.
    """

    minute: int
    place: int
    chat: object
    """How far the chat had come: no event tells of what is said there."""
    task: "asyncio.Task[Rendering]"

    def serves(self, minute: int, least: int, chat: object) -> bool:
        """Whether it is of this minute, has everything up to a place and of the chat, and did not fail."""
        failed = self.task.done() and (self.task.cancelled() or self.task.exception() is not None)
        return self.minute == minute and self.place >= least and self.chat == chat and not failed


class Wall:
    """The renderings of one process, shared among all pages that are open in it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._shown: dict[View, _Shown] = {}
        self.company = Company(runtime.live)
        self.renderings = 0
        """How many were made: what `bench.console` counts."""

    async def rendering(
        self, incident: Incident, actor: Actor, zone: str, show: str, *, least: int, keys: bool = True
    ) -> Rendering:
        """The page as this actor sees it, with everything up to a place in the feed. FORBIDDEN once they may not."""
        view, chat = await self._view(incident, actor, zone, show)
        view = (*view, keys)
        minute = int(self._runtime.database.clock.now().timestamp() // 60)
        shown = self._shown.get(view)
        if shown is None or not shown.serves(minute, least, chat):
            made = asyncio.create_task(self._render(incident, actor, zone, show, keys=keys))
            shown = self._shown[view] = _Shown(minute, self._runtime.live.cursor, chat, made)
        return await asyncio.shield(shown.task)

    @property
    def open(self) -> int:
        """How many pages are open."""
        return self.company.total

    @contextmanager
    def looking(self, incident: int, who: Actor, changes: Subscription) -> Iterator[None]:
        """Count a page while it is open; the renderings of an incident go with the last page on it."""
        try:
            with self.company.joined(incident, who, changes):
                yield
        finally:
            if not self.company.here(incident):
                for view in [view for view in self._shown if view[0] == incident]:
                    del self._shown[view]

    async def _render(self, incident: Incident, actor: Actor, zone: str, show: str, *, keys: bool) -> Rendering:
        self.renderings += 1
        ctx = Context(self._runtime, actor)
        try:
            seen = await look(ctx, await find(ctx, incident.reference), show=show)
        finally:
            await ctx.close()
        return render(seen, actor, Times(zone_or_utc(zone), self._runtime.database.clock.now()), keys=keys)

    async def _view(self, incident: Incident, actor: Actor, zone: str, show: str) -> tuple[View, object]:
        """What tells views apart, how far the chat has come, and whether there still is one for this actor (FORBIDDEN).

        Who is part of the incident has a view of their own, and so has everybody on a private one and on one that
        others were merged into: of those, viewers may see different ones.
        """
        seen = exists().where(Incident.id == incident.id, visible_to(actor))
        holds = exists().where(
            RoleAssignment.incident_id == incident.id,
            RoleAssignment.user_id == actor.id,
            RoleAssignment.relinquished_at.is_(None),
        )
        does = exists().where(
            Task.incident_id == incident.id, Task.claimed_by_kind == ActorKind.USER, Task.claimed_by_id == actor.id
        )
        merged = exists().where(Incident.merged_into_id == incident.id, visible_to(actor))
        now_private = exists().where(Incident.id == incident.id, Incident.visibility == Visibility.PRIVATE)
        async with self._runtime.live.lookup() as reader:
            row = (await reader.execute(select(seen, or_(holds, does, merged, now_private), mark_of(incident))))[0]
        if not row[0]:
            hint = "It became private, or you were taken off its members. One of them can add you."
            raise DomainError(ErrorCode.FORBIDDEN, "You may no longer see this incident.", hint=hint)
        own = actor.id if row[1] else None
        return (incident.id, show, zone, actor.access_role, actor.limit, actor.sees_private, own), row[2]


_walls: WeakKeyDictionary[object, Wall] = WeakKeyDictionary()


def wall_of(runtime: Runtime) -> Wall:
    """The wall of this process."""
    return _walls.setdefault(runtime.live, Wall(runtime))


class Page:
    """One open page: what it was sent, and how to say what is new."""

    def __init__(self, seen: Rendering | None) -> None:
        self._parts = dict(seen.parts) if seen else {}
        # What is said in the chat has no place in the feed: it is sent once more, lest something was said meanwhile.
        self._parts.pop("chat", None)
        self._lines = dict(seen.lines) if seen else {}
        self._whole = seen is None
        self._here = ""

    def company(self, now: str) -> str:
        """Who is here, if that is not what was sent before."""
        before, self._here = self._here, now
        return now if now != before else ""

    def news(self, now: Rendering) -> str:
        """HTML of the parts that changed; new lines of the timeline ask to be put on top. Empty if nothing did."""
        changed = [html for name, html in now.parts.items() if self._parts.get(name) != html]
        if self._whole or not (now.lines.keys() & self._lines.keys() or not self._lines):
            lines = f'<ol class="log" id="log-lines">{"".join(now.lines.values())}</ol>'
        else:
            fresh = [html for key, html in now.lines.items() if self._lines.get(key) != html]
            lines = f"<template data-lines>{''.join(fresh)}</template>" if fresh else ""
        self._parts, self._lines, self._whole = dict(now.parts), {**self._lines, **now.lines}, False
        return "".join(changed) + lines


async def live(request: Request) -> Response:
    """The stream. 401, 403 and 404 without one; 503 when too many pages are open, or the database is away."""
    runtime: Runtime = request.app.state.runtime
    try:
        identity = await identity_of(request)
        if identity.actor.kind is not ActorKind.USER or not may(identity.actor, Permission.READ):
            return Response("You are signed out.", 401, SAFE)
        desk = Desk(request, identity)
        try:
            incident = await find(desk.ctx, request.path_params["reference"])
            zone = (await desk.times()).zone_name
        finally:
            await desk.ctx.close()
    except DomainError as error:
        return Response(error.message, 404 if error.code is ErrorCode.NOT_FOUND else 403, SAFE)
    except Exception as error:
        if outage_of(error) is None:
            raise
        return Response("The database is away.", 503, {**SAFE, "Retry-After": "2"})
    wall = wall_of(runtime)
    if wall.open >= MOST:
        return Response("Too many pages are open.", 503, {**SAFE, "Retry-After": "10"})
    show = request.query_params.get("show", "all")
    told = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    after = int(told) if told.isascii() and told.isdigit() and len(told) < 20 else 0  # noqa: PLR2004 (digits)
    stream = _stream(request, wall, incident, zone, show if show in SHOWN else "all", after)
    return StreamingResponse(stream, headers=HEADERS)


async def _stream(
    request: Request, wall: Wall, incident: Incident, zone: str, show: str, after: int
) -> AsyncIterator[bytes]:
    runtime: Runtime = request.app.state.runtime
    keys = read_look(runtime.settings, request).keys
    yield f"retry: {AGAIN}\n\n".encode()
    with runtime.live.changes(incident.id) as changes, _waking(runtime, changes):
        try:
            actor = await _actor(request)
            with wall.looking(incident.id, actor, changes):
                first = await wall.rendering(incident, actor, zone, show, least=after, keys=keys)
                page = Page(first if first.place == after else None)
                yield _event(keyed(page.news(first)), first.place)
                least = changes.place
                while not runtime.closing.is_set():
                    if around := page.company(here(*wall.company.people(incident.id))):
                        yield _event(around, least, "here")
                    if await changes.batch(BEAT):
                        least = changes.place
                    now = await wall.rendering(incident, await _actor(request), zone, show, least=least, keys=keys)
                    yield _event(keyed(page.news(now)), now.place)
        except DomainError as error:
            # Said once and for good: this viewer may not see it any more. Everything else comes again by itself.
            yield f"event: over\ndata: {error.message}\n\n".encode()
        except Exception as error:
            if outage_of(error) is None:
                raise


async def _actor(request: Request) -> Actor:
    """Who looks, as of now: sessions end, rights are taken away. FORBIDDEN once they are nobody."""
    actor = (await identity_of(request)).actor
    if actor.kind is not ActorKind.USER or not may(actor, Permission.READ):
        raise DomainError(ErrorCode.FORBIDDEN, "You were signed out. Sign in to see it again.")
    return actor


def _event(html: str, place: int, name: str = "parts") -> bytes:
    """An event with what is new, or a beat; both carry the place from which to go on."""
    if not html:
        return f"event: beat\nid: {place}\ndata: {place}\n\n".encode()
    lines = "\n".join(f"data: {line}" for line in html.split("\n"))
    return f"event: {name}\nid: {place}\n{lines}\n\n".encode()


@contextmanager
def _waking(runtime: Runtime, changes: Subscription) -> Iterator[None]:
    """Have a page that waits look up when the process is to end: its browser goes on elsewhere."""
    waiting = asyncio.create_task(runtime.closing.wait())
    waiting.add_done_callback(lambda _: changes.wake())
    try:
        yield
    finally:
        waiting.cancel()
