"""One leader keeps time, and one that was deposed without noticing does nothing more."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text

from jobs import timers
from jobs.timers import Chore, DeposedError, fence, keep_time

LEAD = text("select timers_take_lead()")


@pytest.fixture
async def ledger(database):
    async with database.engine.begin() as connection:
        await connection.execute(text("create table swept (who text, number serial)"))
    return database


async def lead(database):
    async with database.engine.begin() as connection:
        return (await connection.execute(LEAD)).scalar_one()


async def sweep(database, who):
    async with database.unit_of_work() as session:
        await session.execute(text("insert into swept (who) values (:who)"), {"who": who})


async def swept(database):
    async with database.looking() as reader:
        return [row.who for row in await reader.execute(text("select who from swept order by number"))]


async def test_who_was_deposed_begins_nothing_more(ledger):
    old = ledger.guarded(fence(await lead(ledger)))
    await sweep(old, "old")
    new = ledger.guarded(fence(await lead(ledger)))
    with pytest.raises(DeposedError):
        await sweep(old, "old again")
    await sweep(new, "new")
    assert await swept(ledger) == ["old", "new"]


async def test_a_new_leader_waits_for_what_the_old_one_has_begun(ledger):
    old = ledger.guarded(fence(await lead(ledger)))
    async with old.unit_of_work() as session:
        await session.execute(text("insert into swept (who) values ('old')"))
        taking = asyncio.create_task(lead(ledger))
        async with asyncio.timeout(10), ledger.looking() as reader:
            waits = text("select count(*) from pg_locks where locktype = 'advisory' and objid = 7438 and not granted")
            while not await reader.scalar(waits):  # noqa: ASYNC110 (another connection)
                await asyncio.sleep(0.01)
        assert not taking.done()
    async with asyncio.timeout(10):
        await sweep(ledger.guarded(fence(await taking)), "new")
    assert await swept(ledger) == ["old", "new"]


async def test_a_leader_whose_connection_is_cut_in_the_middle_of_a_chore_does_not_go_on(
    ledger, database_url, monkeypatch
):
    """It is held up in its chore, as by a pause of its machine, until another one has begun."""
    monkeypatch.setattr(timers, "TICK", 0.02)
    begun, others, tried = asyncio.Event(), asyncio.Event(), []

    async def slow(database):
        await sweep(database, "old")
        begun.set()
        await others.wait()
        try:
            await sweep(database, "old, behind the new one's back")
        except DeposedError as error:
            tried.append(error)
            raise
        return 0

    async def quick(database):
        await sweep(database, "new")
        others.set()
        return 0

    def keeping(chore):
        return asyncio.create_task(keep_time(ledger, database_url, (Chore("sweep", every=0.02, run=chore),)))

    tasks = [keeping(slow)]
    async with asyncio.timeout(20):
        await begun.wait()
        tasks.append(keeping(quick))
        async with ledger.noting() as connection:
            await connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 7424"
                    " and granted and database = (select oid from pg_database where datname = current_database())"
                )
            )
        while not tried:  # noqa: ASYNC110 (another task)
            await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert set(await swept(ledger)) == {"old", "new"}
