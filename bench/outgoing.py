"""What follows from declarations: how soon vendors are asked, and how fast a storm of them is worked off.

`python -m bench.outgoing` or, smaller, `python -m bench.outgoing 100`: declarations of the storm. The vendor is an HTTP
server of this process that notes when each request comes; the worker is a process of its own with four threads. The
references, an empty job in the place of each, are measured in the same run.
"""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import orjson

from actions.declarations import declare_incident
from actions.outward.settings import save_integration
from actions.workflows.saving import save_workflow
from auth.actor import SYSTEM
from bench import jobs
from bench.figures import note
from bench.servers import cluster
from core.db import Database
from core.notify import Notifier
from core.secrets import Secrets
from integrations import adaptors
from migrations.apply import migrate

assert adaptors  # vendors are known once it is loaded

KEY = "bench"
"""The key of what is sealed."""
THREADS = 4
SINGLES, WARM = 100, 5
"""Declarations one after the other, after some that wait for the worker to start, and warm it up."""
STORM = 1000
STEPS = 6
AT_ONCE = 8
PATIENCE = 600.0
"""Seconds for a storm; then something was lost."""

SWITCHED_OFF = "update workflow set enabled = false; delete from workflow_trigger"
LEFT = "select count(*) from job where name like 'workflow.%'"
SETTLED = """
select count(*) filter (where s.state = 'DONE') as done, count(distinct s.run_id) as runs,
  extract(epoch from max(s.ended_at) - min(s.begun_at)) as seconds
from workflow_step_run s
"""


class Pager:
    """PagerDuty's Events API, as far as it is asked: when the first request for each incident came."""

    def __init__(self) -> None:
        self.address = ""
        self.came: dict[str, float] = {}
        self.news = asyncio.Event()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a connection, which ends with it."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        moment = time.monotonic()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        event = orjson.loads(await reader.readexactly(length))
        if "payload" in event:  # else the integration is examined
            self.came.setdefault(event["payload"]["custom_details"]["incident"], moment)
            self.news.set()
        body = orjson.dumps({"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]})
        fields = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
        writer.write(f"HTTP/1.1 202 Accepted\r\n{fields}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async def first(self, reference: str) -> float:
        """When the first request for an incident came; waits for it."""
        while reference not in self.came:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)
        return self.came[reference]

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """On loopback for the block."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield


@contextmanager
def worker(url: str) -> Iterator[None]:
    """A worker with four threads, which may ask what is on this machine."""
    settings = {
        "DATABASE_URL": url,
        "MUSTER_SECRET_KEY": KEY,
        "MUSTER_WORKER_THREADS": str(THREADS),
        "MUSTER_WEBHOOK_ALLOW_PRIVATE": "true",
    }
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **settings, "MUSTER_DATA_DIR": folder}
        child = subprocess.Popen([sys.executable, "-m", "server", "worker"], env=environment)
        try:
            yield
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(30)


async def _declare(database: Database) -> str:
    async with database.unit_of_work() as session:
        return (await declare_incident(session, SYSTEM, title="Checkout is down", severity="SEV1")).reference


async def _workflow(database: Database, *steps: dict) -> None:
    """The only workflow there is."""
    definition = {"trigger": {"events": ["incident.declared"]}, "steps": list(steps)}
    async with database.unit_of_work() as session:
        await save_workflow(session, SYSTEM, key="bench", name="Bench", definition=definition)


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def first_requests(url: str) -> list[float]:
    """Milliseconds from the commit of each declaration until the pager is asked, one after the other, sorted."""
    await _execute(url, SWITCHED_OFF)
    notifier, pager, waits = Notifier(url), Pager(), []
    sending = asyncio.create_task(notifier.run())
    database = Database(url, secrets=Secrets([KEY]), on_commit=notifier.ask)
    async with pager.served():
        told = {"routing_key": "b" * 32, "events_url": pager.address}
        async with database.unit_of_work() as session:
            await save_integration(session, SYSTEM, vendor="pagerduty", configuration=told)
        await _workflow(database, {"page": {}})
        for number in range(SINGLES + WARM):
            reference = await _declare(database)
            committed = time.monotonic()
            came = await pager.first(reference)
            if number >= WARM:
                waits.append((came - committed) * 1000)
            await asyncio.sleep(0.02)
    sending.cancel()
    await database.close()
    return sorted(waits)


async def fill(url: str, storm: int) -> None:
    """A storm of declarations while no worker lives."""
    await _execute(url, SWITCHED_OFF)
    database = Database(url, secrets=Secrets([KEY]))
    await _workflow(database, *({"add_note": {"text": f"Step {number}."}} for number in range(STEPS)))

    async def some() -> None:
        for _ in range(storm // AT_ONCE):
            await _declare(database)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    await database.close()


async def worked_off(url: str) -> tuple[int, int, float]:
    """Wait until no workflow has anything left to do: steps done, runs, and seconds from the first step to the last."""
    connection = await asyncpg.connect(url)
    end = time.monotonic() + PATIENCE
    while await connection.fetchval(LEFT):
        assert time.monotonic() < end, "it is not worked off"
        await asyncio.sleep(0.1)
    row = await connection.fetchrow(SETTLED)
    await connection.close()
    return row["done"], row["runs"], float(row["seconds"])


def main(storm: int) -> None:
    """Both, each on a database of its own."""
    storm -= storm % AT_ONCE
    with cluster() as url:
        asyncio.run(migrate(url))
        with worker(url):
            waits = asyncio.run(first_requests(url))
        note(
            "outgoing.first.p50", f"{statistics.median(waits):.0f} ms from the commit to the first request (at most 50)"
        )
        note("outgoing.first.p99", f"{waits[int(len(waits) * 0.99)]:.0f} ms (at most 250)")
    with cluster() as url:
        asyncio.run(migrate(url))
        empty = jobs.drained(url, storm * STEPS)
        asyncio.run(fill(url, storm))
        with worker(url):
            done, runs, seconds = asyncio.run(worked_off(url))
        lost = storm * STEPS - done
        note("outgoing.storm", f"{runs} declarations with {STEPS} steps each: {done} steps done, {lost} lost")
        note("outgoing.storm_rate", f"{done / seconds:.0f} steps/s, {empty:.0f} empty jobs/s")
        note("outgoing.storm_ratio", f"{done / seconds / empty:.2f} (at least 0.5)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STORM)
