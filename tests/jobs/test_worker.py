"""The whole worker: jobs in its event loop, timers, a clean end, and what a kill -9 leaves to the next one."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.webhooks import create_webhook
from core.settings import Settings
from jobs import actors, runtime
from jobs.chores import chores_of
from jobs.inspection import discard, list_dead, queue_lag, retry
from jobs.registry import REGISTRY, job
from jobs.timers import Chore, keep_time
from jobs.worker import JobWorker
from models.facts.every import KINDS
from models.job import TIMER_LOCK, WORKER_LOCK, JobName
from models.person import User
from models.words import AccessRole, EntryKind
from tests.effort import proof
from tests.jobs.brokers import every_broker
from tests.jobs.postbox import postbox
from tests.jobs.receiver import receiver

broker_url = every_broker

ROOT = Path(__file__).parents[2]

WORKER = """
import sys
from core.settings import Settings
from jobs.worker import run_worker
run_worker(Settings(), sys.argv[1], lease=10.0)
"""

HELD = """locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())"""
"""Of advisory locks: held by somebody in this test's own database; others' are in the same cluster."""


@contextlib.asynccontextmanager
async def working(settings, url, **more):
    """A worker in threads of this process; starting and stopping it does not block the test's event loop."""
    worker = JobWorker(settings, url, **more)
    await asyncio.to_thread(worker.start)
    try:
        yield worker
    finally:
        await asyncio.to_thread(worker.stop)


def test_every_job_name_has_exactly_one_job_function():
    assert set(REGISTRY) == set(JobName)
    assert actors.names() == sorted(JobName)
    with pytest.raises(ValueError, match="already"):
        job(JobName.MAIL_SEND)(REGISTRY[JobName.MAIL_SEND].function)


async def test_a_declaration_becomes_mail_and_a_webhook_without_further_ado(world, bench, database_url, tmp_path):
    async with postbox() as (box, port), receiver() as other:
        settings = Settings(
            data_dir=tmp_path,
            smtp_url=f"smtp://127.0.0.1:{port}",
            webhook_allow_private=True,
            secret_key="tests",
            broker_url=bench.broker_url,
        )
        await world.do(create_webhook, world.ada, url=other.url, kinds=["incident.declared"])
        async with working(settings, database_url, clock=world.clock, chores=()):
            await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV1")
            await bench.idle()
    assert {mail["To"] for mail in box.arrived} == {f"{who}@quillhaven.example" for who in ("ben", "chi", "dov", "eve")}
    assert len(other.arrived) == 1
    with pytest.raises(RuntimeError, match="only inside a worker"):
        runtime.current()


async def test_the_worker_can_be_seen_working_and_gone(bench, database_url, tmp_path):
    seen = f"select 1 from pg_locks where {HELD} and objid = :key"
    settings = Settings(data_dir=tmp_path, broker_url=bench.broker_url)
    async with working(settings, database_url, chores=()):
        await bench.until(lambda: bench.sql(seen, key=WORKER_LOCK))
        await bench.until(lambda: bench.sql(seen, key=TIMER_LOCK))

    async def gone():
        return await bench.sql(seen, key=WORKER_LOCK) == []

    await bench.until(gone)  # PostgreSQL notices a moment later that its client has hung up


async def test_reminders_come_when_their_time_has_come(world, bench, database_url, tmp_path):
    await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV1")
    world.clock.advance(days=1)
    async with working(Settings(data_dir=tmp_path), database_url, clock=world.clock):
        await bench.until(lambda: world.events(None, "reminder.roles_unfilled"))
        await bench.idle()
    purges = {
        "deliveries of alert sources",
        "unread deliveries",
        "idempotency claims",
        "ended access",
        "addresses of subscribers",
        "measured values",
        "changes of services",
    }
    asked, work = (
        {"on-call", "chat catch-up"},
        {
            "maintenance",
            "recurring maintenance",
            "workflows",
            "silences",
            "flapping",
            "alert storms",
            "heartbeats",
            "paging",
            "questions",
        },
    )
    kept = {"reminders", "postmortems", "action items", "holes in schedules", "stranded orders", "audit chain"}
    assert {chore.name for chore in chores_of(Settings(data_dir=tmp_path))} == {*kept, *asked, *work, *purges}


async def test_one_leader_does_the_chores_and_another_takes_over(bench, database, database_url, caplog):
    done = asyncio.Queue()
    broken = Chore("broken", every=0, run=lambda _: _raise())

    def chore(name):
        async def run(_):
            await done.put(name)
            return 0

        return Chore(name, every=0, run=run)

    tasks = {
        name: asyncio.create_task(keep_time(database, database_url, (broken, chore(name)))) for name in ("one", "two")
    }
    first = await asyncio.wait_for(done.get(), 10)
    assert await asyncio.wait_for(done.get(), 10) == first
    (other,) = set(tasks) - {first}
    cut = f"select pg_terminate_backend(pid) from pg_locks where {HELD} and objid = :key"
    await bench.sql(cut, key=TIMER_LOCK)
    tasks[first].cancel()
    while await asyncio.wait_for(done.get(), 10) != other:
        pass
    tasks[other].cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    assert "the timer 'broken' failed" in caplog.text


