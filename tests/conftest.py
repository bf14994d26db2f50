"""Every test gets a fresh database on a real PostgreSQL: a copy of a migrated template."""

import asyncio
import os
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from core.db import Database
from core.embedded import EmbeddedPostgres
from core.secrets import Secrets
from migrations.apply import migrate
from tests.world import World

UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")
"""For a cluster that is thrown away after the run."""

_databases = count(1)


class MovedClock:
    """A clock that tests set and advance."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        self.moment += timedelta(microseconds=1)  # no two moments are the same, as in life
        return self.moment

    def advance(self, **units: float) -> datetime:
        self.moment += timedelta(**units)
        return self.moment


@pytest.fixture(scope="session")
def cluster():
    """The address of a PostgreSQL for the whole run: MUSTER_TEST_DATABASE_URL, else an embedded one."""
    given = os.environ.get("MUSTER_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="muster-tests-") as folder:
        Path(folder).chmod(0o755)  # the server runs as another user when root runs the tests
        server = EmbeddedPostgres(Path(folder) / "data", UNSAFE_BUT_FAST)
        yield server.url
        server.stop()


async def _run(cluster: str, *statements: str) -> None:
    connection = await asyncpg.connect(cluster)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _address(cluster: str, database: str) -> str:
    before, _, query = cluster.partition("?")
    return f"{before.rpartition('/')[0]}/{database}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def template(cluster):
    """A migrated database that tests copy."""
    name = f"muster_template_{os.getpid()}"
    asyncio.run(_run(cluster, f"create database {name}"))
    asyncio.run(migrate(_address(cluster, name)))
    yield name
    asyncio.run(_run(cluster, f"drop database {name} with (force)"))


@contextmanager
def fresh_database(cluster, template):
    """The address of a fresh, migrated database."""
    name = f"muster_test_{os.getpid()}_{next(_databases)}"
    asyncio.run(_run(cluster, f"create database {name} template {template}"))
    yield _address(cluster, name)
    asyncio.run(_run(cluster, f"drop database {name} with (force)"))


@pytest.fixture
def database_url(cluster, template):
    """The address of a fresh, migrated database."""
    with fresh_database(cluster, template) as url:
        yield url


@pytest.fixture
def clock():
    return MovedClock(datetime(2026, 11, 24, 3, 0, tzinfo=UTC))


@pytest.fixture
async def database(database_url, clock):
    opened = Database(database_url, clock=clock, pool_size=5, secrets=Secrets(["tests"]))
    yield opened
    await opened.close()


@pytest.fixture
async def world(database, clock):
    """An organisation with people, teams, services and components (tests.world), and shorthand to act on it."""
    return await World.create(database, clock)
