"""The live feed: replay, the seam, slow readers, lost connections."""

import asyncio
import gc
import random
import weakref

import asyncpg
import pytest
from sqlalchemy import text

from core.cursor import encode_cursor
from core.db import Database, plain_url
from core.errors import DomainError, ErrorCode
from core.feed import PAGE
from core.live import BY_INDEX, TAIL, Live
from tests.core.feed import SOON, make_incidents, note, seen, take


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


async def cut_all(database, name):
    """End every connection of this name, as a failover does; returns how many there were."""
    async with database.unit_of_work() as session:
        statement = text(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = :name and datname = current_database()"
        )
        return len((await session.execute(statement, {"name": name})).all())


async def cut(database, name):
    assert await cut_all(database, name) == 1


async def test_a_reader_without_a_cursor_gets_what_comes_and_nothing_from_before(database, live):
    (old,) = await note(database, "old")
    await seen(live, old)
    with live.subscribe() as events:
        new = await note(database, "a", "b")
        assert await take(events, 2) == new


async def test_a_reader_with_a_cursor_gets_what_it_missed_and_then_what_comes(database, live):
    before = await note(database, *"abc")
    with live.subscribe(after=before[0]) as events:
        assert await take(events, 2) == before[1:]
        later = await note(database, "d")
        assert await take(events, 1) == later


async def test_a_subscription_can_be_iterated_over(database, live):
    ids = await note(database, *"abc")
    with live.subscribe(after=0) as events:
        kinds = []
        async with asyncio.timeout(SOON):
            async for row in events:
                kinds.append(row.kind)
                if row.id == ids[-1]:
                    break
    assert kinds == ["a", "b", "c"]


async def test_a_replay_of_several_pages_is_whole(database, live):
    with live.subscribe() as present:  # what was noted is the past once a reader of the present has all of it
        ids = await note(database, *["x"] * (2 * PAGE + 7))
        assert await take(present, len(ids)) == ids
    with live.subscribe(after=0, size=3) as events:
        assert await take(events, len(ids)) == ids


async def test_a_reader_of_one_incident_gets_that_incident_only(database, live):
    await make_incidents(database, 1, 2)
    missed = [(await note(database, "a", incident_id=key))[0] for key in (1, 2, 1)]
    with live.subscribe(after=0, incident_id=1) as events:
        assert await take(events, 2) == [missed[0], missed[2]]
        await note(database, "b", incident_id=2)
        ours = await note(database, "c", incident_id=1)
        assert await take(events, 1) == ours


async def test_a_reader_of_one_incident_knows_how_far_the_feed_has_come(database, live):
    await make_incidents(database, 1, 2)
    with live.subscribe(after=0, incident_id=1) as events:
        (other,) = await note(database, "a", incident_id=2)
        await seen(live, other)
        assert events.place == 0  # it has not looked at its past yet
        assert await events.batch(0) == []
        assert (events.place, events.last) == (other, 0)


async def test_readers_who_join_while_others_write_get_each_event_once_and_in_order(database, live):
    """The seam: nothing is lost or doubled between the replay and the live end."""
    chance = random.Random(7)  # noqa: S311 (repeatable, not secret)
    early = await note(database, *["early"] * 30)
    readers = []

    async def read(after):
        with live.subscribe(after=after) as events:
            ids = []
            async for row in events:
                ids.append(row.id)
                if row.kind == "end":
                    break
        return after, ids

    async def write(tasks):
        for _ in range(25):
            await note(database, *["x"] * chance.randint(1, 4))
            readers.append(tasks.create_task(read(chance.choice([0, early[3], live.cursor]))))

    async with asyncio.timeout(6 * SOON), asyncio.TaskGroup() as tasks:
        async with asyncio.TaskGroup() as writers:
            for _ in range(2):
                writers.create_task(write(tasks))
        await note(database, "end")
    async with database.reading() as reader:
        everything = [row.id for row in await reader.execute(text("select id from event order by id"))]
    assert len(readers) == 50
    for after, ids in (reader.result() for reader in readers):
        assert ids == [key for key in everything if key > after]


async def test_a_reader_that_is_too_slow_is_told_where_to_resume(database, live):
    with live.subscribe(size=3) as events:
        ids = await note(database, *"abcde")
        await seen(live, ids[-1])
        assert await take(events, 3) == ids[:3]
        with pytest.raises(DomainError) as refusal:
            await events.batch()
    assert refusal.value.code is ErrorCode.SLOW_CONSUMER
    assert encode_cursor(ids[2]) in refusal.value.hint
    with live.subscribe(after=ids[2], size=3) as events:
        assert await take(events, 2) == ids[3:]


async def test_a_reader_that_still_catches_up_is_not_too_slow(database, live):
    early = await note(database, *["x"] * (PAGE + 1))
    await seen(live, early[-1])
    with live.subscribe(after=0, size=2) as events:
        first = await take(events, PAGE)
        later = await note(database, *"abcde")
        await seen(live, later[-1])
        assert first + await take(events, 6) == early + later


