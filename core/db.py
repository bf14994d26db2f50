"""The database: one engine a process, units of work that commit at the edge, and consistent reads."""

import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import orjson
from sqlalchemy import Executable, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from core import statements_traced, tracing
from core.changes import KeepingSession
from core.client import NOBODY, Client
from core.clock import Clock, SystemClock
from core.direct import Directs
from core.journal import Journal, write_journal
from core.outage import connect
from core.pooled import Singly, SinglyByDriver, pooled_options, singly
from core.reader import Parameters as Parameters  # noqa: PLC0414 (found here by others)
from core.reader import Reader as Reader  # noqa: PLC0414 (found here by everybody)
from core.replicas import Replica, ReplicaReader, one_of
from core.secrets import Secrets

TIMEOUTS = {"statement_timeout": "5000", "idle_in_transaction_session_timeout": "5000", "lock_timeout": "4000"}
"""Milliseconds. No transaction of ours may hold the feed, or anyone, for longer (DESIGN §1)."""

PLANS = {"jit": "off", "plan_cache_mode": "force_custom_plan"}
"""How statements are planned: for the values that they are sent with.

A plan for all values knows neither how long a page is nor whether a word is rare: the one that suits a rare word reads
a million incidents for a frequent one. Planning costs some tens of microseconds.
"""

SINGLE: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}
SNAPSHOT: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""How connections are used. Options of an engine would have it look for listeners at every statement."""

ENTER_ERA = """
do $$ begin
  if to_regclass('feed_era') is not null then
    perform set_config('lock_timeout', '100ms', true);
    perform feed_enter_era(0);
  end if;
exception when read_only_sql_transaction or disk_full or lock_not_available then
  null;  -- reading works; the journal asks again
end $$
"""
"""Before a connection draws any id: is this still the database that the newest ids were given in? (ADR 0007)"""

Committed = Callable[[Journal], None]
Guard = Callable[[AsyncSession], Awaitable[None]]


def asyncpg_url(url: str) -> URL:
    """The SQLAlchemy address for asyncpg of any PostgreSQL address that people paste."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def plain_url(url: str | URL) -> str:
    """The same for asyncpg itself, psycopg and the programs of PostgreSQL, as text: its password is in it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def dumps(value: Any) -> str:
    """JSON text of a value, as it is stored."""
    return orjson.dumps(value).decode()


def _refuse_closed(connection: Any, *_: object) -> None:
    """Have the pool replace a connection that the server closed meanwhile: nobody is to fail when it is back."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _read_json_at_once(connection: Any, _: object) -> None:
    """Have asyncpg hand JSON to the parser itself: SQLAlchemy's codec is a function of Python around it."""
    codec = {"schema": "pg_catalog", "encoder": str, "decoder": orjson.loads, "format": "text"}
    connection.run_async(partial(_set_codec, codec))


async def _set_codec(codec: dict[str, Any], driver: Any) -> None:
    await driver.set_type_codec("jsonb", **codec)


def _enter_era(connection: Any, _: object) -> None:
    connection.run_async(lambda driver: driver.execute(ENTER_ERA))


def _engine(address: URL, pool_size: int, given: dict[str, Any]) -> AsyncEngine:
    """An engine that connects with what it is given."""
    made = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        json_serializer=dumps,
        query_cache_size=2000,
        json_deserializer=orjson.loads,
        connect_args=given,
    )
    event.listen(made.sync_engine, "checkout", _refuse_closed)
    event.listen(made.sync_engine, "connect", _read_json_at_once)
    event.listen(made.sync_engine, "connect", _enter_era)
    if tracing.on():
        statements_traced.watch(made)
    return made


class Within(Reader):
    """Reads of a transaction that is under way: they see what it has written so far. The session closes itself."""

    def __init__(self, session: AsyncSession) -> None:
        self.clock = session.info["clock"]
        self.statements = 0
        self._session = session

    @property
    def source(self) -> None:
        """Nothing to remember anything of: what it sees may be rolled back."""
        return None

    async def execute(self, statement: Executable, parameters: Parameters = None) -> Sequence[Any]:
        """All rows of a statement."""
        await self._session.flush()
        return (await (await self._session.connection()).execute(statement, parameters)).all()

    async def tuples(self, statement: Executable, parameters: Parameters = None) -> Sequence[Any]:
        """All rows of a statement."""
        return await self.execute(statement, parameters)

    async def close(self) -> None:
        """Nothing: the connection is the transaction's."""


