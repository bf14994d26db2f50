"""A dump, restored: old cursors go on exactly, and what is lost is said (ADR 0007)."""

import pytest
from sqlalchemy import text

from actions.entries import add_entry
from actions.idempotency import Earlier, claim
from actions.tasks import add_task
from bench.figures import note as figure
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.feed import Feed
from core.live import Live
from models.words import EntryKind
from tests.actions.lifecycle import declared
from tests.actions.maintaining import planned
from tests.conftest import _address, _run
from tests.core.feed import note, seen, take
from tests.restore.clusters import dump, everything, restore

JAVASCRIPT_MAX = 2**53 - 1
KEY = {"mutation": "addTask", "key": "k-1", "request": {"title": "Look"}}


@pytest.fixture
async def elsewhere(cluster, clock):
    """Restores dumps into new databases and opens them: `await elsewhere(file, "name")`."""
    opened, made = [], []

    async def into(file, name):
        await _run(cluster, f"create database {name}")
        made.append(name)
        restore(file, _address(cluster, name))
        opened.append(Database(_address(cluster, name), clock=clock))
        return opened[-1]

    yield into
    for each in opened:
        await each.close()
    await _run(cluster, *(f"drop database {name} with (force)" for name in made))


async def refused(database, place):
    with pytest.raises(DomainError) as refusal:
        await Feed(database, 30).check(place, None)
    return refusal.value


async def resumes_everywhere(live, places, everyone):
    """From each place exactly what came after it."""
    for place in places:
        with live.subscribe(after=place) as events:
            assert await take(events, sum(key > place for key in everyone)) == [k for k in everyone if k > place]


async def work(world, count):
    """An incident, and some lines on its timeline."""
    incident = await declared(world)
    for number in range(count):
        await world.do(add_entry, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text=f"{number}")
    return incident


async def add_task_once(world, incident):
    async with world.database.unit_of_work() as session:
        earlier = await claim(session, world.ben, **KEY)
        return earlier or await add_task(session, world.ben, incident=incident.reference, title="Look")


async def test_nothing_is_lost_by_a_dump_of_everything(world, database_url, elsewhere, tmp_path):
    incident = await work(world, 20)
    await add_task_once(world, incident)
    before = await everything(world.database)
    restored = await elsewhere(dump(database_url, tmp_path / "dump"), "muster_restored")
    live = Live(restored, poll=0.1)
    restored.on_commit = live.on_commit
    async with live.running():
        await resumes_everywhere(live, [0, *before[:-1]], before)
        with live.subscribe(after=before[-1]) as events:
            world.database = restored
            entry = await world.do(add_entry, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="after")
            assert await take(events, 1) == [entry.id]
        await resumes_everywhere(live, [0, *before], [*before, entry.id])
    assert entry.number == len(await world.events(incident.id))
    assert before[-1] < entry.id < JAVASCRIPT_MAX
    assert isinstance(await add_task_once(world, incident), Earlier)
    with pytest.raises(DomainError) as conflict:
        async with restored.unit_of_work() as session:
            await claim(session, world.ben, **{**KEY, "request": {"title": "Other"}})
    assert conflict.value.code is ErrorCode.IDEMPOTENCY_CONFLICT
    figure("restore.dump", f"{len(before) + 1} of {len(before) + 1} cursors resume exactly")


