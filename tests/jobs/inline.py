"""Runs job functions in the test's own event loop, one after the other; test_worker.py has the real thing."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from core.settings import Settings
from jobs import actors, runtime
from jobs.registry import REGISTRY, Later
from models.delivery import Delivery
from models.job import Job, JobName
from tests.jobs.postbox import postbox

assert actors

HELD = datetime.max.replace(tzinfo=UTC)


@contextmanager
def jobs_with(database, tmp_path, **settings):
    """Job functions find this database and these settings; mail goes to `tmp_path` unless SMTP_URL is given."""
    made = Settings(data_dir=tmp_path, public_url="https://muster.quillhaven.example", **settings)
    runtime.install(runtime.JobRuntime(made, database))
    try:
        yield made
    finally:
        runtime.install(None)


@pytest.fixture
async def box(world, tmp_path):
    """A mail server that job functions hand their mail to."""
    async with postbox() as (made, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            yield made


async def run_jobs(database, *names):
    """Run every waiting job, and those that they queue, of some names or all. Those that were put off: (row, Later)."""
    put_off = []
    while True:
        seen = [job.id for job, _ in put_off]
        wanted = names or [name for name in JobName if name is not JobName.POSTMORTEM_ASSEMBLE]
        async with database.reading() as reader:
            waiting = await reader.rows(
                Job, select(Job).where(Job.id.not_in(seen), Job.name.in_(wanted)).order_by(Job.id)
            )
        if not waiting:
            return put_off
        for job in waiting:
            if not await _held(database, job):
                continue  # another one took it along
            try:
                await REGISTRY[JobName(job.name)].function(**job.args)
            except Later as later:
                put_off.append((job, later))
                await _held(database, job, until=None)
            else:
                async with database.unit_of_work() as session:
                    await session.execute(delete(Job).where(Job.id == job.id))


async def _held(database, job, until=HELD):
    """Whether a job is still there; it is ours then, as a worker's is, and nobody takes it along. None: it is not."""
    async with database.noting() as connection:
        ours = update(Job).where(Job.id == job.id).values(lease_until=until).returning(Job.id)
        return (await connection.execute(ours)).first() is not None


async def deliveries(database):
    """The ledger, oldest first."""
    async with database.reading() as reader:
        return await reader.rows(Delivery, select(Delivery).order_by(Delivery.id))