class Database:
    """The one door to PostgreSQL. `on_commit` is told of every journal that was committed (core.live wakes readers)."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        pool_size: int = 10,
        on_commit: Committed | None = None,
        secrets: Secrets | None = None,
        own_hosts: frozenset[str] = frozenset(),
        pooled: bool = False,
        replicas: Sequence[str] = (),
    ) -> None:
        self.url = asyncpg_url(url)
        self.clock: Clock = clock or SystemClock()
        self.on_commit = on_commit
        self.watchers: list[Committed] = []
        """Told of every such journal too, and first: who remembers what may have changed."""
        self.secrets = secrets
        """Needed only where something is sealed at rest: by the API and the worker."""
        self._own_hosts = own_hosts
        self.overflow = pool_size
        """Connections that it may open beyond those that it keeps."""
        self._guard: Guard | None = None
        self._pooled = pooled
        self._single = {"isolation_level": "READ COMMITTED"} if pooled else SINGLE
        settings = {**TIMEOUTS, **PLANS}
        given = (
            pooled_options(settings, "muster")
            if pooled
            else {
                "server_settings": {**settings, "application_name": "muster"},
                "prepared_statement_cache_size": 500,
            }
        )
        self.newest = 0
        """The newest event that was committed by this process."""

        def engine_on(address: URL) -> AsyncEngine:
            return _engine(address, pool_size, {"async_creator_fn": connect, "timeout": 5, **given})

        self.engine = engine_on(self.url)
        self._replicas = [Replica.of(engine_on(asyncpg_url(replica))) for replica in replicas]
        self._directs = Directs(self.engine.dialect)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, sync_session_class=KeepingSession)

    @property
    def keys(self) -> Secrets:
        """The keys of what is sealed and signed. RuntimeError if it was opened without them."""
        if self.secrets is None:
            raise RuntimeError("open the Database with secrets: something is sealed or signed here")
        return self.secrets

    @asynccontextmanager
    async def unit_of_work(self, client: Client = NOBODY) -> AsyncIterator[AsyncSession]:
        """A transaction: all of its rows, events and jobs, or none. Commits when the block ends without an error.

        Audited events note which client asked for it.
        """
        journal = Journal()
        async with self._sessions(info=self._info(journal, client)) as session:
            if self._guard is not None:
                await self._guard(session)
            yield session
            await session.flush()
            await write_journal(session)
            await session.commit()
        self.committed(journal)

    def guarded(self, guard: Guard) -> Self:
        """The same database, where every unit of work begins with `guard`, which raises what forbids it."""
        made = copy.copy(self)
        made._guard = guard  # noqa: SLF001 (of its own class)
        return made

    def committed(self, journal: Journal) -> None:
        """Tell whoever wants to know that a journal was committed."""
        if not journal.empty:
            self.newest = max(self.newest, journal.cursor or 0)
            for told in (*self.watchers, *([self.on_commit] if self.on_commit else [])):
                told(journal)

    @asynccontextmanager
    async def rehearsal(self, client: Client = NOBODY) -> AsyncIterator[AsyncSession]:
        """A transaction that is always rolled back: it shows what a change would do, and does none of it.

        Its journal is never written, so there is no event, no job, and nobody is woken. What a roll-back does not give
        back, such as a number of a sequence, actions do not take (actions.record.rehearsed).
        """
        async with self._sessions(info=self._info(Journal(), client) | {"rehearsal": True}) as session:
            try:
                yield session
            finally:
                await session.rollback()

    def _info(self, journal: Journal, client: Client) -> dict[str, Any]:
        """What actions find at their session."""
        return {
            "journal": journal,
            "clock": self.clock,
            "secrets": self.secrets,
            "client": client,
            "own_hosts": self._own_hosts,
            "rehearsal": False,
            "held": {},
        }

    @asynccontextmanager
    async def noting(self) -> AsyncIterator[AsyncConnection | Singly]:
        """A connection on which each statement is a transaction of its own: one round trip, committed when it returns.

        For ledgers that note one thing after the other. It has no journal: whatever makes events is a unit of work.
        """
        if self._pooled:
            async with singly(self.engine) as connection:
                yield connection
            return
        async with self.engine.connect() as connection:
            yield await connection.execution_options(**SINGLE)

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Any]:
        """A connection of asyncpg's own, on which each statement is a transaction of its own.

        For what is asked hundreds of times a second: SQLAlchemy takes longer for it than PostgreSQL does.
        """
        async with self.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            yield SinglyByDriver(driver) if self._pooled else driver

    def paper(self) -> AsyncSession:
        """A session to note events and jobs in, of which another statement writes the journal. It never connects."""
        return self._sessions(info=self._info(Journal(), NOBODY))

    def lookup(self) -> Reader:
        """Reads outside any transaction: one round trip for one statement, where no second one must agree with it."""
        return Reader(self.engine, self.clock, self._single, self._directs, commits=self._pooled)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[Reader]:
        """The same for the time of a block."""
        reader = self.lookup()
        try:
            yield reader
        finally:
            await reader.close()

    def reader(self) -> Reader:
        """Reads that all see one snapshot, for whoever closes them; elsewhere use `reading()`."""
        return Reader(self.engine, self.clock, SNAPSHOT, self._directs)

    def query_reader(self, place: Callable[[], int]) -> Reader:
        """The same, of a replica if there is one that has every event up to a place, and of what we committed."""
        if not self._replicas:
            return self.reader()

        def needed() -> int:
            return max(place(), self.newest)

        return ReplicaReader(one_of(self._replicas), self.engine, self.clock, SNAPSHOT, self._directs, place=needed)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Reads that all see one snapshot."""
        reader = self.reader()
        try:
            yield reader
        finally:
            await reader.close()

    async def close(self) -> None:
        """Close every connection."""
        for engine in (self.engine, *(replica.engine for replica in self._replicas)):
            await engine.dispose()