async def test_who_wants_to_know_only_that_an_incident_changed_is_never_too_slow(database, live):
    await make_incidents(database, 1, 2)
    with live.changes(1) as changes:
        for _ in range(3):
            await note(database, "a", "b", incident_id=1)
        (last,) = await note(database, "a", incident_id=2)
        await seen(live, last)
        assert len(await changes.batch()) == 1
        assert await changes.batch(0) == []
        ours = await note(database, "c", incident_id=1)
        assert await take(changes, 1) == ours


async def test_a_cursor_that_is_too_old_is_refused(database, clock, live):
    await note(database, "old")
    clock.advance(days=31)
    (recent,) = await note(database, "recent")
    with live.subscribe(after=0) as events, pytest.raises(DomainError) as refusal:
        await events.batch()
    assert refusal.value.code is ErrorCode.CURSOR_EXPIRED
    assert refusal.value.field == "after"
    assert "Query.cursor" in refusal.value.hint
    with live.subscribe(after=recent - 1) as events:
        assert await take(events, 1) == [recent]


async def test_an_old_cursor_after_which_nothing_was_missed_is_good(database, clock, live):
    await make_incidents(database, 1, 2)
    (place,) = await note(database, "old", incident_id=1)
    await note(database, "old", incident_id=2)
    clock.advance(days=31)
    with live.subscribe(after=place, incident_id=1) as events:
        later = await note(database, "new", incident_id=1)
        assert await take(events, 1) == later


async def test_a_cursor_ahead_of_the_feed_is_refused(database, live):
    (newest,) = await note(database, "a")
    with (
        live.subscribe(after=newest + 1) as events,
        pytest.raises(DomainError, match="not a cursor of this feed") as no,
    ):
        await events.batch()
    assert no.value.code is ErrorCode.INVALID_INPUT


async def test_a_lost_connection_costs_nothing_but_time(database, live, caplog, monkeypatch):
    monkeypatch.setattr("core.outage._told", {})  # what another test has said a moment ago
    with live.subscribe() as events:
        await cut(database, "muster live")
        ids = await note(database, "a", "b")
        assert await take(events, 2) == ids
    assert "connecting again" in caplog.text


async def test_a_connection_that_is_cut_again_and_again_loses_nothing(database, live):
    """Cut at any moment, in the middle of a read too: the driver then raises errors of several families."""
    written = []

    async def write():
        for _ in range(100):
            written.extend(await note(database, "x"))

    with live.subscribe() as events:
        async with asyncio.TaskGroup() as tasks:
            writers = [tasks.create_task(write()) for _ in range(3)]
            while not all(writer.done() for writer in writers):
                await cut_all(database, "muster live")
        assert await take(events, 300) == sorted(written)


async def test_a_commit_that_nobody_notified_is_found_by_polling(database_url, live):
    other = Database(database_url)  # a process without a live feed, like a command
    with live.subscribe() as events:
        ids = await note(other, "a")
        assert await take(events, 1) == ids
    await other.close()


@pytest.mark.usefixtures("live")
async def test_another_process_is_woken_by_the_notification(database):
    elsewhere = Live(database, poll=600)
    async with elsewhere.running():
        with elsewhere.subscribe() as events:
            ids = await note(database, "a")
            assert await take(events, 1) == ids


async def test_watchers_are_told_of_every_batch_and_one_that_fails_hurts_nobody(database, live, caplog):
    kinds = []

    def fail(rows):
        raise RuntimeError(rows[0].kind)

    live.watch(fail)
    stop = live.watch(lambda rows: kinds.extend(row.kind for row in rows))
    await seen(live, (await note(database, "a", "b"))[-1])
    assert kinds == ["a", "b"]
    assert "a watcher of the feed failed" in caplog.text
    stop()
    await seen(live, (await note(database, "c"))[-1])
    assert kinds == ["a", "b"]


async def test_a_closed_subscription_is_forgotten(live):
    with live.subscribe(incident_id=1) as events:
        reference = weakref.ref(events)
    del events
    gc.collect()
    assert reference() is None


async def test_a_database_that_is_away_at_the_start_is_an_error():
    database = Database("postgresql://postgres@127.0.0.1:1/none")
    with pytest.raises((OSError, asyncpg.PostgresError)):
        async with Live(database).running():
            pytest.fail("it runs")


async def test_the_feed_is_listened_to_on_the_direct_address(database_url):
    database = Database("postgresql://postgres@127.0.0.1:1/pooler")
    async with Live(database, database_url).running() as live:
        assert live.cursor == 0


async def test_the_log_is_followed_by_its_index_however_short_it_is(database):
    await note(database, *"abc")
    connection = await asyncpg.connect(plain_url(database.url))
    try:
        await connection.execute(BY_INDEX)
        plan = await connection.fetch("explain " + TAIL.replace("$1", "0"))
    finally:
        await connection.close()
    assert any("Index Scan using pk_event" in line for (line,) in plan), plan
