"""One execution for all who are told the same (ADR 0043).

Subscribers with the same document and variables are a group (schema.group). While a member has nothing to do alone, the
group reads the feed for all, from what a member missed on, and executes and encodes each event once for every class of
members. A member gets the same bytes at once, as long as its client takes them. Whatever is unusual makes a member go
its own way from its own place: an answer with an error, credentials that changed, a client that does not read. So a
group never waits for a client, and keeps nothing that was encoded.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from prometheus_client import Counter

from auth.actor import Actor
from core.begun import Rest, begin
from core.runtime import Runtime
from core.subscription import Subscription
from resolvers.context import Asked, Context
from schema.alike import alike
from schema.by_class import Told
from schema.execution import Prepared
from schema.group import Group

Write = Callable[[str], Coroutine[Any, Any, None]]
"""Sends an answer in JSON to one subscriber."""

_told = Counter(
    "muster_subscription_answers", "Answers to subscribers, by whether they were made for one or many.", ["made"]
)
TOGETHER = _told.labels("together")
ALONE = _told.labels("alone")


def together(ctx: Context, prepared: Prepared, write: Write) -> "Member | None":
    """What tells a subscriber together with others; None if what it asks for depends on who asks."""
    key = alike(prepared)
    return None if key is None else Member(ctx, prepared, write, key)


class Member:
    """One subscriber, for as long as its subscription lives. It is of no group while it is told alone."""

    __slots__ = (
        *("_ctx", "_done", "_error", "_group", "_key", "_prepared", "_rest", "_write"),
        *("begun", "events", "joins", "sure"),
    )

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
        self.begun = False
        """Whether it may see what it asks for, and was told what is told first."""
        self.joins = False
        """Whether something is told first: it has never been there before."""
        self.sure = False
        """Whether the feed can go on from its place."""

    @property
    def actor(self) -> Actor:
        """Who it is at present."""
        return self._ctx.actor

    def is_of(self, group: Group | None) -> bool:
        """Whether the group tells it what there is."""
        return self._group is group

    async def follow(self, events: Subscription, asked: Asked, *, begins: bool = False) -> bool:
        """Be told together with the group until something must be told to this one alone (resolvers.context)."""
        self.begun = not begins
        if not events.lendable:
            return self.begun
        self.events, self.sure = events, events.idle
        self.joins = begins and events.idle
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
        return self.begun

    def leave(self) -> None:
        """Go on alone, from where it is."""
        group, self._group = self._group, None
        if group is None:
            return
        self.events.take_back(group.since(self))
        group.remove(self)
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def tell(self, told: Told, place: int, *, again: bool) -> int:
        """Send what comes after its place; the rest is its own if its client does not take that at once.

        `again` if a place that it has reached is to be told as well. How many answers were sent.
        """
        answers = 0
        for at, text in told:
            if at < self.events.last or (at == self.events.last and not again):
                continue
            try:
                self._rest = begin(self._write(text))
            except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
                self._error = error
            self.events.last = at
            answers += 1
            if self._rest is not None or self._error is not None:
                self.leave()
                return answers
        self.events.last = max(self.events.last, place)
        return answers


def _group(runtime: Runtime, prepared: Prepared, asked: Asked, key: Any) -> Group:
    groups = runtime.groups
    full = (key, asked)
    found: Group | None = groups.get(full)
    if found is None:
        found = groups[full] = Group(runtime, prepared, asked, TOGETHER.inc, lambda: groups.pop(full, None))
    return found
