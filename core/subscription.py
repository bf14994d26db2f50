"""One reader of the feed: what it missed, then what comes, each event once and in order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection
from typing import Protocol, Self

from core.cursor import encode_cursor
from core.errors import DomainError, ErrorCode
from core.feed import PAGE, Feed, FeedRow, lost


class Source(Protocol):
    """Where new events come from (core.live)."""

    cursor: int
    """The newest event that every attached subscription has been offered."""

    def attach(self, subscription: "Subscription") -> None:
        """Offer it every event after `cursor`."""

    def detach(self, subscription: "Subscription") -> None:
        """Offer it nothing more; harmless when it is not attached."""


class Subscription:
    """A reader's place in the feed: a context manager to iterate over, or to take batches from.

    The seam: it is attached first and then replays up to where it was attached, and `last` drops what came twice. Each
    replay begins with a look at whether the feed can still go on from there: the database may have been restored.
    While it still catches up, a full queue only means another round of replay. After that it ends the subscription:
    SLOW_CONSUMER, whose hint names the cursor to resume after; what was queued before is handed out first.
    """

    def __init__(
        self,
        source: Source,
        feed: Feed,
        *,
        after: int | None,
        incident_id: int | None,
        size: int,
        merge: bool = False,
    ) -> None:
        self.incident_id = incident_id
        self.last = source.cursor if after is None else after
        """The newest event that was handed out."""
        self._source = source
        self._feed = feed
        self._size = size
        self._merge = merge
        self._queue: deque[FeedRow] = deque()
        self._wake = asyncio.Event()
        self._full = False
        self._lost = False
        self._woken = False
        self._live = after is None
        self._replay_to: int | None = None
        if self._live:
            source.attach(self)

    @property
    def place(self) -> int:
        """How far this reader has come: nothing at or before this place is still to be handed out."""
        return max(self.last, self._source.cursor) if self._live and not self._queue and not self._full else self.last

    def offer(self, row: FeedRow) -> None:
        """Queue a new event. Never waits: the process's one tail must not be held up by a slow reader."""
        if len(self._queue) < self._size:
            self._queue.append(row)
        elif not self._merge:
            self._full = True
            self._source.detach(self)
        self._wake.set()

    @property
    def complete(self) -> bool:
        """Whether all that it was offered since its last event is still waiting, and nothing is missing."""
        return self._live and not self._full and not self._lost

    @property
    def idle(self) -> bool:
        """Whether it has handed out everything up to `place`, and only waits for more."""
        return self.complete and not self._queue and not self._woken

    def since(self, place: int) -> list[FeedRow]:
        """What waits after a place. Taken out by nobody."""
        return [row for row in self._queue if row.id > place]

    @property
    def lendable(self) -> bool:
        """Whether somebody else may hand out what comes next: it waits for more, or would read the log."""
        return self.idle or not (self._live or self._lost)

    def lend(self) -> None:
        """Leave it to somebody else to hand out what comes after `place`, who says in `last` how far that is."""
        self.last = self.place
        self.replay()

    def take_back(self, waiting: list[FeedRow] | None) -> None:
        """Go on after `last`, with all that has come since then; None if that must be read from the log."""
        self.replay()
        if waiting is None:
            return
        self._live = True
        self._source.attach(self)
        for row in waiting:
            if row.id > self.last:
                self.offer(row)

    def replay(self) -> None:
        """Go on from the log: what waits is forgotten, and read again."""
        self._source.detach(self)
        self._queue.clear()
        self._full = self._live = False
        self._replay_to = None

    def wake(self) -> None:
        """Have whoever waits for events look up although there are none: what they may see has changed."""
        self._woken = True
        self._wake.set()

    def end(self) -> None:
        """End it: what it was offered is not part of the feed any more."""
        self._lost = True
        self._source.detach(self)
        self._wake.set()

    async def batch(self, wait: float | None = None) -> list[FeedRow]:
        """The next events in order; none if nothing came within `wait` seconds (None: for ever) or after `wake`.

        The first call raises CURSOR_EXPIRED or INVALID_INPUT if the feed can't go on from `after`; any later one
        SLOW_CONSUMER, or CURSOR_EXPIRED when the database was restored to an earlier moment.
        """
        rows = await self._missed() or await self._queued(wait)
        if rows:
            self.last = rows[-1].id
        return rows

    async def good(self, places: Collection[int]) -> set[int]:
        """Those of many places from which others can go on as this reader does, by one statement."""
        return await self._feed.good(places, self.incident_id)

    async def between(self, place: int, most: int) -> list[FeedRow]:
        """The first events after a place that this reader has handed out, from the log: for who comes after it."""
        return await self._feed.page(place, self.last, self.incident_id, most)

    def close(self) -> None:
        """Take nothing more."""
        self._source.detach(self)

    async def _missed(self) -> list[FeedRow]:
        while not self._live:
            if self._replay_to is None:
                self._queue.clear()
                self._full = False
                self._source.attach(self)
                self._replay_to = self._source.cursor
                await self._feed.check(self.last, self.incident_id)
            rows = await self._feed.page(self.last, self._replay_to, self.incident_id)
            if len(rows) < PAGE:
                self._live = not self._full
                self._replay_to = None
            if rows:
                return rows
        return []

    async def _queued(self, wait: float | None) -> list[FeedRow]:
        try:
            async with asyncio.timeout(wait):
                while not (rows := self._take()):
                    if self._lost:
                        raise lost()
                    if self._full:
                        raise self._too_slow()
                    if self._woken:
                        break
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return []
        self._woken = False
        return rows

    def _take(self) -> list[FeedRow]:
        if self._lost:
            return []
        rows = [row for row in self._queue if row.id > self.last]
        self._queue.clear()
        return rows

    def _too_slow(self) -> DomainError:
        cursor = encode_cursor(self.last)
        return DomainError(
            ErrorCode.SLOW_CONSUMER,
            f"More than {self._size} events were waiting to be read.",
            hint=f"Subscribe again with after: {cursor!r}, and read faster.",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aiter__(self) -> AsyncIterator[FeedRow]:
        while True:
            for row in await self.batch():
                yield row