async def _raise():
    raise OSError("no disk")


async def test_the_lag_is_the_age_of_the_oldest_due_job(bench, database):
    assert await queue_lag(database) == 0
    await bench.queue("test_wait", 3)
    await bench.sql("update job set run_at = now() + interval '1 h' where (args->>'n')::int = 0")
    await bench.sql("update job set run_at = now() - interval '90 s' where (args->>'n')::int = 1")
    assert 89 < await queue_lag(database) < 120
    await bench.sql("update job set lease_until = now() + interval '10 s' where (args->>'n')::int = 1")
    assert await queue_lag(database) < 60


async def test_dead_jobs_are_listed_retried_and_discarded(bench, database):
    await bench.queue("test_wait", 4)
    await bench.sql(
        "update job set dead = true, error = 'x', options = '{\"failures\": 20}' where (args->>'n')::int < 3"
    )
    dead = await list_dead(database)
    assert [row.args["n"] for row in dead] == [0, 1, 2]
    ((alive,),) = await bench.sql("select id from job where not dead")
    assert await retry(database, [dead[0].id, alive]) == 1
    assert await bench.sql("select dead, options from job where id = :key", key=dead[0].id) == [(False, {})]
    assert await discard(database, [dead[1].id, alive]) == 1
    assert await discard(database) == 1
    assert await retry(database) == 0
    assert len(await bench.sql("select 1 from job")) == 2


def start_worker(url, data_dir, broker_url=None):
    environment = {**os.environ, "MUSTER_DATA_DIR": str(data_dir), "BROKER_URL": broker_url or ""}
    return subprocess.Popen([sys.executable, "-c", WORKER, url], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


async def crowd(world, count):
    """So many more people."""
    async with world.database.unit_of_work() as session:
        moment = world.clock.now()
        session.add_all(
            User(name=f"P{n}", email=f"p{n}@quillhaven.example", access_role=AccessRole.VIEWER, created_at=moment)
            for n in range(count)
        )


@pytest.mark.slow
@proof
async def test_killing_the_worker_again_and_again_loses_no_mail(world, bench, database_url, tmp_path):
    await crowd(world, 296)
    await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV1")
    mails = tmp_path / "mail"

    async def arrived(count):
        return len(list(mails.glob("*.eml"))) >= count

    *doomed, last = [start_worker(database_url, tmp_path, bench.broker_url) for _ in range(4)]
    for worker, count in zip(doomed, (20, 60, 100), strict=True):
        await bench.until(lambda count=count: arrived(count))
        worker.kill()
        worker.wait()
    await bench.until(lambda: arrived(300))
    await bench.idle()
    last.terminate()
    assert await asyncio.to_thread(last.wait, 15) == 0
    told = "select state, count(*) from delivery where template = 'declared' group by state"
    assert await bench.sql(told) == [("SENT", 300)]
    assert await bench.sql("select 1 from job") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_worker_ends_cleanly_when_asked(bench, database_url, tmp_path, number):
    worker = start_worker(database_url, tmp_path, bench.broker_url)
    seen = f"select 1 from pg_locks where {HELD} and objid = {WORKER_LOCK}"
    await bench.until(lambda: bench.sql(seen))
    began = time.monotonic()
    worker.send_signal(number)
    assert await asyncio.to_thread(worker.wait, 15) == 0
    assert time.monotonic() - began < 10


async def test_cutting_every_connection_of_a_worker_loses_nothing(world, bench, database_url, tmp_path):
    incident = await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV3")
    async with receiver() as other:
        await world.do(create_webhook, world.ada, url=other.url, kinds=["entry.added"])
        settings = Settings(
            data_dir=tmp_path, webhook_allow_private=True, secret_key="tests", broker_url=bench.broker_url
        )
        async with working(settings, database_url, clock=world.clock, chores=()):
            for n in range(60):
                given = {"incident": incident.reference, "kind": EntryKind.NOTE, "text": f"note {n}"}
                await world.do(add_entry, world.ada, **given)
                if n in (20, 40):
                    await bench.sql(
                        "select pg_terminate_backend(pid) from pg_stat_activity"
                        " where datname = current_database() and application_name <> 'muster'"
                    )
            await bench.idle()
    assert len({got.headers["webhook-id"] for got in other.arrived}) == 60


def test_a_worker_knows_every_fact_without_the_rest_of_muster():
    """It once said “update.published happened.”: facts are known only once they are imported."""
    code = "import jobs.worker; from models.facts.base import Fact; print(len(Fact.registry))"
    counted = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(counted.stdout) == len(KINDS)
