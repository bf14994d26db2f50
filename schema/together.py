"""One execution for all who are told the same (ADR 0043).

Subscribers with the same document and variables are a group. While a member has nothing to do alone, the group reads
the feed for all, and executes and encodes each event once for every class of members (auth.likeness), in one snapshot
that also tells the classes. A member gets the same bytes at once, as long as its client takes them. Whatever is unusual
makes a member go its own way from its own place: an answer with an error, credentials that changed, a client that does
not read. So a group never waits for a client, and keeps nothing that was encoded.
"""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import orjson
from prometheus_client import Counter

from auth.actor import ANONYMOUS, Actor
from auth.likeness import Class, Faceless, classes
from core.begun import Rest, begin
from core.db import Reader
from core.errors import DomainError, ErrorCode
from core.feed import FeedRow
from core.outage import outage_of, through_outages
from core.runtime import Runtime
from core.subscription import Subscription
from resolvers.context import Asked, Context
from resolvers.subscriptions import FRESH
from schema.alike import alike
from schema.event_executor import EventExecutor
from schema.execution import SECONDS, Prepared, answer

AT_ONCE = 100
"""Members who are told before others in this process have their turn."""

Write = Callable[[str], Coroutine[Any, Any, None]]
"""Sends an answer in JSON to one subscriber."""
Told = list[tuple[int, str]]
"""Answers with their places."""

_told = Counter(
    "muster_subscription_answers", "Answers to subscribers, by whether they were made for one or many.", ["made"]
)
TOGETHER = _told.labels("together")
ALONE = _told.labels("alone")

log = logging.getLogger(__name__)


def together(ctx: Context, prepared: Prepared, write: Write) -> "Member | None":
    """What tells a subscriber together with others; None if what it asks for depends on who asks."""
    key = alike(prepared)
    return None if key is None else Member(ctx, prepared, write, key)


class Member:
    """One subscriber, for as long as its subscription lives. It is `free` while it is not in its group."""

    __slots__ = ("_ctx", "_done", "_error", "_group", "_key", "_prepared", "_rest", "_write", "events")

    def __init__(self, ctx: Context, prepared: Prepared, write: Write, key: Any) -> None:
        self._ctx = ctx
        self._prepared = prepared
        self._write = write
        self._key = key
        self._group: Group | None = None
        self._done: asyncio.Future[None] | None = None
        self._rest: Rest | None = None
        self._error: Exception | None = None
        self.events: Subscription

    @property
    def actor(self) -> Actor:
        """Who it is at present."""
        return self._ctx.actor

    def is_of(self, group: "Group") -> bool:
        """Whether the group tells it what there is."""
        return self._group is group

    async def follow(self, events: Subscription, asked: Asked) -> None:
        """Be told together with the group until something must be told to this one alone (resolvers.context)."""
        if not events.idle:
            return
        self.events = events
        self._done = asyncio.get_running_loop().create_future()
        self._group = _group(self._ctx.runtime, self._prepared, asked, self._key)
        events.lend()
        self._group.add(self)
        try:
            with self._ctx.waking(self.leave):
                await self._done
            rest, self._rest = self._rest, None
            if rest is not None:
                await rest
            error, self._error = self._error, None
            if error is not None:
                raise error
        finally:
            self.leave()
            if self._rest is not None:
                self._rest.close()

    def leave(self) -> None:
        """Go on alone, from where it is."""
        group, self._group = self._group, None
        if group is None:
            return
        self.events.take_back(group.since(self.events.last))
        group.remove(self)
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def tell(self, told: Told, place: int, *, again: bool) -> None:
        """Send what comes after its place; the rest is its own if its client does not take that at once.

        `again` if a place that it has reached is to be told as well.
        """
        for at, text in told:
            if at < self.events.last or (at == self.events.last and not again):
                continue
            try:
                self._rest = begin(self._write(text))
            except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
                self._error = error
            self.events.last = at
            if self._rest is not None or self._error is not None:
                self.leave()
                return
        self.events.last = max(self.events.last, place)


def _group(runtime: Runtime, prepared: Prepared, asked: Asked, key: Any) -> "Group":
    groups = runtime.groups
    full = (key, asked)
    found: Group | None = groups.get(full)
    if found is None:
        found = groups[full] = Group(runtime, prepared, asked, lambda: groups.pop(full, None))
    return found


