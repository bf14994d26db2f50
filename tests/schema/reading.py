"""Subscribers as their doorway sees them: what each was told, by its group or alone."""

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress

import orjson

from resolvers.context import Context
from schema.errors import Refused
from schema.execution import Request, prepare
from schema.stream import answers

SOON = 5


class Reading:
    """One subscriber, and what it was told: by its group, or alone."""

    def __init__(self, runtime, actor, document, sharing=True, **variables):
        self.ctx, self.sharing = Context(runtime, actor), sharing
        self.together, self.all, self.refused = [], [], None
        self.came = asyncio.Condition()
        self.gate = asyncio.Event()
        self.gate.set()
        prepared = prepare(Request(document, variables))
        self.task = asyncio.create_task(self.read(prepared, self.write if sharing else None))

    async def write(self, text):
        await self.gate.wait()
        self.together.append(text)
        await self.note(text)

    async def note(self, text):
        self.all.append(text)
        async with self.came:
            self.came.notify_all()

    async def read(self, prepared, write):
        try:
            async with aclosing(answers(prepared, self.ctx, write)) as given:
                async for answer in given:
                    await self.gate.wait()
                    await self.note(orjson.dumps(answer).decode())
        except Refused as refused:
            self.refused = refused

    @property
    def waits(self):
        """Whether it waits for what comes: in its group, or alone."""
        if self.sharing:
            return any(self.ctx.together in group._members for group in self.ctx.runtime.groups.values())  # noqa: SLF001
        runtime = self.ctx.runtime
        groups = {group._events for group in runtime.groups.values()}  # noqa: SLF001 (to look is all a test can do)
        return any(reader.idle for own in runtime.live._readers.values() for reader in own - groups)  # noqa: SLF001

    async def has(self, count):
        async with asyncio.timeout(SOON), self.came:
            await self.came.wait_for(lambda: len(self.all) >= count)

    async def told(self, words):
        """Wait until it was told something with these words."""
        async with asyncio.timeout(SOON), self.came:
            await self.came.wait_for(lambda: any(words in text for text in self.all))


@asynccontextmanager
async def readers(*made):
    """Subscribers who all wait for what comes."""
    try:
        for each in made:
            async with asyncio.timeout(SOON):
                while not each.waits:  # noqa: ASYNC110 (nobody says so)
                    await asyncio.sleep(0)
        yield made
    finally:
        for each in made:
            each.task.cancel()
            with suppress(asyncio.CancelledError):
                await each.task
            await each.ctx.close()
