"""What a process remembers for a few seconds of things that it looks up on every request."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from core.feed import FeedRow
from core.journal import Journal
from core.outage import outage_of, tell

V = TypeVar("V")

SECONDS = 5.0
"""How long something is remembered although nobody said that it changed: a notification can be lost."""
AGAIN_SECONDS = 2.0
"""After a look-up that failed, nobody tries again for so long where the last good answer stands in."""
MOST = 10_000
"""Things remembered; the oldest is forgotten first."""


class Known(NamedTuple, Generic[V]):
    """A value: until when it is not looked up again, and when it was last found. `old`: then it could not be."""

    until: float
    found_at: float
    value: V
    old: bool = False


class Remembered(Generic[V]):
    """Values by key, forgotten after five seconds, and at once when an event tells that they may have changed.

    `concerns` says whether an event of a kind is one. What was being looked up while it came in is not remembered.
    `lasts`: for so many seconds a value stands in for itself while the database can't be asked (core.outage).
    """

    def __init__(
        self, concerns: Callable[[str], bool], clock: Callable[[], float] = time.monotonic, *, lasts: float = 0.0
    ) -> None:
        self._concerns = concerns
        self._clock = clock
        self._lasts = lasts
        self._values: OrderedDict[bytes, Known[V]] = OrderedDict()
        self._turn = 0

    async def get(
        self, key: bytes, look_up: Callable[[], Awaitable[V | None]], *, may_be_old: bool = False
    ) -> V | None:
        """The value of a key, looked up if it is not remembered. None is not remembered: it may come to be any time.

        With `may_be_old` the last good answer does while there is an outage, unless an event has told since that it
        may have changed, or it `lasts` no longer. Once the database can be asked again, what it answers counts.
        """
        found = self._values.get(key)
        if found is not None and self._clock() < found.until and (may_be_old or not found.old):
            return found.value
        turn = self._turn
        try:
            value = await look_up()
        except Exception as error:
            known = self._values.get(key)  # what was forgotten meanwhile is forgotten
            if not may_be_old or known is None or outage_of(error) is None or self._over(known):
                raise
            tell(error)
            self._values[key] = known._replace(until=self._clock() + AGAIN_SECONDS, old=True)
            return known.value
        if value is None:
            self._values.pop(key, None)
        elif turn == self._turn:
            now = self._clock()
            self._values[key] = Known(now + SECONDS, now, value)
            self._values.move_to_end(key)
            if len(self._values) > MOST:
                self._values.popitem(last=False)
        return value

    def _over(self, known: Known[V]) -> bool:
        return self._clock() - known.found_at >= self._lasts

    def on_events(self, rows: Sequence[FeedRow]) -> None:
        """Forget everything if one of these events says so, or if the database was restored (no events)."""
        if not rows or any(map(self._concerns, {row.kind for row in rows})):
            self.forget()

    def on_commit(self, journal: Journal) -> None:
        """The same for a commit of this process, which it need not be told of."""
        if any(map(self._concerns, {event.kind for event in journal.events})):
            self.forget()

    def forget(self) -> None:
        """Forget everything."""
        self._turn += 1
        self._values.clear()
