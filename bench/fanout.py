"""Fan-out: one event to many subscribers of `feed`, against a bare broadcast in the same kind of server.

Both servers run at once on one database; events are written in this process, each when the one before has reached
everybody. `python -m bench.fanout 100` asks for another number of subscribers.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time

from websockets.asyncio.client import connect

from actions.entries import add_entry
from auth.actor import SYSTEM
from bench.data import load
from bench.feed import DOCUMENT
from bench.figures import note
from bench.servers import cluster, cpu_seconds, process
from bench.token import make_token
from core.db import Database
from core.live import Live
from migrations.apply import migrate
from models.words import EntryKind

ROUNDS = 5
EVENTS = 4
"""Events of a round."""
PATIENCE = 120.0
"""Seconds in which an event must have reached everybody."""


async def follow(port: int, token: str, ready: asyncio.Semaphore, delays: asyncio.Queue[tuple[str, float]]) -> None:
    options = {"subprotocols": ["graphql-transport-ws"], "open_timeout": PATIENCE, "ping_interval": None}
    async with connect(f"ws://127.0.0.1:{port}/graphql", **options) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": DOCUMENT}}))
        async for frame in socket:
            if '"text":' not in frame:
                ready.release()
            else:
                text = json.loads(frame)["payload"]["data"]["feed"]["event"]["text"]
                delays.put_nowait((text, time.time()))


async def crowd(port: int, token: str, subscribers: int) -> None:
    """The subscribers of one server, in a process of their own. A line when all are there, and one for each event."""
    ready, delays = asyncio.Semaphore(0), asyncio.Queue[tuple[str, float]]()
    gate = asyncio.Semaphore(50)

    async def enter() -> None:
        async with gate:
            tasks.append(asyncio.create_task(follow(port, token, ready, delays)))
            await ready.acquire()

    tasks: list[asyncio.Task] = []
    await asyncio.gather(*(enter() for _ in range(subscribers)))
    print("ready", flush=True)
    while True:
        came = [await delays.get() for _ in range(subscribers)]
        assert len({text for text, _ in came}) == 1, "events came out of order"
        print(json.dumps([came[0][0], [when for _, when in came]]), flush=True)


class Side:
    """One server with its subscribers."""

    def __init__(self, name: str, pid: int, port: int, token: str, subscribers: int) -> None:
        self.name, self.pid = name, pid
        command = [sys.executable, "-m", "bench.fanout", "crowd", str(port), token, str(subscribers)]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.delays: list[float] = []
        self.cpu: list[float] = []

    def line(self) -> str:
        """What its subscribers say next."""
        said = self.child.stdout.readline()
        assert said, f"the subscribers of {self.name} are gone"
        return said

    def quantile(self, of: int) -> float:
        """Milliseconds from commit to delivery."""
        return statistics.quantiles(self.delays, n=100)[of - 1] * 1000


async def measure(url: str, sides: list[Side]) -> None:
    """Write events; each side's subscribers say when they had it."""
    database = Database(url)
    live = Live(database)
    database.on_commit = live.on_commit
    async with live.running():
        for number in range(ROUNDS * EVENTS):
            before = [cpu_seconds(side.pid) for side in sides]
            async with database.unit_of_work() as session:
                await add_entry(session, SYSTEM, incident="1", kind=EntryKind.NOTE, text=f"event {number}")
            committed = time.time()
            for side, cpu in zip(sides, before, strict=True):
                async with asyncio.timeout(PATIENCE):
                    text, moments = json.loads(await asyncio.to_thread(side.line))
                assert text == f"event {number}"
                side.delays += [moment - committed for moment in moments]
                side.cpu.append(cpu_seconds(side.pid) - cpu)
    await database.close()


def main(subscribers: int) -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=10, events_each=5))
        token = asyncio.run(make_token(url))
        with (
            process(["server", "api"], url, "/healthz") as (api, api_port),
            process(["bench.broadcast"], url, "/up") as (bare, bare_port),
        ):
            ours = Side("Muster", api.pid, api_port, token, subscribers)
            reference = Side("bare broadcast", bare.pid, bare_port, token, subscribers)
            sides = [ours, reference]
            try:
                for side in sides:
                    assert side.line() == "ready\n"
                print(f"fan-out: {ROUNDS * EVENTS} events, one at a time, to {subscribers} subscribers of each")
                asyncio.run(measure(url, sides))
            finally:
                for side in sides:
                    side.child.terminate()
                    side.child.wait(10)
    for side in sides:
        cpu = statistics.mean(side.cpu) * 1000
        print(
            f"  {side.name:<15} p50 {side.quantile(50):8.1f} ms  p99 {side.quantile(99):8.1f} ms"
            f"  {cpu:8.1f} ms CPU an event"
        )
    ratios = (sum(ours.cpu) / max(sum(reference.cpu), 0.01), ours.quantile(99) / reference.quantile(99))
    note("fanout.subscribers", subscribers)
    note(
        "fanout.cpu", f"{statistics.mean(ours.cpu) * 1000:.0f} ms CPU an event, {ratios[0]:.0f} times a bare broadcast"
    )
    note("fanout.p99", f"{ours.quantile(99):.0f} ms, {ratios[1]:.1f} times a bare broadcast")


if __name__ == "__main__":
    if sys.argv[1:2] == ["crowd"]:
        asyncio.run(crowd(int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
