"""Answers made once for every class of subscribers (auth.likeness), in one snapshot that also tells the classes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson

from auth.actor import ANONYMOUS, Actor
from auth.likeness import Class, Faceless, classes
from core.db import Reader
from core.errors import DomainError
from core.outage import outage_of
from core.runtime import Runtime
from resolvers.context import Context
from resolvers.subscriptions import FRESH
from schema.event_executor import EventExecutor
from schema.execution import SECONDS, Prepared, answer

if TYPE_CHECKING:
    from schema.group import Group
    from schema.together import Member

AT_ONCE = 100
"""Answers that are sent before others in this process have their turn."""

Told = list[tuple[int, str]]
"""Answers in JSON with their places."""
Values = Callable[[Context], Awaitable[list[tuple[int, Any]]]]
"""What is told to whoever asks in a context, from its snapshot, with the places; as `Asked` has it."""


class Snapshot:
    """Some members of a group by what they may see, as of one moment, and what is told them of it."""

    def __init__(self, group: "Group", making: "Making", reader: Reader) -> None:
        self._group = group
        self._making = making
        self._reader = reader
        self._until = 0.0
        self._told: dict[Class, Told | None] = {}
        self.classes: dict[Class, list[tuple[Member, Actor]]] = {}

    async def divide(self, members: "Iterable[Member]") -> None:
        """Find out which of them may see the same."""
        actors = {member: member.actor for member in members if member.is_of(self._group)}
        class_of = await classes(self._reader, actors.values())
        self._until = asyncio.get_running_loop().time() + FRESH
        for member, actor in actors.items():
            self.classes.setdefault(class_of[actor], []).append((member, actor))

    async def make(self, each: Class, values: Values) -> None:
        """Make the answers for a class."""
        made = await self._making.made(Faceless.of(self.classes[each][0][1]), self._reader, values)
        self._told[each] = made

    async def give(self, tell: "Callable[[Member, Told], int]") -> "list[Member]":
        """Tell each member what was made for its class; those who are left when it is not FRESH any more.

        Where there was an error, which may be different for each, they go on alone, and so does who has become somebody
        else meanwhile. `tell` says how many answers it sent.
        """
        loop = asyncio.get_running_loop()
        waiting = [(*each, self._told[own]) for own, members in self.classes.items() for each in members]
        sent, pause_at = 0, AT_ONCE
        left: list[Member] = []
        for number, (member, actor, told) in enumerate(waiting, 1):
            if member.is_of(self._group):
                if told is None or (member.actor is not actor and member.actor != actor):
                    member.leave()
                else:
                    sent += tell(member, told)
            if max(sent, number) >= pause_at:
                pause_at = max(sent, number) + AT_ONCE
                await asyncio.sleep(0)
                if loop.time() > self._until:
                    left = [member for member, *_ in waiting[number:]]
                    break
        self._making.count(sent)
        return left


class Making:
    """Makes the answers to one document, for a group of those who asked it."""

    def __init__(self, runtime: Runtime, prepared: Prepared, count: Callable[[int], None]) -> None:
        self._runtime = runtime
        self._prepared = prepared
        self._executor = EventExecutor.of(Context(runtime, ANONYMOUS), prepared)
        self.count = count
        """Counts answers that were sent."""

    @asynccontextmanager
    async def snapshot(self, group: "Group", members: "Iterable[Member]") -> AsyncIterator[Snapshot]:
        """Those of the members who are of the group now, with what they may see; for SECONDS at most."""
        async with self._runtime.live.turn, asyncio.timeout(SECONDS):
            reader = self._runtime.database.reader()
            try:
                snapshot = Snapshot(group, self, reader)
                await snapshot.divide(members)
                yield snapshot
            finally:
                await reader.close()

    async def made(self, actor: Faceless, reader: Reader, values: Values) -> Told | None:
        """The answers for a class; None if there is an error in them."""
        try:
            found = await values(Context(self._runtime, actor, reader))
        except Exception as error:
            if outage_of(error) is not None:
                raise
            return None
        told: Told = []
        for at, value in found:
            try:
                result = await self._executor.told(value, Context(self._runtime, actor, reader))
            except DomainError:
                return None
            if result.errors:
                return None
            told.append((at, orjson.dumps(answer(result, self._prepared)).decode()))
        return told
