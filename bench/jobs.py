"""Jobs: how fast a backlog drains against a bare SKIP LOCKED loop, and how soon a job starts after its commit.

`--broker redis://…` or `amqp://…`: the same by a relay and a broker, on Redis against a bare BLPOP loop, and what a
second worker adds.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import asyncpg
import dramatiq
import psycopg

from actions.record import enqueue
from bench.figures import note
from bench.servers import cluster
from core.db import Database
from core.notify import Notifier
from jobs.broker import PostgresBroker, connector
from jobs.carriers.carrier import carrier_of
from jobs.relay import Relay
from migrations.apply import migrate

BACKLOG = 4000
THREADS = 8
BATCH = 16
SINGLES = 300
OFFERED, SECONDS, PER_TRANSACTION = 1000, 10, 10
"""Jobs a second that transactions enqueue while the worker runs, for how long, and how many each enqueues."""

FILL = "insert into job(queue, name, args) select 'default', 'bench', '{}' from generate_series(1, $1::int)"
TAKE = """
with due as (select id from job where queue = 'default' and run_at <= now() order by run_at limit %s
  for update skip locked)
delete from job using due where job.id = due.id returning job.args
"""


async def fill(url: str, backlog: int = BACKLOG) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(FILL, backlog)
    await connection.close()


def bare(url: str) -> float:
    """Jobs a second of as many threads that each delete a batch of rows per statement, and nothing else."""
    asyncio.run(fill(url))

    def drain() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off")
            while connection.execute(TAKE, [BATCH]).fetchall():
                pass

    return BACKLOG / by_threads(drain)


def by_threads(drain: Callable[[], None]) -> float:
    """Seconds until THREADS threads that do the same have ended."""
    threads = [threading.Thread(target=drain) for _ in range(THREADS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


@contextmanager
def working(url: str, function, broker_url: str | None = None, *, relaying: bool = True):
    carrier = carrier_of(broker_url) if broker_url else None
    broker = PostgresBroker(url, carrier=carrier)
    dramatiq.Actor(function, broker=broker, actor_name="bench", queue_name="default", priority=0, options={})
    worker = dramatiq.Worker(broker, worker_timeout=1000, worker_threads=THREADS)
    relay = Relay(connector(url), carrier) if carrier and relaying else None
    if relay:
        relay.start()
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5000)
        broker.close()
        if relay:
            relay.stop()


def drained(url: str, backlog: int = BACKLOG, broker_url: str | None = None) -> float:
    """Jobs a second of a worker whose jobs do nothing, until the last row is gone."""
    asyncio.run(fill(url, backlog))
    began = time.monotonic()
    with working(url, lambda: None, broker_url), psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("select 1 from job limit 1").fetchone():
            time.sleep(0.02)
        return backlog / (time.monotonic() - began)


async def sustained(url: str, broker_url: str | None = None) -> tuple[float, list[float]]:
    """Jobs a second while transactions enqueue OFFERED a second for SECONDS, and milliseconds from enqueue to start.

    Each transaction enqueues PER_TRANSACTION jobs, as an event does that many people are told of.
    """
    started: dict[int, float] = {}
    enqueued: list[float] = []
    notifier = Notifier(url)
    sending = asyncio.create_task(notifier.run())
    database = Database(url, on_commit=notifier.ask)

    def begun(number: int) -> None:
        started[number] = time.monotonic()

    with working(url, begun, broker_url):
        began = time.monotonic()
        for turn in range(OFFERED * SECONDS // PER_TRANSACTION):
            await asyncio.sleep(max(0.0, began + turn * PER_TRANSACTION / OFFERED - time.monotonic()))
            async with database.unit_of_work() as session:
                for _ in range(PER_TRANSACTION):
                    enqueue(session, "bench", number=len(enqueued))
                    enqueued.append(time.monotonic())
        end = time.monotonic() + 30
        while len(started) < len(enqueued) and time.monotonic() < end:  # noqa: ASYNC110 (other threads count)
            await asyncio.sleep(0.01)
    sending.cancel()
    await database.close()
    rate = len(started) / (max(started.values()) - began)
    return rate, sorted(1000 * (started[n] - moment) for n, moment in enumerate(enqueued))


async def latencies(url: str, broker_url: str | None = None) -> list[float]:
    """Milliseconds from a commit to the start of its job, one job at a time on an idle worker."""
    started = asyncio.Queue[float]()
    loop = asyncio.get_running_loop()
    notifier = Notifier(url)
    sending = asyncio.create_task(notifier.run())
    database = Database(url, on_commit=notifier.ask)
    found = []

    def begun() -> None:
        loop.call_soon_threadsafe(started.put_nowait, time.monotonic())

    with working(url, begun, broker_url):
        for _ in range(SINGLES):
            async with database.unit_of_work() as session:
                enqueue(session, "bench")
            committed = time.monotonic()
            found.append(((await started.get()) - committed) * 1000)
            await asyncio.sleep(0.01)
    sending.cancel()
    await database.close()
    return sorted(found)


def blpop(broker_url: str) -> float:
    """Jobs a second of as many threads that each BLPOP from one list, and nothing else."""
    import redis  # noqa: PLC0415 (only with this broker)

    with redis.Redis.from_url(broker_url) as client:
        client.delete("muster:bench")
        client.rpush("muster:bench", *(b"%d:0" % n for n in range(BACKLOG)))

    def drain() -> None:
        with redis.Redis.from_url(broker_url) as mine:
            while mine.blpop(["muster:bench"], timeout=0.1):
                pass

    return BACKLOG / (by_threads(drain) - 0.1)  # the last wait finds nothing


JOB_SECONDS = 0.03
"""What a job of `crowd` waits for, as for a mail server."""
CROWDED = 1500
ONE = "import sys; from bench.jobs import serve; serve(*sys.argv[1:])"


def serve(url: str, broker_url: str) -> None:
    """A worker of `crowd`, until its standard input ends."""
    with working(url, lambda: time.sleep(JOB_SECONDS), broker_url):
        print("ready", flush=True)
        sys.stdin.read()


def crowd(url: str, broker_url: str, workers: int) -> float:
    """Jobs a second of so many worker processes, whose jobs wait JOB_SECONDS each."""
    command = [sys.executable, "-c", ONE, url, broker_url]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(workers)]
    for child in children:
        child.stdout.readline()
    asyncio.run(fill(url, CROWDED))
    began = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("select 1 from job limit 1").fetchone():
            time.sleep(0.02)
    rate = CROWDED / (time.monotonic() - began)
    for child in children:
        child.communicate()
    return rate


def by_broker(url: str, broker_url: str) -> None:
    kind = broker_url.partition(":")[0]
    print(f"jobs by {kind}: {BACKLOG} that do nothing, {THREADS} threads; three interleaved runs")
    reference = blpop if kind.startswith("redis") else lambda _: bare(url)
    runs = [(reference(broker_url), drained(url, broker_url=broker_url)) for _ in range(3)]
    for bar, ours in runs:
        print(f"  bare loop {bar:6.0f}/s   relay and worker {ours:6.0f}/s   ratio {ours / bar:.2f}")
    note(f"jobs.{kind}.drain", f"{statistics.median(ours for _, ours in runs):.0f} jobs/s of a backlog")
    note(f"jobs.{kind}.drain_ratio", f"{statistics.median(ours / bar for bar, ours in runs):.2f}")
    waits = asyncio.run(latencies(url, broker_url))
    note(f"jobs.{kind}.idle.p50", f"{statistics.median(waits):.1f} ms from commit to start, one at a time")
    note(f"jobs.{kind}.idle.p99", f"{waits[int(len(waits) * 0.99)]:.1f} ms")
    rates = [(crowd(url, broker_url, 1), crowd(url, broker_url, 2)) for _ in range(2)]
    for one, two in rates:
        print(f"  one worker {one:6.0f}/s   two {two:6.0f}/s   ratio {two / one:.2f}   (jobs of 30 ms)")
    note(f"jobs.{kind}.two_workers", f"{statistics.median(two / one for one, two in rates):.2f} times one worker")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--broker", help="the address of a Redis or RabbitMQ server, of which one database is used")
    asked, _ = parser.parse_known_args()
    if asked.broker:
        with cluster() as url:
            asyncio.run(migrate(url))
            by_broker(url, asked.broker)
        return
    everything()


def everything() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        print(f"jobs: {BACKLOG} that do nothing, {THREADS} threads; three interleaved runs")
        runs = [(bare(url), drained(url)) for _ in range(3)]
        for reference, ours in runs:
            print(f"  bare loop {reference:6.0f}/s   worker {ours:6.0f}/s   ratio {ours / reference:.2f}")
        note("jobs.drain", f"{statistics.median(ours for _, ours in runs):.0f} jobs/s of a backlog")
        note("jobs.drain_ratio", f"{statistics.median(ours / reference for reference, ours in runs):.2f}")
        waits = asyncio.run(latencies(url))
        note("jobs.idle.p50", f"{statistics.median(waits):.1f} ms from commit to start, one at a time")
        note("jobs.idle.p99", f"{waits[int(len(waits) * 0.99)]:.1f} ms")
        rate, waits = asyncio.run(sustained(url))
        note("jobs.rate", f"{rate:.0f} jobs/s done of {OFFERED} jobs/s enqueued for {SECONDS} s")
        note("jobs.p50", f"{statistics.median(waits):.1f} ms from enqueue to start")
        note("jobs.p99", f"{waits[int(len(waits) * 0.99)]:.1f} ms from enqueue to start")


if __name__ == "__main__":
    main()
