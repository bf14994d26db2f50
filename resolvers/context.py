"""What every resolver is handed: who asks, and one snapshot to answer from."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import strawberry

from auth.actor import Actor
from auth.identify import NOBODY as NO_IDENTITY
from auth.identify import Identity
from core.client import NOBODY, Client
from core.course import Course
from core.db import Reader
from core.feed import FeedRow
from core.runtime import Runtime
from core.subscription import Subscription
from resolvers.batch import EVERYTHING, Batches


class Asked(Protocol):
    """What a subscription asks for, without who asks and from where on."""

    @property
    def incident_id(self) -> int | None:
        """The incident that it is about; None for all."""

    @property
    def merges(self) -> bool:
        """Whether many events are as good as one."""

    async def first(self, ctx: "Context", places: Collection[int]) -> list[tuple[int, Any]]:
        """What is told at once to who begins at one of the places without having been there before, with the place.

        DomainError if nothing may be told to whoever asks in `ctx`, also to those who come back.
        """

    async def told(self, ctx: "Context", rows: Sequence[FeedRow], place: int) -> list[tuple[int, Any]]:
        """What is told of events to whoever asks in `ctx`, all from its snapshot, and the place of each value.

        Without rows, it is what is told every `beat` seconds of `place`. DomainError if nothing may be told any more.
        """


class Together(Protocol):
    """Those who are told the same as one subscriber (schema.together)."""

    async def follow(self, events: Subscription, asked: Asked, *, begins: bool = False) -> bool:
        """Be told together with them, as long as there is nothing that must be told to this one alone.

        `begins` if it was told nothing yet, nor whether it may be. Whether it was, in the end.
        """


class Context:
    """One request, or one event of a subscription.

    `reader` is one connection and one snapshot, so that every part of the answer agrees; `batches` holds what batched
    fields have found in it. A field of a mutation calls `renew()` after its commit, so that its selection is answered
    from what it wrote and the next field begins afresh. Whoever makes a Context closes it.
    """

    def __init__(
        self,
        runtime: Runtime,
        actor: Actor,
        reader: Reader | None = None,
        *,
        client: Client = NOBODY,
        identity: Identity = NO_IDENTITY,
    ) -> None:
        self.runtime = runtime
        self.actor = actor
        self.client = client
        self.identity = identity
        """By which credential the actor came; none in processes of our own."""
        self.reader: Reader = reader or runtime.database.reader()
        self._before = self.reader.statements
        """How many the reader had sent for others."""
        self._earlier = 0
        """How many readers sent that were closed since."""
        self.batches = Batches(self)
        self.selected = EVERYTHING
        """What is read of the rows of the root field that is being resolved."""
        self.together: Together | None = None
        """Others who are told the same, if there may be any: only of a subscription."""
        self.course = Course()
        """How the execution went so far."""
        self._wakes: list[Callable[[], None]] = []

    @property
    def base_url(self) -> str:
        """The base of every link, without a trailing slash."""
        return self.runtime.settings.base_url

    @property
    def statements(self) -> int:
        """How many SQL statements were sent to read for it so far."""
        return self._earlier + self.reader.statements - self._before

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Have `wake` called, while the block runs, when the actor changes: what waits looks at it anew."""
        self._wakes.append(wake)
        try:
            yield
        finally:
            self._wakes.remove(wake)

    def becomes(self, actor: Actor) -> None:
        """Go on as an actor who may have other rights than before."""
        changed, self.actor = actor != self.actor, actor
        for wake in self._wakes if changed else ():
            wake()

    async def renew(self) -> None:
        """Give the connection back and forget what was read: the next read sees a new snapshot."""
        await self.close()
        self.reader, self._before = self.runtime.database.reader(), 0
        self.batches = Batches(self)

    async def may_be_of_a_replica(self) -> None:
        """Answer a query from a replica, if there is one that is not behind (core.replicas)."""
        if self.runtime.settings.replica_urls:
            await self.reader.close()
            self.reader = self.runtime.database.query_reader(lambda: self.runtime.live.cursor)

    async def close(self) -> None:
        """Give the connection back."""
        self._earlier, self._before = self.statements, self.reader.statements
        await self.reader.close()


Info = strawberry.Info[Context, Any]
"""What a root resolver is handed; `info.context` is the Context."""
