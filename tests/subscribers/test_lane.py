"""What became of a row is committed before its line tries the next: a crash leaves one row of each line in doubt."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from actions.subscribers.ledger import claim_rows
from actions.subscribers.outcomes import Failed, Took
from jobs.subscribers.lane import Lane
from jobs.subscribers.marks import MarkLostError, Marks
from models.subscriber import SubscriberDelivery
from models.words import Channel, DeliveryState
from tests.subscribers.test_delivery import crowd

LINES = 4
BREAK_OFF = """select pg_terminate_backend(pid) from pg_stat_activity
  where query like '%update subscriber_delivery set state = %' and pid <> pg_backend_pid()"""


async def listed(page, count):
    """A broadcast to so many, listed and not yet sent."""
    await crowd(page, count)
    await page.say(await page.declare())
    await page.work("broadcast.list")
    return Lane(page.world.database, 1, Channel.EMAIL, seconds=60)


def line(page, tried, outcome):
    """A line that looks, before it sends, whether what it sent before is marked."""
    mine = []

    async def attempt(row):
        async with page.world.database.reading() as reader:
            before = select(SubscriberDelivery.state).where(SubscriberDelivery.id.in_(mine))
            states = [state for (state,) in await reader.execute(before)]
            assert DeliveryState.UNKNOWN not in states
            assert len(states) == len(mine)
        mine.append(row.id)
        tried.append(row.id)
        return outcome(row)

    return attempt


async def test_a_row_is_marked_before_its_line_tries_the_next(page):
    lane, tried = await listed(page, 60), []

    def outcome(row):
        return Failed(row, "Put off.", theirs=False) if row.id % 7 == 0 else Took(row, f"<{row.id}@here>")

    await lane.run([line(page, tried, outcome) for _ in range(LINES)])
    assert sorted(tried) == list(range(1, 61))
    rows = await page.ledger()
    assert {row.id for row in rows if row.state is DeliveryState.PENDING} == {key for key in tried if key % 7 == 0}
    assert {row.message_id for row in rows if row.state is DeliveryState.SENT} == {
        f"<{key}@here>" for key in tried if key % 7
    }


async def test_who_can_not_mark_sends_nothing_more(page):
    lane, tried = await listed(page, 60), []

    async def attempt(row):
        tried.append(row.id)
        if len(tried) == 2 * LINES:
            async with page.world.database.unit_of_work() as session:
                assert (await session.execute(text(BREAK_OFF))).all(), "the connection that marks is there"
        return Took(row, f"<{row.id}@here>")

    with pytest.raises(ExceptionGroup) as lost:
        await lane.run([attempt] * LINES)
    assert 1 <= len(lost.value.exceptions) <= LINES
    states = [row.state for row in await page.ledger()]
    assert states.count(DeliveryState.PENDING) == 60 - len(tried) > 0, "what was not tried is given back"
    assert 1 <= states.count(DeliveryState.UNKNOWN) <= LINES, "one for each line"


async def test_all_who_share_a_commit_that_fails_hear_of_it(page):
    await listed(page, 3)
    database = page.world.database
    async with database.unit_of_work() as session:
        first, second, third = await claim_rows(session, 1, Channel.EMAIL, 3)
    unwritable = "\0"  # no text of PostgreSQL holds it
    async with database.noting() as connection:
        marks = Marks(database, connection, Channel.EMAIL, lines=1)
        done = [Took(first, "<1@here>"), Took(second, unwritable), Took(third, "<3@here>")]
        alone, led, shared = await asyncio.gather(*(marks.mark(each) for each in done), return_exceptions=True)
    assert alone is None
    assert isinstance(led, DBAPIError)
    assert isinstance(shared, MarkLostError)
    assert [row.state for row in await page.ledger()] == [DeliveryState.SENT, *[DeliveryState.UNKNOWN] * 2]
