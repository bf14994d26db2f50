"""What a process remembers for a few seconds of things that it looks up on every request."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from core.feed import FeedRow
from core.journal import Journal

V = TypeVar("V")

SECONDS = 5.0
"""How long something is remembered although nobody said that it changed: a notification can be lost."""
MOST = 10_000
"""Things remembered; the oldest is forgotten first."""


class Remembered(Generic[V]):
    """Values by key, forgotten after five seconds, and at once when an event tells that they may have changed.

    `concerns` says whether an event of a kind is one. What was being looked up while it came in is not remembered.
    """

    def __init__(self, concerns: Callable[[str], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._concerns = concerns
        self._clock = clock
        self._values: OrderedDict[bytes, tuple[float, V]] = OrderedDict()
        self._turn = 0

    async def get(self, key: bytes, look_up: Callable[[], Awaitable[V | None]]) -> V | None:
        """The value of a key, looked up if it is not remembered. None is not remembered: it may come to be any time."""
        found = self._values.get(key)
        if found is not None and self._clock() < found[0]:
            return found[1]
        turn = self._turn
        value = await look_up()
        if value is not None and turn == self._turn:
            self._values[key] = (self._clock() + SECONDS, value)
            self._values.move_to_end(key)
            if len(self._values) > MOST:
                self._values.popitem(last=False)
        return value

    def on_events(self, rows: Sequence[FeedRow]) -> None:
        """Forget everything if one of these events says so, or if the database was restored (no events)."""
        if not rows or any(self._concerns(row.kind) for row in rows):
            self.forget()

    def on_commit(self, journal: Journal) -> None:
        """The same for a commit of this process, which it need not be told of."""
        if any(self._concerns(event.kind) for event in journal.events):
            self.forget()

    def forget(self) -> None:
        """Forget everything."""
        self._turn += 1
        self._values.clear()
