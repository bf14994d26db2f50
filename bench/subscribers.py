"""Telling subscribers: mails a second to a local sink, and what becomes of a query and an internal mail meanwhile.

`muster up` as users get it, on a PostgreSQL of its own. A query and an internal mail are timed on the idle product and
again while it tells 10,000 subscribers; both are ratios of the same run.
"""

import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx

from bench.figures import note
from core.embedded import EmbeddedPostgres
from tests.server.processes import free_port, launch, pull_the_plug

READERS = int(os.environ.get("BENCH_READERS", "10000"))
IDLE_SECONDS = 10
EVERY = 0.1
"""Seconds between two queries, and between two internal mails."""

FILL = """
insert into subscriber(channel, digest, email, kinds, every_component, created_at, confirmed_at)
  select 'EMAIL', sha256(n::text::bytea), format('reader%s@example.org', n), '["INCIDENTS"]', true, now(), now()
  from generate_series(1, $1::int) n
"""
QUERY = "{ incidents(first: 10) { nodes { reference title stage } } }"
DECLARE = 'mutation { declareIncident(input: {title: "Down", severity: "SEV3"}) { incident { reference } } }'
SAY = """mutation ($incident: String!, $audience: Audience!, $status: PublicStatus) { publishUpdate(input: {
  incident: $incident, audience: $audience, status: $status, body: "We look into it."}) { cursor } }"""
ASSIGN = """mutation ($incident: String!, $user: ID!) { assignRole(input: {
  incident: $incident, role: "commander", user: $user}) { cursor } }"""


SINK = """
import asyncio, sys, time

async def serve(reader, writer):
    async def say(text):
        writer.write(text.encode() + b"\\r\\n")
    await say("220 sink")
    to = ""
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"RCPT":
            to = line.decode().partition("<")[2].partition(">")[0]
        if verb == b"DATA":
            await say("354 go")
            await writer.drain()
            await reader.readuntil(b"\\r\\n.\\r\\n")
            print(time.time(), to, flush=True)
        if verb == b"QUIT":
            await say("221 bye")
            break
        await say("250-sink\\r\\n250 SIZE 10000000" if verb == b"EHLO" else "250 ok")
    writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    async with server:
        await server.serve_forever()

asyncio.run(main())
"""
"""A mail server that takes everything, in a process of its own: it says when each mail arrived, and to whom."""


class Sink:
    """When mails arrived, by domain, and for whom."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[float]] = {"example.org": [], "staff.example": []}
        self.recipients: set[str] = set()

    async def run(self, port: int) -> asyncio.subprocess.Process:
        """Begin to take mail."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SINK, str(port), stdout=asyncio.subprocess.PIPE
        )
        self._reading = asyncio.create_task(self._read(child))
        return child

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        async for line in child.stdout:
            moment, _, to = line.decode().strip().partition(" ")
            domain = to.partition("@")[2]
            if domain in self.arrived:
                self.arrived[domain].append(float(moment))
                self.recipients.add(to)

    def to(self, domain: str) -> list[float]:
        """When the mails to a domain arrived."""
        return self.arrived[domain]


class Product:
    """The API of the product, as a script uses it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def graphql(self, query: str, **variables: object) -> dict:
        """The data of an answer without errors."""
        answer = (await self.client.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        return answer["data"]


async def times(product: Product, sink: Sink, incident: str, people: Iterator[str], stop: asyncio.Event) -> tuple:
    """Milliseconds of queries, and from an assignment to the arrival of the mail about it, until `stop`."""
    queries: list[float] = []
    mails: list[float] = []

    async def ask() -> None:
        while not stop.is_set():
            began = time.monotonic()
            await product.graphql(QUERY)
            queries.append(1000 * (time.monotonic() - began))
            await asyncio.sleep(EVERY)

    async def assign() -> None:
        while not stop.is_set():
            before, began = len(sink.to("staff.example")), time.time()
            await product.graphql(ASSIGN, incident=incident, user=next(people))
            while len(sink.to("staff.example")) == before and time.time() - began < 30:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            mails.append(1000 * (sink.to("staff.example")[-1] - began))
            await asyncio.sleep(EVERY)

    await asyncio.gather(ask(), assign())
    return sorted(queries), sorted(mails)


def told(what: str, idle: list[float], busy: list[float]) -> None:
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        before, after = (each[min(len(each) - 1, int(share * len(each)))] for each in (idle, busy))
        key = f"subscribers.{what}_{name}"
        note(key, f"{after / before:.1f} times idle ({before:.0f} ms → {after:.0f} ms, of {len(idle)} and {len(busy)})")


async def run(folder: Path) -> None:
    sink, smtp = Sink(), free_port()
    child = await sink.run(smtp)
    settings = {"SMTP_URL": f"smtp://127.0.0.1:{smtp}", "MUSTER_MAIL_FROM": "Status <status@example.org>"}
    up = await asyncio.to_thread(launch, folder, alone=True, **settings)
    try:
        await asyncio.to_thread(up.wait_ready)
        token = await asyncio.to_thread(up.token)
        url = (await asyncio.to_thread(EmbeddedPostgres, folder)).url
        connection = await asyncpg.connect(url)
        await connection.execute(FILL, READERS)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=up.base, headers=headers, timeout=60, trust_env=False) as client:
            await measure(Product(client), sink)
        await connection.close()
    finally:
        await asyncio.to_thread(pull_the_plug, up)
        child.terminate()
        await child.wait()


async def measure(product: Product, sink: Sink) -> None:
    people = []
    for name in ("ada", "ben"):
        save = "mutation ($n: String!, $e: String!) { saveUser(input: {name: $n, email: $e}) { user { id } } }"
        made = await product.graphql(save, n=name, e=f"{name}@staff.example")
        people.append(made["saveUser"]["user"]["id"])
    incidents = [(await product.graphql(DECLARE))["declareIncident"]["incident"]["reference"] for _ in range(2)]
    await asyncio.sleep(2)  # the mails about these
    await asyncio.sleep(1)
    taking_turns = itertools.cycle(people)  # who holds the role already would not be told again
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(IDLE_SECONDS, stop.set)
    idle = await times(product, sink, incidents[0], taking_turns, stop)
    began, stop = time.time(), asyncio.Event()
    await product.graphql(SAY, incident=incidents[1], audience="PUBLIC", status="INVESTIGATING")
    meanwhile = asyncio.create_task(times(product, sink, incidents[0], taking_turns, stop))
    while len(sink.to("example.org")) < READERS and time.time() - began < 600:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    stop.set()
    busy = await meanwhile
    arrived = sink.to("example.org")
    assert len(arrived) == READERS, f"{len(arrived)} of {READERS}"
    assert len(sink.recipients) == READERS + len(people)
    note("subscribers.rate", f"{READERS / (max(arrived) - began):.0f} mails/s to {READERS} subscribers")
    note("subscribers.first", f"{1000 * (min(arrived) - began):.0f} ms from the publication to the first mail")
    told("query", idle[0], busy[0])
    told("mail", idle[1], busy[1])
    note("subscribers.queries", f"{statistics.median(busy[0]):.0f} ms a query meanwhile")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as base:
        Path(base).chmod(0o755)
        asyncio.run(run(Path(base) / "data"))


if __name__ == "__main__":
    main()
