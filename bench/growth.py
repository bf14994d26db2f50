"""Growth: the same operations at a thousand, a hundred thousand, a million incidents (ten events each).

Every size has a cluster and an API process of its own; rounds alternate between them. `python -m bench.growth 1000
1000000`; BENCH_SIZES="…" does the same, and BENCH_KEEP names a folder in which filled clusters are kept for next time.
A million incidents need 12 GB of disk and some minutes to load.
"""

import asyncio
import http.client
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from websockets.asyncio.client import connect

from actions.alerts.sources import create_alert_source
from auth.actor import SYSTEM
from auth.token import issue_token
from bench.data import load
from bench.figures import note
from bench.operations import REQUESTS
from bench.servers import cluster, process
from core.cursor import encode_cursor
from core.db import Database
from core.feed import PAGE, Feed
from migrations.apply import migrate
from models.person import User
from models.words import AccessRole
from statuspage import render
from statuspage.views import read_past, read_recent

EVENTS_EACH = 10
ROUNDS = 7
TIMES = 9
"""Requests of one kind in one round."""

IDLE = 10
"""Seconds after which a connection is opened anew."""

REPLAYED = 200
"""Events that a subscriber catches up with; those of the newest incidents, for it may replay 30 days."""

FEED = "subscription($after: Cursor) { feed(after: $after) { cursor event { kind text incident { reference } } } }"


@dataclass(slots=True)
class Site:
    """A size, with its database and its API."""

    size: int
    url: str
    port: int
    token: str
    key: str
    database: Database

    @property
    def label(self) -> str:
        """`1k`, `1M`."""
        return f"{self.size // 1_000_000}M" if self.size >= 1_000_000 else f"{self.size // 1000}k"

    @property
    def events(self) -> int:
        """How many events were loaded."""
        return self.size * EVENTS_EACH

    async def feed_page(self) -> None:
        """The first page after a place far back, of everything."""
        after = random.randrange(self.events - PAGE) if self.events > PAGE else 0
        assert len(await Feed(self.database, 30).page(after, self.events, None)) == PAGE

    async def feed_of_incident(self) -> None:
        """The whole timeline of some incident."""
        assert await Feed(self.database, 30).page(0, self.events, random.randrange(self.size) + 1)

    async def replay(self) -> None:
        """A subscriber returns and catches up."""
        uri, after = f"ws://127.0.0.1:{self.port}/graphql", encode_cursor(self.events - 2 * REPLAYED)
        async with connect(uri, subprotocols=["graphql-transport-ws"]) as socket:
            init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {self.token}"}}
            await socket.send(json.dumps(init))
            await socket.recv()
            payload = {"query": FEED, "variables": {"after": after}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            for _ in range(REPLAYED):
                assert "errors" not in json.loads(await socket.recv())["payload"]

    async def status_home(self) -> None:
        """The status page, read and rendered."""
        async with self.database.reading() as reader:
            site = await read_recent(reader)
        render.home(site, self.database.clock.now(), True)

    async def status_history(self) -> None:
        """A year of incidents, read and rendered."""
        async with self.database.reading() as reader:
            site = await read_past(reader)
        render.history(site, self.database.clock.now(), True)

    def ask(self, name: str) -> Callable[[], Awaitable[None]]:
        """An operation that is one HTTP request, on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}

        used = 0.0

        async def once() -> None:
            nonlocal used
            if time.monotonic() > used + IDLE:  # or the server hangs up meanwhile
                connection.close()
            used = time.monotonic()
            request = REQUESTS[name](self.size, self.key)
            connection.request("POST", request.path, request.body, headers)
            response = connection.getresponse()
            content = response.read()
            assert response.status < 300, content[:300]
            assert b'"errors"' not in content[:200], content[:300]

        return once

    def operations(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Everything that is measured, by name."""
        own = {
            "feed.page": self.feed_page,
            "feed.incident": self.feed_of_incident,
            "feed.replay": self.replay,
            "status.home": self.status_home,
            "status.history": self.status_history,
        }
        return {name: self.ask(name) for name in REQUESTS} | own


async def fill(url: str, size: int) -> None:
    """Load a database, unless it was loaded before. What the disk has is not waited for meanwhile."""
    await migrate(url)
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("select count(*) from (select from incident limit 1) s"):
            return
        began = time.monotonic()
        for setting in ("fsync = off", "max_wal_size = '16GB'"):
            await connection.execute(f"alter system set {setting}")
        await connection.execute("select pg_reload_conf()")
        await load(url, incidents=size, events_each=EVENTS_EACH)
        await connection.execute("alter system reset all")
        await connection.execute("select pg_reload_conf()")
        await connection.execute("checkpoint", timeout=600)
        took, bytes_ = (
            time.monotonic() - began,
            await connection.fetchval("select pg_database_size(current_database())"),
        )
        print(
            f"  {size:,} incidents, {size * EVENTS_EACH:,} events: {took:.0f} s to load, {bytes_ / 1e9:.2f} GB",
            flush=True,
        )
    finally:
        await connection.close()


async def credentials(url: str) -> tuple[str, str]:
    """A person's bearer token, and the key of a monitor's hook."""
    database = Database(url, pool_size=1)
    async with database.unit_of_work() as session:
        person = await session.get(User, 5)
        token, _ = await issue_token(session, database.clock, name="b", access_role=AccessRole.RESPONDER, user=person)
        _, key = await create_alert_source(session, SYSTEM, kind="alertmanager", name="Growth")
    await database.close()
    return token, key


@contextmanager
def site(size: int) -> Iterator[Site]:
    """A filled database and its API."""
    keep = os.environ.get("BENCH_KEEP")
    with cluster(Path(keep) / str(size) if keep else None) as url:
        asyncio.run(fill(url, size))
        token, key = asyncio.run(credentials(url))
        with process(["server", "api"], url, "/healthz") as (_, port):
            yield Site(size, url, port, token, key, Database(url, pool_size=2))


async def measure(sites: list[Site]) -> dict[str, dict[int, float]]:
    """Milliseconds at the median by operation and size."""
    taken: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    operations = {site.size: site.operations() for site in sites}
    for name in operations[sites[0].size]:
        for turn in range(ROUNDS + 1):
            for one in sites if turn % 2 else reversed(sites):
                for number in range(TIMES if name != "feed.replay" else 1):
                    began = time.perf_counter()
                    await operations[one.size][name]()
                    if turn and (number or name == "feed.replay"):  # the first ones warm
                        taken[name][one.size].append(1000 * (time.perf_counter() - began))
    for one in sites:
        await one.database.close()
    return {name: {size: statistics.median(times) for size, times in by.items()} for name, by in taken.items()}


def main() -> None:
    sizes = sorted(int(size) for size in sys.argv[1:] or os.environ.get("BENCH_SIZES", "1000 20000 100000").split())
    print(f"growth: milliseconds at the median, {ROUNDS} alternating rounds; ratio of the largest to the smallest")
    with ExitStack() as stack:
        sites = [stack.enter_context(site(size)) for size in sizes]
        found = asyncio.run(measure(sites))
    for name, by in found.items():
        ratio = by[sizes[-1]] / by[sizes[0]]
        print(f"  {name:<24}" + "".join(f"{by[size]:9.2f}" for size in sizes) + f"   ratio {ratio:.2f}", flush=True)
    for name, by in found.items():
        for one in sites:
            note(f"growth.{name}.{one.label}", f"{by[one.size]:.1f} ms")
        note(f"growth.{name}.ratio", f"{by[sizes[-1]] / by[sizes[0]]:.2f}")


if __name__ == "__main__":
    main()
