"""What every resolver is handed: who asks, and one snapshot to answer from."""

from typing import Any

import strawberry

from auth.actor import Actor
from core.db import Reader
from core.runtime import Runtime
from resolvers.batch import Batches


class Context:
    """One request, or one event of a subscription.

    `reader` is one connection and one snapshot, so that every part of the answer agrees; `batches` holds what batched
    fields have found in it. A field of a mutation calls `renew()` after its commit, so that its selection is answered
    from what it wrote and the next field begins afresh. Whoever makes a Context closes it.
    """

    def __init__(self, runtime: Runtime, actor: Actor, reader: Reader | None = None) -> None:
        self.runtime = runtime
        self.actor = actor
        self.reader: Reader = reader or runtime.database.reader()
        self.batches = Batches(self)

    @property
    def base_url(self) -> str:
        """The base of every link, without a trailing slash."""
        return self.runtime.settings.base_url

    async def renew(self) -> None:
        """Give the connection back and forget what was read: the next read sees a new snapshot."""
        await self.reader.close()
        self.reader = self.runtime.database.reader()
        self.batches = Batches(self)

    async def close(self) -> None:
        """Give the connection back."""
        await self.reader.close()


Info = strawberry.Info[Context, Any]
"""What a root resolver is handed; `info.context` is the Context."""
