"""Live feed: from the answer of a mutation's commit to the event at a client, over a real socket, by subscribers.

The writer commits in this process, the API is a process of its own: the event comes by NOTIFY.
"""

import asyncio
import json
import statistics
import time

from websockets.asyncio.client import connect

from actions.entries import add_entry
from auth.actor import SYSTEM
from bench.data import load
from bench.servers import cluster, cpu_seconds, process
from bench.token import make_token
from core.db import Database
from core.live import Live
from migrations.apply import migrate
from models.words import EntryKind

DOCUMENT = "subscription { feed { cursor event { kind text actor { name } incident { reference title } } } }"
EVENTS = 200
GAP = 0.02
"""Seconds between two events."""


async def listen(port: int, token: str, ready: asyncio.Semaphore, seen: dict[str, float], delays: list[float]) -> None:
    options = {"subprotocols": ["graphql-transport-ws"]}
    async with connect(f"ws://127.0.0.1:{port}/graphql", **options) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": DOCUMENT}}))
        left = EVENTS
        async for text in socket:
            event = json.loads(text)["payload"]["data"]["feed"]["event"]
            if event is None:
                ready.release()
            else:
                delays.append(time.perf_counter() - seen[event["text"]])
                left -= 1
                if not left:
                    return


async def measure(url: str, port: int, pid: int, token: str, subscribers: int) -> None:
    database = Database(url)
    live = Live(database)
    database.on_commit = live.on_commit
    seen, delays, ready = {}, [], asyncio.Semaphore(0)
    async with live.running(), asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(listen(port, token, ready, seen, delays)) for _ in range(subscribers)]
        for _ in range(subscribers):
            await ready.acquire()
        cpu = cpu_seconds(pid)
        for number in range(EVENTS):
            words = f"{subscribers}-{number}"
            async with database.unit_of_work() as session:
                await add_entry(session, SYSTEM, incident="1", kind=EntryKind.NOTE, text=words)
            seen[words] = time.perf_counter()
            await asyncio.sleep(GAP * max(1, subscribers / 10))
        await asyncio.gather(*readers)
    await database.close()
    cuts = [1000 * cut for cut in statistics.quantiles(delays, n=100)]
    spent = 1000 * (cpu_seconds(pid) - cpu) / EVENTS
    print(
        f"{subscribers:>5} subscribers: p50 {cuts[49]:6.1f} ms   p99 {cuts[98]:6.1f} ms   {spent:6.1f} ms CPU an event"
    )


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=10, events_each=5))
        token = asyncio.run(make_token(url))
        with process(["server", "api"], url, "/healthz") as (api, port):
            print(f"feed: commit to delivery, {EVENTS} events")
            for subscribers in (1, 10):
                asyncio.run(measure(url, port, api.pid, token, subscribers))


if __name__ == "__main__":
    main()
