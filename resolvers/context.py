"""What every resolver is handed: who asks, and one snapshot to answer from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import strawberry

from auth.actor import Actor
from auth.identify import NOBODY as NO_IDENTITY
from auth.identify import Identity
from core.client import NOBODY, Client
from core.db import Reader
from core.runtime import Runtime
from resolvers.batch import Batches


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
        self.batches = Batches(self)
        self._wakes: list[Callable[[], None]] = []

    @property
    def base_url(self) -> str:
        """The base of every link, without a trailing slash."""
        return self.runtime.settings.base_url

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
        await self.reader.close()
        self.reader = self.runtime.database.reader()
        self.batches = Batches(self)

    async def may_be_of_a_replica(self) -> None:
        """Answer a query from a replica, if there is one that is not behind (core.replicas)."""
        if self.runtime.settings.replica_urls:
            await self.reader.close()
            self.reader = self.runtime.database.query_reader(lambda: self.runtime.live.cursor)

    async def close(self) -> None:
        """Give the connection back."""
        await self.reader.close()


Info = strawberry.Info[Context, Any]
"""What a root resolver is handed; `info.context` is the Context."""
