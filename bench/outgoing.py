"""What follows from declarations: how soon vendors are asked, and how fast a storm of them is worked off.

`python -m bench.outgoing` or, smaller, `python -m bench.outgoing 100`: declarations of the storm. The vendor is an HTTP
server of this process that notes when each request comes; the worker is a process of its own with four threads. The
references are measured in the same run: an empty job in the place of each step; and of requests those that nobody
decides on, and those with nothing but a ledger (bench.outgoing_bare).
"""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from actions.declarations import declare_incident
from actions.outward.settings import save_integration
from actions.workflows.saving import save_workflow
from auth.actor import SYSTEM
from bench import jobs, outgoing_bare
from bench.figures import note
from bench.outgoing_pager import Pager
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
PAGES = 300
"""Declarations, each of which pages somebody."""
AT_ONCE = 8
PATIENCE = 600.0
"""Seconds for a storm; then something was lost."""

SWITCHED_OFF = "update workflow set enabled = false; delete from workflow_trigger"
LEFT = "select count(*) from job where name like 'workflow.%'"
ALL_LEFT = "select count(*) from job"
BEGUN = "select extract(epoch from min(created_at)) from workflow_run"
TAKEN = "select count(*) filter (where state = 'DONE') as done, count(distinct run_id) as runs from workflow_step_run"


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
        await _connect(url, pager)
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


async def fill(url: str, storm: int, *steps: dict) -> None:
    """A storm of declarations while no worker lives."""
    await _execute(url, SWITCHED_OFF)
    database = Database(url, secrets=Secrets([KEY]))
    await _workflow(database, *steps)

    async def some() -> None:
        for _ in range(storm // AT_ONCE):
            await _declare(database)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    await database.close()


def notes() -> list[dict]:
    """Steps that need nobody else."""
    return [{"add_note": {"text": f"Step {number}."}} for number in range(STEPS)]


async def _gone(connection: asyncpg.Connection, left: str) -> float:
    """When no job is left of some: a moment."""
    end = time.monotonic() + PATIENCE
    while await connection.fetchval(left):
        assert time.monotonic() < end, "it is not worked off"
        await asyncio.sleep(0.02)
    return time.time()


async def worked_off(url: str) -> tuple[int, int, float, float]:
    """Wait until nothing is left to do: steps done, runs, and seconds from the first run's beginning.

    They are two: until the last run was over, and until the last job was, which decided who is mailed.
    """
    connection = await asyncpg.connect(url)
    over, gone = await _gone(connection, LEFT), await _gone(connection, ALL_LEFT)
    begun = float(await connection.fetchval(BEGUN))
    row = await connection.fetchrow(TAKEN)
    await connection.close()
    return row["done"], row["runs"], over - begun, gone - begun


async def paged(url: str, count: int) -> float:
    """Requests a second at a pager, of a storm of declarations that each have it asked once."""
    pager = Pager()
    async with pager.served():
        await _connect(url, pager)
        await fill(url, count, {"page": {}})
        with worker(url):
            await pager.asked(count)
    moments = sorted(pager.came.values())
    return (count - 1) / (moments[-1] - moments[0])


async def _connect(url: str, pager: Pager) -> None:
    database = Database(url, secrets=Secrets([KEY]))
    told = {"routing_key": "b" * 32, "events_url": pager.address}
    async with database.unit_of_work() as session:
        await save_integration(session, SYSTEM, vendor="pagerduty", configuration=told)
    await database.close()


def first() -> None:
    """How soon a vendor is asked."""
    with cluster() as url:
        asyncio.run(migrate(url))
        with worker(url):
            waits = asyncio.run(first_requests(url))
    p50, p99 = statistics.median(waits), waits[int(len(waits) * 0.99)]
    note("outgoing.first.p50", f"{p50:.0f} ms from the commit to the first request (at most 50)")
    note("outgoing.first.p99", f"{p99:.0f} ms (at most 250)")


def storm(count: int) -> None:
    """How fast steps are taken that need nobody else, beside as many jobs that do nothing."""
    with cluster() as url:
        asyncio.run(migrate(url))
        empty = jobs.drained(url, count * STEPS)
        asyncio.run(fill(url, count, *notes()))
        with worker(url):
            done, runs, seconds, whole = asyncio.run(worked_off(url))
    lost = count * STEPS - done
    note("outgoing.storm", f"{runs} declarations with {STEPS} steps each: {done} steps done, {lost} lost")
    note("outgoing.storm_rate", f"{done / seconds:.0f} steps/s, {empty:.0f} empty jobs/s")
    note("outgoing.storm_ratio", f"{done / seconds / empty:.2f} (at least 0.5)")
    note(
        "outgoing.storm_seconds",
        f"{seconds:.1f} s for all steps, {whole:.1f} s until it was decided who is mailed, too",
    )


def pages(count: int) -> None:
    """How fast a vendor is asked, beside what is possible here with a ledger, and with nothing at all."""
    with cluster() as url:
        asyncio.run(migrate(url))
        posts, ledger = asyncio.run(outgoing_bare.rates(url, count, THREADS))
        rate = asyncio.run(paged(url, count))
    note("outgoing.bare_posts", f"{posts:.0f} requests/s that nobody decides on, {THREADS} at a time")
    note("outgoing.bare_ledger", f"{ledger:.0f} requests/s, each claimed and marked: two transactions, without Muster")
    note("outgoing.pages_rate", f"{rate:.0f} requests/s of {count} declarations with a page each")
    note("outgoing.pages_ratio", f"{rate / ledger:.2f} of the bare ledger, {rate / posts:.2f} of bare requests")


def main(count: int) -> None:
    """All of it, each on a database of its own."""
    first()
    storm(count - count % AT_ONCE)
    pages(min(count, PAGES) - min(count, PAGES) % AT_ONCE)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STORM)
