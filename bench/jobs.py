"""Jobs: how fast a backlog drains against a bare SKIP LOCKED loop, and how soon a job starts after its commit."""

import asyncio
import statistics
import threading
import time
from contextlib import contextmanager

import asyncpg
import dramatiq
import psycopg

from actions.record import enqueue
from bench.servers import cluster
from core.db import Database
from core.notify import Notifier
from jobs.broker import PostgresBroker
from migrations.apply import migrate

BACKLOG = 4000
THREADS = 8
BATCH = 16
SINGLES = 300

FILL = "insert into job(queue, name, args) select 'default', 'bench', '{}' from generate_series(1, $1::int)"
TAKE = """
with due as (select id from job where queue = 'default' and run_at <= now() order by run_at limit %s
  for update skip locked)
delete from job using due where job.id = due.id returning job.args
"""


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(FILL, BACKLOG)
    await connection.close()


def bare(url: str) -> float:
    """Jobs a second of as many threads that each delete a batch of rows per statement, and nothing else."""
    asyncio.run(fill(url))

    def drain() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off")
            while connection.execute(TAKE, [BATCH]).fetchall():
                pass

    threads = [threading.Thread(target=drain) for _ in range(THREADS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return BACKLOG / (time.monotonic() - began)


@contextmanager
def working(url: str, function):
    broker = PostgresBroker(url)
    dramatiq.Actor(function, broker=broker, actor_name="bench", queue_name="default", priority=0, options={})
    worker = dramatiq.Worker(broker, worker_timeout=1000, worker_threads=THREADS)
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5000)
        broker.close()


def drained(url: str) -> float:
    """Jobs a second of a worker whose jobs do nothing, until the last row is gone."""
    asyncio.run(fill(url))
    began = time.monotonic()
    with working(url, lambda: None), psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("select 1 from job limit 1").fetchone():
            time.sleep(0.02)
        return BACKLOG / (time.monotonic() - began)


async def latencies(url: str) -> list[float]:
    """Milliseconds from a commit to the start of its job, one job at a time on an idle worker."""
    started = asyncio.Queue[float]()
    loop = asyncio.get_running_loop()
    notifier = Notifier(url)
    sending = asyncio.create_task(notifier.run())
    database = Database(url, on_commit=notifier.ask)
    found = []

    def note() -> None:
        loop.call_soon_threadsafe(started.put_nowait, time.monotonic())

    with working(url, note):
        for _ in range(SINGLES):
            async with database.unit_of_work() as session:
                enqueue(session, "bench")
            committed = time.monotonic()
            found.append(((await started.get()) - committed) * 1000)
            await asyncio.sleep(0.01)
    sending.cancel()
    await database.close()
    return sorted(found)


def main() -> None:
    with cluster() as url:
        asyncio.run(migrate(url))
        print(f"jobs: {BACKLOG} that do nothing, {THREADS} threads; three interleaved runs")
        runs = [(bare(url), drained(url)) for _ in range(3)]
        for reference, ours in runs:
            print(f"  bare loop {reference:6.0f}/s   worker {ours:6.0f}/s   ratio {ours / reference:.2f}")
        waits = asyncio.run(latencies(url))
        print(f"  commit to start: p50 {statistics.median(waits):.1f} ms, p99 {waits[int(len(waits) * 0.99)]:.1f} ms")


if __name__ == "__main__":
    main()
