"""A replica takes over: with everything, or without the newest events (asynchronous replication, ADR 0007)."""

import asyncio

import pytest
from sqlalchemy import text

from bench.figures import note as figure
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.feed import Feed
from core.live import Live
from tests.core.feed import make_incidents, note, seen, take
from tests.restore.clusters import everything

SECONDS = 20
"""Within which a failover is over."""


@pytest.fixture
async def database(primary, clock):
    opened = Database(primary.url, clock=clock, pool_size=4)
    yield opened
    await opened.close()


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
def standby(primary, folder, servers):
    other = primary.replica(folder / "standby")
    servers.callback(other.stop)
    return other


async def until(condition, value):
    async with asyncio.timeout(SECONDS):
        while await condition() != value:  # noqa: ASYNC110 (another server's state)
            await asyncio.sleep(0.02)


async def caught_up(primary, standby):
    """Wait until the standby has replayed everything."""
    place = await primary.value("select pg_current_wal_lsn()::text")
    await until(lambda: standby.value(f"select pg_last_wal_replay_lsn() >= '{place}'::pg_lsn"), value=True)


async def take_over(primary, standby):
    """The primary is gone; the standby is promoted, and clients reach it at the same address."""
    primary.stop()
    standby.promote()
    await until(lambda: standby.value("select pg_is_in_recovery()"), value=False)
    primary.follow(standby)


async def written(database, *kinds, **more):
    """Write as soon as the database can be written to again."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                return await note(database, *kinds, **more)
            except Exception:  # noqa: BLE001 (whatever a lost connection raises)
                await asyncio.sleep(0.02)


async def test_a_replica_that_has_everything_goes_on_and_nobody_notices(primary, standby, database, live):
    await make_incidents(database, 1)
    before = [key for _ in range(30) for key in await note(database, "x", incident_id=1)]
    await seen(live, before[-1])
    with live.subscribe(after=before[9]) as catching_up, live.subscribe() as connected:
        assert await take(catching_up, 20) == before[10:]
        await caught_up(primary, standby)
        await take_over(primary, standby)
        after = await written(database, "a", "b", incident_id=1)
        assert await take(connected, 2) == after
        assert await take(catching_up, 2) == after
    for place in before:
        with live.subscribe(after=place) as events:
            rest = [key for key in (*before, *after) if key > place]
            assert await take(events, len(rest)) == rest
    assert await everything(database) == [*before, *after]
    async with database.reading() as reader:
        numbers = [row.number for row in await reader.execute(text("select number from event order by id"))]
    assert numbers == list(range(1, 33))
    figure("restore.promotion", f"{len(before)} of {len(before)} cursors resume exactly after a promotion")


async def test_a_replica_that_lacks_the_newest_events_says_so_to_whoever_saw_them(primary, standby, database, live):
    kept = await note(database, *"abc")
    await caught_up(primary, standby)
    standby.stop()
    lost = await note(database, *"def")
    await seen(live, lost[-1])
    told = []
    live.watch(lambda rows: told.append([row.id for row in rows]))
    with live.subscribe() as connected, live.changes(1) as changes:
        primary.stop()
        standby.start()  # only now, or it would fetch what it lacks
        await take_over(primary, standby)
        for reader in (connected, changes):
            with pytest.raises(DomainError) as refusal:
                async with asyncio.timeout(SECONDS):
                    await reader.batch()
            assert refusal.value.code is ErrorCode.CURSOR_EXPIRED
    assert told == [[]]
    for place in lost:  # before anything is written, and after
        with pytest.raises(DomainError, match="taken back to an earlier moment"):
            await Feed(database, 30).check(place, None)
    new = await written(database, *"ghijk")
    assert new[0] > lost[-1]
    for place in lost:
        with pytest.raises(DomainError, match="taken back to an earlier moment"), live.subscribe(after=place) as events:
            await events.batch()
    for place in (0, *kept):
        with live.subscribe(after=place) as events:
            rest = [key for key in (*kept, *new) if key > place]
            assert await take(events, len(rest)) == rest


async def test_a_reader_of_a_standby_changes_nothing(standby, clock):
    await until(lambda: standby.value("select to_regclass('feed_era') is not null"), value=True)
    reading = Database(standby.url, clock=clock)
    async with Live(reading).running() as live, reading.reading() as reader:
        assert await reader.scalar(text("select count(*) from feed_era")) == 0
        assert live.cursor == 0
    await reading.close()
