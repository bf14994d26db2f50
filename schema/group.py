"""Subscribers who are told the same: one place in the feed, and those who are on their way there (ADR 0043).

Members are told what comes. Who begins, or resumes, is on the way: all who are get what is told first from one
execution, and are then led through what they missed together, some events at a time, in turns with what comes for the
members. The group does not move on meanwhile, so that who has reached its place is a member without a gap or a double.
"""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from core.errors import DomainError, ErrorCode
from core.feed import FeedRow
from core.outage import through_outages
from core.runtime import Runtime
from resolvers.context import Asked
from schema.by_class import Making, Told
from schema.execution import Prepared

if TYPE_CHECKING:
    from schema.together import Member

GATHER = 0.1
"""Seconds at least between two times that people on the way are seen to: who comes meanwhile shares the next one."""
STRETCH = 50
"""Executions for them before the members have their turn: events times classes."""

log = logging.getLogger(__name__)


class Group:
    """Those who are told the same but for what they may see."""

    def __init__(
        self,
        runtime: Runtime,
        prepared: Prepared,
        asked: Asked,
        count: Callable[[int], None],
        over: Callable[[], object],
    ) -> None:
        self._asked = asked
        self._over = over
        self._beat = runtime.live.beat
        live = runtime.live
        self._events = (
            live.changes(asked.incident_id)
            if asked.merges and asked.incident_id is not None
            else live.subscribe(incident_id=asked.incident_id)
        )
        self._now: list[FeedRow] = []
        self._from = self._events.last
        """The place before these."""
        self._members: dict[Member, None] = {}
        self._coming: dict[Member, None] = {}
        self._clock = asyncio.get_running_loop().time
        self._beat_at = self._clock() + self._beat
        self._see_at = 0.0
        """When those on the way may be seen to next."""
        self._nearest = False
        self._making = Making(runtime, prepared, count)
        # It belongs to no request, and to no trace: not to those of who happened to come first either.
        self._task = asyncio.create_task(self._run(), context=contextvars.Context())

    def add(self, member: "Member") -> None:
        """Tell a member what comes after its place."""
        if self._is_there(member):
            self._members[member] = None
            return
        self._coming[member] = None
        self._events.wake()

    def remove(self, member: "Member") -> None:
        """Tell it nothing more. Without members, there is no group."""
        self._members.pop(member, None)
        self._coming.pop(member, None)
        if not self._members and not self._coming:
            self._over()
            self._events.close()
            self._task.cancel()

    def since(self, member: "Member") -> list[FeedRow] | None:
        """What a member has not been told that came after its place; None if not all of it is at hand."""
        place = member.events.last
        if not (self._events.complete and member.sure and place >= self._from):
            return None
        return [row for row in self._now if row.id > place] + self._events.since(place)

    def _is_there(self, member: "Member") -> bool:
        return member.begun and member.sure and member.events.last >= self._events.last

    async def _run(self) -> None:
        with self._events:
            try:
                while self._members or self._coming:
                    await self._next()
            finally:
                self._release([*self._members, *self._coming])

    async def _next(self) -> None:
        """Tell what is new, or that there is nothing, to all members; then see to those on the way."""
        due = min(self._beat_at, self._see_at) if self._coming else self._beat_at
        wait = max(0.0, due - self._clock())
        try:
            rows = await through_outages(lambda: self._events.batch(wait))
        except DomainError as error:
            if error.code is ErrorCode.SLOW_CONSUMER:  # this process was: nobody else is to blame for it
                self._events.replay()
                return
            members = list(self._members)
            self._release([*members, *self._coming])
            for member in members:
                member.events.end()
            return
        if rows or self._clock() >= self._beat_at:
            self._beat_at = self._clock() + self._beat
            self._now = rows
            left = list(self._members)
            while left:
                left = await self._tried(left, lambda left=left: self._tell(left, rows))  # type: ignore[misc]
        self._now, self._from = [], self._events.last
        if self._coming and self._clock() >= self._see_at:
            await self._see_to(list(self._coming))

    async def _tried(
        self, members: "list[Member]", work: "Callable[[], Coroutine[Any, Any, list[Member]]]"
    ) -> "list[Member]":
        """Those members whom work left over. If it can't be done for all of them, each goes on alone."""
        try:
            return await through_outages(work)
        except Exception as error:  # each meets it again alone, and is told of it
            if not isinstance(error, DomainError | TimeoutError):
                log.exception("could not tell a group of subscribers the same: each is told alone")
            self._release(members)
        return []

    def _release(self, members: "Iterable[Member]") -> None:
        for member in tuple(members):
            if member.is_of(self):
                member.leave()

    async def _tell(self, members: "list[Member]", rows: list[FeedRow]) -> "list[Member]":
        """Tell it to members; those who are left when it is not FRESH any more."""
        place = rows[-1].id if rows else self._events.place
        async with self._making.snapshot(self, members) as snapshot:
            for each in snapshot.classes:
                await snapshot.make(each, lambda ctx: self._asked.told(ctx, rows, place))
        return await snapshot.give(lambda member, told: member.tell(told, place, again=not rows))

    async def _see_to(self, coming: "list[Member]") -> None:
        """Lead those who are on the way a stretch further."""
        self._see_at = self._clock() + GATHER
        await self._tried(coming, lambda: self._lead(coming))
        for member in [each for each in self._coming if self._is_there(each)]:
            del self._coming[member]
            self._members[member] = None
        if any(member in self._coming for member in coming):
            self._see_at = 0.0

    async def _lead(self, coming: "list[Member]") -> "list[Member]":
        unsure = [member for member in coming if not member.sure]
        if unsure:
            good = await self._events.good({member.events.last for member in unsure})
            for member in unsure:
                if member.events.last in good:
                    member.sure = True
                else:
                    self._release([member])  # it is told why when it is alone
        new = [member for member in coming if member.is_of(self) and not member.begun]
        if new:
            await self._begin(new)
        behind = [member for member in coming if member in self._coming and member.begun]
        behind = [member for member in behind if member.events.last < self._events.last]
        if behind:
            await self._stretch(behind)
        return []

    async def _begin(self, new: "list[Member]") -> None:
        """Tell those who have not begun what is told first, if they may be told anything."""
        joining = [member for member in new if member.joins]
        if self._asked.merges:  # it is told as it is now, wherever they are
            place = max((member.events.last for member in joining), default=0)
            for member in joining:
                member.events.last = max(place, self._events.last)
        async with self._making.snapshot(self, new) as snapshot:
            for each, members in snapshot.classes.items():
                places = {member.events.last for member, _ in members if member.joins}
                await snapshot.make(each, lambda ctx, places=places: self._asked.first(ctx, places))  # type: ignore[misc]
        await snapshot.give(_first)

    async def _stretch(self, behind: "list[Member]") -> None:
        """Tell some of what was missed, to all who missed it.

        By turns from who is farthest behind, which serves most, and from who is nearest, which soon is there: so
        nobody waits longer than twice what it would take alone, and nothing is executed more than twice as often.
        """
        at = (max if self._nearest else min)(member.events.last for member in behind)
        self._nearest = not self._nearest
        end = self._events.last
        rows = await self._events.between(at, STRETCH)
        until = rows[-1].id if len(rows) == STRETCH else end
        missed = [member for member in behind if member.is_of(self) and at <= member.events.last]
        for member in missed:
            if not rows or member.events.last >= rows[-1].id:
                member.events.last = max(member.events.last, until)
        missed = [member for member in missed if member.events.last < until]
        if not missed:
            return
        async with self._making.snapshot(self, missed) as snapshot:
            fit = rows[: max(1, STRETCH // max(1, len(snapshot.classes)))]
            place = fit[-1].id
            for each in snapshot.classes:
                await snapshot.make(each, lambda ctx: self._asked.told(ctx, fit, place))
        reached = until if len(fit) == len(rows) else place
        await snapshot.give(lambda member, told: member.tell(told, reached, again=False))


def _first(member: "Member", told: Told) -> int:
    """Tell a member what is told first."""
    if member.begun:
        return 0
    member.begun = True
    place = member.events.last
    own = [each for each in told if member.joins and each[0] == place]
    return member.tell(own, place, again=True)
