"""What other processes are told after a commit."""

import asyncio

import asyncpg
import pytest

from core.journal import Journal, PendingEvent, PendingJob
from core.live import Live
from core.notify import FEED, JOB
from tests.core.feed import SOON, note
from tests.core.test_live import cut


@pytest.fixture
async def heard(database_url):
    """Notifications as they arrive, on a connection of somebody else."""
    queue = asyncio.Queue()
    connection = await asyncpg.connect(database_url)
    for channel in (FEED, JOB):
        await connection.add_listener(channel, lambda _connection, _pid, name, _payload: queue.put_nowait(name))
    yield queue
    await connection.close()


@pytest.fixture
async def live(database):
    live = Live(database, poll=600)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


async def next_of(heard, count):
    async with asyncio.timeout(SOON):
        return sorted([await heard.get() for _ in range(count)])


def journal(events=0, jobs=0):
    event = PendingEvent("a", "SYSTEM", None, None, None, {}, "ORGANISATION")
    return Journal([event] * events, [PendingJob("a", "default", {})] * jobs)


@pytest.mark.usefixtures("live")
async def test_events_wake_readers_and_workers(database, heard):
    await note(database, "a")
    assert await next_of(heard, 2) == [FEED, JOB]


async def test_jobs_alone_wake_workers_only(live, heard):
    live.on_commit(journal(jobs=1))
    assert await next_of(heard, 1) == [JOB]
    live.on_commit(journal(events=1))
    assert await next_of(heard, 2) == [FEED, JOB]


async def test_many_commits_at_once_are_one_notification(database, live, heard):
    for _ in range(50):
        live.on_commit(journal(events=1, jobs=1))
    assert await next_of(heard, 2) == [FEED, JOB]
    await note(database, "a")
    assert await next_of(heard, 2) == [FEED, JOB]
    assert heard.empty()


@pytest.mark.usefixtures("live")
async def test_a_transaction_that_is_rolled_back_tells_nobody(database, heard):
    with pytest.raises(RuntimeError):
        async with database.unit_of_work() as session:
            session.info["journal"].jobs.append(PendingJob("a", "default", {}))
            raise RuntimeError
    await note(database, "a")
    assert await next_of(heard, 2) == [FEED, JOB]
    assert heard.empty()


async def test_a_lost_connection_is_opened_again_and_nothing_wanted_is_forgotten(database, live, heard, caplog):
    await note(database, "a")
    await next_of(heard, 2)
    await cut(database, "muster notify")
    live.on_commit(journal(events=1))
    assert await next_of(heard, 2) == [FEED, JOB]
    assert "can't notify" in caplog.text
