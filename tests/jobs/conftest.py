"""Real Dramatiq workers on the job table, in threads of the test."""

import asyncio
import time
from contextlib import contextmanager

import dramatiq
import pytest
from sqlalchemy import text

from actions.record import enqueue
from jobs.broker import PostgresBroker, connector
from jobs.carriers.carrier import carrier_of
from jobs.relay import Relay
from models.job import MAIL, QUEUE

DEADLINE = 60.0


class Bench:
    """Queues jobs, and runs them with functions that tests give."""

    def __init__(self, database, url, broker_url=None):
        self.database = database
        self.url = url
        self.broker_url = broker_url

    async def queue(self, name, count=1, **args):
        """Commit some jobs; each gets its position as `n`."""
        async with self.database.unit_of_work() as session:
            for n in range(count):
                enqueue(session, name, n=n, **args)

    async def sql(self, statement, **parameters):
        async with self.database.unit_of_work() as session:
            result = await session.execute(text(statement), parameters)
            return result.all() if result.returns_rows else []

    @contextmanager
    def working(self, *, threads=4, attempts=20, poll=200, relaying=True, limits=None, **functions):
        """A worker that does jobs called `test_<name>` with `<name>=function`; with a broker, a relay beside it."""
        carrier = carrier_of(self.broker_url) if self.broker_url else None
        broker = PostgresBroker(self.url, lease=10, carrier=carrier, limits=limits)
        for name, function in functions.items():
            dramatiq.Actor(
                function,
                broker=broker,
                actor_name=f"test_{name}",
                queue_name=QUEUE,
                priority=0,
                options={"attempts": attempts},
            )
        for queue in (QUEUE, MAIL):
            broker.declare_queue(queue)
        worker = dramatiq.Worker(broker, worker_timeout=poll, worker_threads=threads)
        relay = Relay(connector(self.url), carrier) if carrier and relaying else None
        if relay:
            relay.start()
        worker.start()
        try:
            yield worker
        finally:
            worker.stop(timeout=5000)
            broker.close()
            if relay:
                relay.stop()

    async def until(self, condition):
        """Wait for a real worker: `condition` is asked again until it holds, at most 60 s."""
        end = time.monotonic() + DEADLINE
        while not (found := await condition()):
            if time.monotonic() > end:
                raise AssertionError("nothing happened in time")
            await asyncio.sleep(0.02)
        return found

    async def idle(self):
        """Wait until no job is left that could run."""
        await self.until(self._nothing_left)

    async def _nothing_left(self):
        return not await self.sql("select 1 from job where not dead")


@pytest.fixture
def broker_url():
    """No broker: jobs are taken from PostgreSQL. Files that are about brokers say so (tests.jobs.brokers)."""


@pytest.fixture
def bench(database, database_url, broker_url):
    return Bench(database, database_url, broker_url)
