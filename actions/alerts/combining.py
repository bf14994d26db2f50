"""Deliveries that arrive while others are being stored are stored together: one transaction costs what ten alerts do.

Nobody waits for company. What comes while all hands are busy waits for the next that is free, which takes all that
waits. Those of one group of a monitor are in the same hand or wait, as they would wait for each other's lock; but those
that bring the same alert are not in the same one.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

HANDS = 2
"""How many transactions are under way at once: what one begins with is done while another is at its end."""
MOST = 100
"""Alerts that are taken together: on top of so many, another delivery makes nothing cheaper."""


class Part(Protocol):
    """What can be taken together with others."""

    @property
    def key(self) -> Hashable:
        """Two with the same one are under way in the same hand, or one waits for the other."""

    @property
    def weight(self) -> int:
        """How much it is."""

    @property
    def names(self) -> Collection[Hashable]:
        """What it is about: two that have one in common are not in the same hand."""


P = TypeVar("P", bound=Part)
R = TypeVar("R")


class Again:
    """The outcome of what was not free: it is to be taken alone, and to wait."""


AGAIN = Again()


@dataclass(eq=False, slots=True)
class _Waiting(Generic[P, R]):
    part: P
    outcome: asyncio.Future[R]


class Combiner(Generic[P, R]):
    """Takes parts, several at a time.

    `together` gives the outcome of each, or AGAIN; if it fails for several, each is taken `alone`, so that none fails
    for another's sake. Whoever is taken alone may wait for others, and keeps no hand busy with that.
    """

    def __init__(
        self, together: Callable[[Sequence[P]], Awaitable[Sequence[R | Again]]], alone: Callable[[P], Awaitable[R]]
    ) -> None:
        self._together = together
        self._alone = alone
        self._waiting: list[_Waiting[P, R]] = []
        self._keys: Counter[Hashable] = Counter()
        """Of how many parts with each key nobody knows the outcome yet."""
        self._busy = 0
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, part: P) -> R:
        """The outcome of one. Errors are those of `together` for a single one, and of `alone`."""
        waiting = _Waiting[P, R](part, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._begin()
        try:
            return await waiting.outcome
        finally:
            if waiting in self._waiting:  # nobody waits for it any more
                self._waiting.remove(waiting)

    def _begin(self) -> None:
        while self._busy < HANDS and (found := self._next()):
            self._busy += 1
            self._under_way += len(found)
            self._start(self._take(found))

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _next(self) -> list[_Waiting[P, R]]:
        """What is taken next, in the order in which it came; nothing if fewer wait than are under way.

        So half of those who send are always under way, and half wait. Else it would soon be one here, the rest there.
        """
        if len(self._waiting) < self._under_way:
            return []
        found: list[_Waiting[P, R]] = []
        weight, names = 0, set[Hashable]()
        for each in self._waiting:
            if each.part.key in self._keys:
                continue
            if found and weight + each.part.weight > MOST:
                break
            if len(self._waiting) > 1:
                mine = each.part.names
                if not names.isdisjoint(mine):
                    continue
                names.update(mine)
            found.append(each)
            weight += each.part.weight
        if len(found) < self._under_way:
            return []
        self._keys.update(each.part.key for each in found)
        self._waiting = [each for each in self._waiting if each not in found]
        return found

    async def _take(self, parts: Sequence[_Waiting[P, R]]) -> None:
        outcomes: Sequence[R | Again | Exception]
        try:
            outcomes = await self._together([each.part for each in parts])
        except Exception as error:  # noqa: BLE001 (whoever waits for it is told)
            outcomes = [error] if len(parts) == 1 else [AGAIN for _ in parts]
        finally:
            self._busy -= 1
            self._under_way -= len(parts)
        for each, outcome in zip(parts, outcomes, strict=True):
            if isinstance(outcome, Again):
                self._start(self._take_alone(each))
            else:
                self._done(each, outcome)
        self._begin()

    async def _take_alone(self, waiting: _Waiting[P, R]) -> None:
        outcome: R | Exception
        try:
            outcome = await self._alone(waiting.part)
        except Exception as error:  # noqa: BLE001 (as above)
            outcome = error
        self._done(waiting, outcome)
        self._begin()

    def _done(self, waiting: _Waiting[P, R], outcome: R | Exception) -> None:
        self._keys[waiting.part.key] -= 1
        if not self._keys[waiting.part.key]:
            del self._keys[waiting.part.key]
        if waiting.outcome.done():
            return  # it was given up
        if isinstance(outcome, Exception):
            waiting.outcome.set_exception(outcome)
        else:
            waiting.outcome.set_result(outcome)
