"""Files put back as they were: nothing inside tells, so those who remember do (ADR 0007)."""

import pytest

from core.db import Database
from core.errors import DomainError, ErrorCode
from core.feed import Feed
from core.live import Live
from tests.core.feed import note, seen
from tests.restore.test_replica import written
from tests.server.processes import muster


async def refused(database, place):
    with pytest.raises(DomainError) as refusal:
        await Feed(database, 30).check(place, None)
    return refusal.value.code


@pytest.fixture
async def put_back(primary, folder, clock):
    """A database whose last two events are about to be lost: it, what was lost, and how to lose it."""
    database = Database(primary.url, clock=clock)
    await note(database, *"abc")
    await database.engine.dispose()
    primary.stop()
    snapshot = primary.snapshot(folder / "snapshot")
    primary.start()
    lost = await note(database, *"de")

    async def lose():
        await database.engine.dispose()
        primary.stop()
        primary.put_back(snapshot)
        primary.start()

    yield database, lost, lose
    await database.close()


async def test_a_process_that_saw_more_begins_an_era(put_back):
    database, lost, lose = put_back
    async with Live(database, poll=0.1).running() as live:
        await seen(live, lost[-1])
        with live.subscribe() as events:
            await lose()
            with pytest.raises(DomainError, match="taken back"):
                await events.batch()
    assert [await refused(database, place) for place in lost] == [ErrorCode.CURSOR_EXPIRED] * 2
    assert (await written(database, "f"))[0] > lost[-1]


async def test_an_operator_begins_an_era_by_hand(put_back, primary, tmp_path):
    database, lost, lose = put_back
    await lose()
    done = muster("feed", "new-era", DATABASE_URL=primary.url, MUSTER_DATA_DIR=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "era 2" in done.stdout
    assert [await refused(database, place) for place in lost] == [ErrorCode.CURSOR_EXPIRED] * 2
    assert (await written(database, "f"))[0] > lost[-1]
