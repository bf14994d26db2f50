"""Heartbeats for tests: one that is reported to at its address."""

from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette

from actions.heartbeats.listening import note_listening
from actions.heartbeats.saving import create_heartbeat, heartbeat_path
from actions.heartbeats.sweep import sweep_heartbeats
from core import ids
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from integrations.heartbeat_hook import routes
from models.heartbeat import Heartbeat


@asynccontextmanager
async def reporting(database):
    """A client of the addresses of heartbeats."""
    made = Starlette(routes=routes(Runtime(Settings(), database, Live(database))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://muster.example") as client:
        yield client


class Beat:
    """A heartbeat: `await beat.reports()`, `await beat.row()`."""

    def __init__(self, world, client, row, key):
        self.world, self.client, self.key = world, client, row.id
        self.id, self.path = ids.encode("Heartbeat", row.id), heartbeat_path(key)

    @classmethod
    async def create(cls, world, client, name="Backup", every=600, **given):
        made = await world.do(create_heartbeat, world.ada, name=name, every_seconds=every, **given)
        return cls(world, client, *made)

    async def reports(self, end="", method="GET", **more):
        answer = await self.client.request(method, self.path + end, **more)
        assert answer.status_code == 200, answer.text

    async def row(self):
        async with self.world.database.unit_of_work() as session:
            return await session.get(Heartbeat, self.key)

    async def state(self):
        return (await self.row()).state_at(self.world.clock.now())


async def look(world):
    """What an API process and the timers do every few seconds."""
    await note_listening(world.database)
    return await sweep_heartbeats(world.database)


async def watch(world, minutes):
    """Let time pass while all of Muster runs."""
    fired = 0
    for _ in range(minutes * 3):
        world.clock.advance(seconds=20)
        fired += await look(world)
    return fired