class Group:
    """Those who are told the same but for what they may see."""

    def __init__(self, runtime: Runtime, prepared: Prepared, asked: Asked, over: Callable[[], object]) -> None:
        self._runtime = runtime
        self._prepared = prepared
        self._asked = asked
        self._over = over
        live = runtime.live
        self._events = (
            live.changes(asked.incident_id)
            if asked.merges and asked.incident_id is not None
            else live.subscribe(incident_id=asked.incident_id)
        )
        self._now: list[FeedRow] = []
        self._members: dict[Member, None] = {}
        self._executor = EventExecutor.of(Context(runtime, ANONYMOUS), prepared)
        # It belongs to no request, and to no trace: not to those of who happened to come first either.
        self._task = asyncio.create_task(self._run(), context=contextvars.Context())

    def add(self, member: Member) -> None:
        """Tell a member what comes after its place."""
        self._members[member] = None

    def remove(self, member: Member) -> None:
        """Tell it nothing more. Without members, there is no group."""
        self._members.pop(member, None)
        if not self._members:
            self._over()
            self._events.close()
            self._task.cancel()

    def since(self, place: int) -> list[FeedRow] | None:
        """What members have not been told that came after a place; None if not all of it is at hand."""
        if not self._events.complete:
            return None
        return [row for row in self._now if row.id > place] + self._events.since(place)

    async def _run(self) -> None:
        with self._events:
            try:
                while self._members:
                    await self._next()
            finally:
                self._release(self._members)

    async def _next(self) -> None:
        """Tell what is new, or that there is nothing, to all of them."""
        beat = self._runtime.live.beat
        try:
            rows = await through_outages(lambda: self._events.batch(beat))
        except DomainError as error:
            if error.code is ErrorCode.SLOW_CONSUMER:  # this process was: nobody else is to blame for it
                self._events.replay()
                return
            members = list(self._members)
            self._release(members)
            for member in members:
                member.events.end()
            return
        self._now = rows
        left = list(self._members)
        try:
            while left:
                left = await through_outages(lambda left=left: self._tell(left, rows))  # type: ignore[misc]
        except Exception as error:  # each meets it again alone, and is told of it
            if not isinstance(error, DomainError | TimeoutError):
                log.exception("could not tell a group of subscribers the same: each is told alone")
            self._release(left)
        self._now = []

    def _release(self, members: Iterable[Member]) -> None:
        for member in tuple(members):
            if member.is_of(self):
                member.leave()

    async def _tell(self, members: list[Member], rows: list[FeedRow]) -> list[Member]:
        """Tell it to members; those who are left when it is not FRESH any more."""
        place = rows[-1].id if rows else self._events.place
        loop = asyncio.get_running_loop()
        actors = {member: member.actor for member in members if member.is_of(self)}
        by_class: dict[Class, Told | None] = {}
        async with self._runtime.live.turn, asyncio.timeout(SECONDS):
            reader = self._runtime.database.reader()
            try:
                class_of = await classes(reader, actors.values())
                until = loop.time() + FRESH
                for actor, each in class_of.items():
                    if each not in by_class:
                        by_class[each] = await self._made(Faceless.of(actor), reader, rows, place)
            finally:
                await reader.close()
        answers, left = 0, []
        for number, (member, actor) in enumerate(actors.items(), 1):
            told = by_class[class_of[actor]]
            if member.is_of(self):
                if told is None:
                    member.leave()
                else:
                    member.tell(told, place, again=not rows)
                    answers += len(told)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
                if loop.time() > until:
                    left = list(actors)[number:]
                    break
        TOGETHER.inc(answers)
        return left

    async def _made(self, actor: Faceless, reader: Reader, rows: list[FeedRow], place: int) -> Told | None:
        """The answers for a class; None if there is an error in them, which may be different for each."""
        try:
            values = await self._asked.told(Context(self._runtime, actor, reader), rows, place)
        except Exception as error:
            if outage_of(error) is not None:
                raise
            return None
        made: Told = []
        for at, value in values:
            try:
                result = await self._executor.told(value, Context(self._runtime, actor, reader))
            except DomainError:
                return None
            if result.errors:
                return None
            made.append((at, orjson.dumps(answer(result, self._prepared)).decode()))
        return made
