"""A real worker is killed (SIGKILL) at vendors' doors while a Sev1 is carried out there: everything arrives, once."""

import asyncio
import os
import random
import subprocess
import sys
import time

import pytest
from sqlalchemy import text
from starlette.responses import Response

from bench.figures import note
from core.clock import SystemClock
from tests.effort import proof
from tests.server.processes import ROOT, environment
from tests.workflows.conftest import works
from tests.workflows.sev1 import ONCE, sev1

__all__ = ["works"]

pytestmark = [pytest.mark.slow, proof]

ROUNDS, KILLS = 2, 6
"""Sev1s, and how often the worker is killed in each: a job during which it dies ten times is set aside."""
SECONDS = 600
QUIET = 2.0
"""Seconds without a request, after which nothing happens but that time passes."""
LATER = (
    "update job set run_at = now() - interval '1 second' where lease_until is null and not dead",
    "update integration set next_attempt_at = null",
    "update outward_action set claimed_at = claimed_at - interval '1 minute' where state in ('PENDING', 'UNKNOWN')",
    "update workflow_run set due_at = now() where due_at is not null",
    "update workflow_step_run set due_at = now() where due_at is not null",
)
"""What some minutes would do."""
DEAD = "update job set lease_until = null where not dead"
"""The leases of a worker that was killed run out."""


@pytest.fixture
def clock():
    """A worker's clock is the machine's."""
    return SystemClock()


class Worker:
    """`muster worker` on a database, killed at some of the requests that it sends."""

    def __init__(self, database, url, folder, rng):
        self.database, self.folder, self.random = database, folder, rng
        self.environment = environment(
            DATABASE_URL=url,
            MUSTER_DATA_DIR=folder,
            MUSTER_SECRET_KEY="tests",
            MUSTER_PUBLIC_URL="https://muster.quillhaven.example",
            MUSTER_WEBHOOK_ALLOW_PRIVATE="true",
        )
        self.child, self.kills, self.asked_at = None, 0, 0.0

    def start(self):
        with (self.folder / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "server", "worker"]
            self.child = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def kill(self):
        self.child.kill()
        self.child.wait(20)

    def at_the_door(self, application):
        """A vendor at whose door the worker dies, before or after what it asks for is done."""

        async def answer(scope, receive, send):
            self.asked_at = time.monotonic()
            if scope["type"] != "http" or self.kills >= KILLS or self.random.random() > 0.2:
                return await application(scope, receive, send)
            self.kills += 1
            if self.random.random() < 0.5:
                self.kill()
                return await Response(status_code=503)(scope, receive, send)

            async def too_late(message):
                self.kill()
                await send(message)

            return await application(scope, receive, too_late)

        return answer

    async def lives_on(self, done):
        """Start it again whenever it was killed, and let minutes pass, until there is nothing left to do."""
        end = time.monotonic() + SECONDS
        while not await done():
            assert time.monotonic() < end, (self.folder / "worker.log").read_text()[-3000:]
            if self.child.poll() is not None:
                await self._do(DEAD, *LATER)
                self.start()
            elif time.monotonic() - self.asked_at > QUIET:
                await self._do(*LATER)
            await asyncio.sleep(0.2)

    async def _do(self, *statements):
        async with self.database.unit_of_work() as session:
            for statement in statements:
                await session.execute(text(statement))


async def test_a_worker_is_killed_at_the_doors_of_vendors_and_all_of_it_arrives_once(works, database_url, tmp_path):
    seed = int(os.environ.get("MUSTER_SEED", random.SystemRandom().randrange(2**32)))
    print(f"  MUSTER_SEED={seed} repeats this run's choices")  # noqa: T201 (shown when it fails)
    worker = Worker(works.world.database, database_url, tmp_path, random.Random(seed))  # noqa: S311 (repeatable)

    async def done():
        return not await house.waiting()

    async with sev1(works, worker.at_the_door) as house:
        worker.start()
        try:
            for number in range(ROUNDS):
                house.trouble()
                worker.kills = 0
                incident = await works.declare(title=f"Round {number}.")
                await worker.lives_on(done)
                await house.go_on(incident)
                await worker.lives_on(done)
                assert house.arrived(incident) == ONCE
                assert worker.kills == KILLS
        finally:
            worker.kill()
    note("crash.vendors", f"{ROUNDS * KILLS} kills at vendors' doors in {ROUNDS} Sev1s, everything there once")
