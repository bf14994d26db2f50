"""Every test gets a fresh database on a real PostgreSQL: a copy of a migrated template."""

import asyncio
import os
import shutil
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

ROOM = 3 * 1024**3
"""Bytes; a run takes a third of it."""

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


def in_memory() -> str | None:
    """A folder whose files live in memory, if there is room: copying a database there takes 20 ms, not 250."""
    shared = Path("/dev/shm")  # noqa: S108 (only asked whether it is there)
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOM
    return str(shared) if roomy else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Reports travel between processes as UTF-8, and hostile input that was logged need not be."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(scope="session", autouse=True)
def _data_folder(tmp_path_factory):
    """Workers keep a copy of the status page in the data folder: not in that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSTER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def cluster():
    """The address of a PostgreSQL for the whole run: MUSTER_TEST_DATABASE_URL, else an embedded one."""
    given = os.environ.get("MUSTER_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="muster-tests-", dir=in_memory()) as folder:
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