async def test_a_cursor_of_what_the_dump_lacks_is_refused_and_earlier_ones_go_on(
    world, database_url, elsewhere, tmp_path
):
    await work(world, 5)
    kept = await everything(world.database)
    file = dump(database_url, tmp_path / "dump")
    await work(world, 30)
    lost = [key for key in await everything(world.database) if key not in kept]
    restored = await elsewhere(file, "muster_older")
    live = Live(restored, poll=0.1)
    restored.on_commit = live.on_commit
    async with live.running():
        for place in lost:  # before anything is written
            assert (await refused(restored, place)).code is ErrorCode.CURSOR_EXPIRED
        new = [key for _ in range(40) for key in await note(restored, "x")]
        for place in lost:
            refusal = await refused(restored, place)
            assert refusal.code is ErrorCode.CURSOR_EXPIRED
            assert "earlier moment at 20" in refusal.message
            assert "Query.cursor" in refusal.hint
        assert (await refused(restored, new[-1] + 1)).code is ErrorCode.INVALID_INPUT
        await seen(live, new[-1])
        await resumes_everywhere(live, [0, *kept], [*kept, *new])
    figure("restore.lost", f"{len(lost)} of {len(lost)} cursors of lost events are refused with CURSOR_EXPIRED")


async def test_no_id_is_given_twice_and_references_leave_a_gap(world, database_url, elsewhere, tmp_path):
    await world.events()  # a database that was never used has no ids to lose
    file = dump(database_url, tmp_path / "dump")
    lost = [await work(world, 0) for _ in range(3)]
    lost_task = await world.do(add_task, world.ben, incident=lost[0].reference, title="Look")
    lost_work = await planned(world)
    world.database = await elsewhere(file, "muster_earliest")
    incident = await work(world, 0)
    task = await world.do(add_task, world.ben, incident=incident.reference, title="Look")
    assert incident.id > max(each.id for each in lost)
    assert lost_task.id < task.id < JAVASCRIPT_MAX
    assert lost_work.id < (await planned(world)).id < 300, "MNT-… stays short"


async def test_the_same_dump_restored_twice_gives_two_lives_that_are_told_apart(
    world, database_url, elsewhere, tmp_path
):
    await work(world, 3)
    file = dump(database_url, tmp_path / "dump")
    first = await elsewhere(file, "muster_first_life")
    gone = await note(first, *"abc")
    second = await elsewhere(file, "muster_second_life")
    new = await note(second, *"abc")
    assert new[0] > gone[-1]
    for place in gone:
        assert (await refused(second, place)).code is ErrorCode.CURSOR_EXPIRED


async def test_a_dump_restored_over_the_same_database_begins_an_era_too(world, database_url, tmp_path):
    await work(world, 3)
    file = dump(database_url, tmp_path / "dump")
    lost = await note(world.database, *"abc")
    await world.database.engine.dispose()
    restore(file, database_url, "--clean")
    assert (await refused(world.database, lost[0])).code is ErrorCode.CURSOR_EXPIRED
    assert (await note(world.database, "d"))[0] > lost[-1]


async def test_a_database_in_use_stays_in_its_era(world, database_url, clock):
    await work(world, 3)
    for _ in range(3):
        again = Database(database_url, clock=clock)
        await note(again, "x")
        await again.close()
    assert await everything(world.database) == list(range(1, len(await everything(world.database)) + 1))


async def test_where_the_server_hides_its_identity_a_restore_is_still_seen(world, database_url, clock):
    """Some hosting providers forbid pg_control_system()."""
    await note(world.database, *"ab")
    async with world.database.engine.begin() as connection:
        for statement in (
            "revoke execute on function pg_walfile_name(pg_lsn) from public",
            "drop role if exists muster_lodger",
            "create role muster_lodger login",
            "grant all on all tables in schema public to muster_lodger",
            "grant all on all sequences in schema public to muster_lodger",
        ):
            await connection.execute(text(statement))
    lodger = Database(database_url.replace("//postgres@", "//muster_lodger@"), clock=clock)
    async with lodger.reading() as reader:
        clusters = await reader.execute(text("select cluster, feed_cluster() from feed_era order by first_id"))
    assert not clusters[0].cluster.startswith("hidden.")
    assert clusters[-1].cluster == clusters[-1].feed_cluster
    assert clusters[-1].cluster.startswith("hidden.")
    await lodger.close()
    async with world.database.engine.begin() as connection:
        await connection.execute(text("drop owned by muster_lodger"))
        await connection.execute(text("drop role muster_lodger"))
