"""Every test gets a fresh database on a real PostgreSQL: a copy of a migrated template."""

import asyncio
import functools
import gc
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import asyncpg
import httpx
import psycopg
import pytest
import uvicorn.server
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from xdist.scheduler import LoadFileScheduling

import core.db
import core.outage
from core.db import Database
from core.embedded import EmbeddedPostgres
from core.secrets import Secrets
from migrations.apply import migrate
from tests.long import LONG
from tests.recycled import Copy, Template
from tests.world import World

# Whatever the machine says of others: each process that a test starts would compile the product anew, in half a second.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

gc.disable()  # collecting the tests makes a million objects that stay: nothing of it is garbage

UNSAFE_BUT_FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "file_copy_method=clone",
    "max_connections=300",
)
"""For a cluster that is thrown away after the run."""

ROOM = 3 * 1024**3
"""Bytes; a run takes a third of it."""

BEGINNING = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""When a test begins, by its clock."""

KEPT = 2
"""Databases of tests that are over: dropped at once, PostgreSQL would wait 100 ms for connections that are closing."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first: at the end of a run nobody is to wait for one of them."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


class _TogetherWhatSharesAHouse(LoadFileScheduling):
    """File by file, but for the faults: all of them break the same house, and so one process runs them."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/faults" if nodeid.startswith("tests/faults/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """Who runs what, with several processes."""
    return _TogetherWhatSharesAHouse(config, log)


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


@pytest.fixture(scope="session", autouse=True)
def _what_is_loaded_stays():
    """Some hundred thousand objects of modules are not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


class _Prompt:
    """asyncio, but for naps: nobody sleeps longer than 5 ms."""

    def __getattr__(self, name: str):
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.005))


@pytest.fixture(scope="session", autouse=True)
def _servers_end_at_once():
    """A uvicorn in the tests' own process asks every 5 ms whether it is to end, not every 100, and twice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn.server, "asyncio", _Prompt())
        yield


@pytest.fixture(scope="session", autouse=True)
def _certificates_read_once():
    """Every client of httpx would read the certificates of all authorities anew: 25 ms."""
    made = functools.cache(httpx.create_ssl_context)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx._transports.default, "create_ssl_context", made)  # noqa: SLF001 (clients take it from here)
        yield


@pytest.fixture(scope="session", autouse=True)
def _patience():
    """Within the tests' own process a transaction may pause for long: a busy machine is not what they examine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(core.db.TIMEOUTS, "idle_in_transaction_session_timeout", "60000")
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiled_once():
    """All engines of the tests' own process remember statements together: each test would compile its own anew."""
    made: list[AsyncEngine] = []

    def create(*args, **kwargs):
        engine = create_async_engine(*args, **kwargs)
        if made and hasattr(made[0].sync_engine.dialect, "default_isolation_level"):  # it has connected by now
            first, new = made[0].sync_engine, engine.sync_engine
            new.dialect = new.pool._dialect = first.dialect  # noqa: SLF001 (what is remembered is remembered for a dialect)
            new._compiled_cache = first._compiled_cache  # noqa: SLF001
        elif not made:
            made.append(engine)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.db, "create_async_engine", create)
        yield


@pytest.fixture(autouse=True)
def _nothing_told_yet():
    """What is logged once in ten seconds is logged in each test: the one before may have told the same."""
    core.outage._told.clear()  # noqa: SLF001


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


@pytest.fixture(scope="session")
def administrator(cluster):
    """A connection that makes and drops databases."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        yield connection


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
def template(cluster, administrator):
    """A migrated database that tests copy."""
    name = f"muster_template_{os.getpid()}"
    with _database(administrator, name):
        asyncio.run(migrate(_address(cluster, name)))
        yield name


@pytest.fixture(scope="session")
def peopled(cluster, administrator, template):
    """The same with the organisation of tests.world in it, and what tests have to know of that: who is who."""
    name = f"muster_peopled_{os.getpid()}"
    with _database(administrator, name, template):
        world = asyncio.run(_people(_address(cluster, name)))
        with psycopg.connect(_address(cluster, name)) as connection:
            # A copy is another database: without this it would take itself for a restored one (ADR 0007).
            connection.execute("delete from feed_era")
        yield name, world


async def _people(address: str) -> World:
    database = Database(address, clock=MovedClock(BEGINNING), secrets=Secrets(["tests"]))
    try:
        return await World.create(database, database.clock)
    finally:
        await database.close()


def _create(administrator: psycopg.Connection, name: str, template: str = "template1") -> None:
    administrator.execute(f"create database {name} template {template} strategy file_copy")


def _drop(administrator: psycopg.Connection, name: str) -> None:
    administrator.execute(f"drop database {name} with (force)")


@contextmanager
def _database(administrator: psycopg.Connection, name: str, template: str = "template1"):
    _create(administrator, name, template)
    yield
    _drop(administrator, name)


@pytest.fixture(scope="session")
def fresh_database(cluster, administrator):
    """Gives copies of a template, new ones or as good as new: `with fresh_database(template) as address`."""
    templates: dict[str, Template] = {}
    over: list[Copy] = []
    ready: list[Copy] = []

    def copy_of(template):
        while len(over) > KEPT:
            oldest = over.pop(0)
            if oldest.restored(administrator):
                ready.append(oldest)
            else:
                _drop(administrator, oldest.name)
        for place, copy in enumerate(ready):
            if copy.template.name == template:
                return ready.pop(place)
        if template not in templates:
            templates[template] = Template.read(template, _address(cluster, template))
        name = f"muster_test_{os.getpid()}_{next(_databases)}"
        _create(administrator, name, template)
        return Copy(name, _address(cluster, name), templates[template])

    @contextmanager
    def fresh(template):
        copy = copy_of(template)
        copy.uses += 1
        yield copy.address
        over.append(copy)

    yield fresh
    for copy in (*over, *ready):
        _drop(administrator, copy.name)


@pytest.fixture
def database_url(request, fresh_database, template):
    """The address of a fresh, migrated database; with people in it for a test that asks for a `world`."""
    peopled = "world" in request.fixturenames
    with fresh_database(request.getfixturevalue("peopled")[0] if peopled else template) as url:
        yield url


@pytest.fixture
def clock():
    return MovedClock(BEGINNING)


@pytest.fixture
async def database(database_url, clock):
    opened = Database(database_url, clock=clock, pool_size=5, secrets=Secrets(["tests"]))
    yield opened
    await opened.close()


@pytest.fixture
def world(peopled, database, clock):
    """An organisation with people, teams, services and components (tests.world), and shorthand to act on it."""
    return peopled[1].copy(database, clock)
