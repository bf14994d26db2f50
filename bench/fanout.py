"""Fan-out: one event to many subscribers of `feed`, against a bare broadcast in the same kind of server.

Both servers run at once on one database; events are written in this process, each when the one before has reached
everybody. `python -m bench.fanout 300` asks for another number of subscribers, each on a connection of its own.
`python -m bench.fanout many` is 10,000 subscribers of Muster alone: 100 on each of 100 connections, the most that one
socket may have. `python -m bench.fanout many 2000 1` is so many connections with so many subscriptions each.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time

from actions.entries import add_entry
from auth.actor import SYSTEM
from bench.crowd import PATIENCE
from bench.data import load
from bench.figures import note
from bench.servers import cluster, cpu_seconds, process, resident_megabytes
from bench.token import make_token
from core.db import Database
from core.live import Live
from migrations.apply import migrate
from models.words import EntryKind

ROUNDS = 5
EVENTS = 4
"""Events of a round."""
MANY = (100, 100)
"""Connections, and subscriptions on each, of the larger measurement."""


class Side:
    """One server with its subscribers."""

    def __init__(self, name: str, pid: int, port: int, token: str, connections: int, each: int = 1) -> None:
        self.name, self.pid, self.subscribers = name, pid, connections * each
        command = [sys.executable, "-m", "bench.crowd", str(port), token, str(connections), str(each)]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.delays: list[float] = []
        self.cpu: list[float] = []
        self.lost = 0

    def line(self) -> str:
        """What its subscribers say next."""
        said = self.child.stdout.readline()
        assert said, f"the subscribers of {self.name} are gone"
        return said

    def quantile(self, of: int) -> float:
        """Milliseconds from commit to delivery."""
        return statistics.quantiles(self.delays, n=100)[of - 1] * 1000

    def tell(self) -> None:
        """Say what was measured."""
        cpu = statistics.mean(self.cpu) * 1000
        print(
            f"  {self.name:<15} p50 {self.quantile(50):8.1f} ms  p99 {self.quantile(99):8.1f} ms"
            f"  {cpu:8.1f} ms CPU an event  {self.lost} lost"
        )

    def end(self) -> None:
        """End its subscribers."""
        self.child.terminate()
        self.child.wait(10)


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
                    texts, moments = json.loads(await asyncio.to_thread(side.line))
                assert texts == [f"event {number}"], f"{side.name}: {texts} instead of event {number}"
                side.lost += side.subscribers - len(moments)
                side.delays += [moment - committed for moment in moments]
                side.cpu.append(cpu_seconds(side.pid) - cpu)
    await database.close()


def compare(subscribers: int) -> None:
    """CPU and delays beside a bare broadcast."""
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
                    side.end()
    for side in sides:
        side.tell()
    ratios = (sum(ours.cpu) / max(sum(reference.cpu), 0.01), ours.quantile(99) / reference.quantile(99))
    note("fanout.subscribers", subscribers)
    note(
        "fanout.cpu", f"{statistics.mean(ours.cpu) * 1000:.0f} ms CPU an event, {ratios[0]:.2f} times a bare broadcast"
    )
    note("fanout.p99", f"{ours.quantile(99):.0f} ms, {ratios[1]:.1f} times a bare broadcast")
    note("fanout.lost", ours.lost)


def many(connections: int, each: int) -> None:
    """What so many subscribers take of one process."""
    with cluster() as url:
        asyncio.run(migrate(url))
        asyncio.run(load(url, incidents=10, events_each=5))
        token = asyncio.run(make_token(url))
        with process(["server", "api"], url, "/healthz") as (api, port):
            first = Side("the first", api.pid, port, token, 1)
            side = None
            try:
                assert first.line() == "ready\n"
                time.sleep(1)  # what is made once for all is made now
                before = resident_megabytes(api.pid)
                side = Side("Muster", api.pid, port, token, connections, each)
                assert side.line() == "ready\n"
                time.sleep(1)
                taken = (resident_megabytes(api.pid) - before) * 1000 / side.subscribers
                print(f"fan-out: {side.subscribers} subscribers, {each} on each of {connections} connections")
                asyncio.run(measure(url, [side]))
                after = (resident_megabytes(api.pid) - before) * 1000 / side.subscribers
            finally:
                for one in filter(None, (first, side)):
                    one.end()
    side.tell()
    name = f"fanout.many.{each}"
    note(f"{name}.subscribers", f"{side.subscribers}, {each} on each connection")
    note(f"{name}.memory", f"{taken:.1f} kB a subscriber, {after:.1f} kB after {ROUNDS * EVENTS} events")
    note(f"{name}.p99", f"{side.quantile(99):.0f} ms, {side.lost} lost")


if __name__ == "__main__":
    if sys.argv[1:2] == ["many"]:
        many(*(map(int, sys.argv[2:4]) if sys.argv[2:] else MANY))
    else:
        compare(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
