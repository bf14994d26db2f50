"""Refusals in the audit trail: the first at once, repeats counted, and never a flood."""

import asyncio
import logging

import pytest
from sqlalchemy import select

from actions.refusals import ELSEWHERE, MOST, STRANGERS, Refusals
from auth.actor import ANONYMOUS
from core.client import Client
from core.db import Database
from core.errors import ErrorCode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.event import Event, EventOrigin

SOMEWHERE = Client("192.0.2.7", "curl/8")
FORBIDDEN, UNAUTHENTICATED = ErrorCode.FORBIDDEN, ErrorCode.UNAUTHENTICATED


async def refused(database):
    """Each event of a refusal: (doorway, times, address)."""
    statement = (
        select(Event.data, EventOrigin.address)
        .join(EventOrigin, EventOrigin.event_id == Event.id)
        .where(Event.kind == "access.refused")
        .order_by(Event.id)
    )
    async with database.reading() as reader:
        return [(row.data["doorway"], row.data["times"], row.address) for row in await reader.execute(statement)]


@pytest.fixture
def refusals(database):
    return Refusals(database)


async def test_the_first_is_written_at_once_and_repeats_once_a_minute(world, refusals, database, clock):
    for _ in range(5):
        refusals.note(world.ben, SOMEWHERE, FORBIDDEN, "mutation saveUser")
        await refusals.write()
    assert await refused(database) == [("mutation saveUser", 1, "192.0.2.7")]
    clock.advance(minutes=1)
    await refusals.write()
    assert (await refused(database))[1:] == [("mutation saveUser", 4, "192.0.2.7")]
    clock.advance(minutes=5)
    assert await refusals.write() == 0
    refusals.note(world.ben, SOMEWHERE, FORBIDDEN, "mutation saveUser")
    assert await refusals.write() == 1


async def test_an_event_names_actor_code_moment_and_user_agent(world, refusals, database, clock):
    before = clock.now()
    refusals.note(world.ben, SOMEWHERE, FORBIDDEN, "query webhooks")
    clock.advance(seconds=3)
    await refusals.write()
    async with database.reading() as reader:
        event = await reader.row(Event, select(Event).where(Event.kind == "access.refused"))
        origin = await reader.row(EventOrigin, select(EventOrigin))
    assert (event.actor_id, event.data["code"], origin.user_agent) == (world.ben.id, "FORBIDDEN", "curl/8")
    assert event.incident_id is None
    assert event.visibility == "PRIVATE"
    assert (event.occurred_at - before).total_seconds() < 1 < (event.recorded_at - event.occurred_at).total_seconds()


async def test_actors_addresses_codes_and_doorways_are_told_apart(world, refusals):
    for actor, address, code, doorway in (
        (world.ben, "192.0.2.7", FORBIDDEN, "query webhooks"),
        (world.chi, "192.0.2.7", FORBIDDEN, "query webhooks"),
        (world.ben, "192.0.2.8", FORBIDDEN, "query webhooks"),
        (world.ben, "192.0.2.7", UNAUTHENTICATED, "query webhooks"),
        (world.ben, "192.0.2.7", FORBIDDEN, "mutation saveUser"),
    ):
        refusals.note(actor, Client(address), code, doorway)
    assert await refusals.write() == 5


async def test_ten_thousand_refusals_make_few_events(refusals, database, clock):
    for number in range(10_000):
        refusals.note(ANONYMOUS, SOMEWHERE, UNAUTHENTICATED, "POST /graphql")
        if number == 5_000:
            await refusals.write()
    await refusals.write()
    clock.advance(minutes=1)
    await refusals.write()
    assert [times for _, times, _ in await refused(database)] == [5_001, 4_999]


async def test_ten_thousand_addresses_are_not_told_apart_for_ever(refusals, database, clock):
    for number in range(10_000):
        refusals.note(ANONYMOUS, Client(f"2001:db8:0:{number:x}::1"), UNAUTHENTICATED, "POST /graphql")
    await refusals.write()
    told = await refused(database)
    assert len(told) == STRANGERS + 1
    assert sum(times for _, times, _ in told) == 10_000
    assert told[-1] == (ELSEWHERE, 10_000 - STRANGERS, "")
    clock.advance(minutes=2)
    await refusals.write()
    refusals.note(ANONYMOUS, SOMEWHERE, UNAUTHENTICATED, "POST /graphql")
    await refusals.write()
    assert (await refused(database))[-1] == ("POST /graphql", 1, "192.0.2.7"), "those at rest were forgotten"


async def test_strangers_do_not_hide_what_somebody_known_was_refused(world, refusals, database):
    for number in range(1_000):
        refusals.note(ANONYMOUS, Client(f"198.51.{number // 250}.{number % 250}"), UNAUTHENTICATED, "POST /graphql")
    refusals.note(world.ben, SOMEWHERE, FORBIDDEN, "mutation saveUser")
    await refusals.write()
    assert (await refused(database))[-1] == ("mutation saveUser", 1, "192.0.2.7")


async def test_the_addresses_of_one_household_are_one_stranger(refusals, database):
    for number in range(100):
        refusals.note(ANONYMOUS, Client(f"2001:db8::{number:x}"), UNAUTHENTICATED, "POST /graphql")
    await refusals.write()
    assert await refused(database) == [("POST /graphql", 100, "2001:db8::0")]


async def test_known_actors_are_bounded_too(world, refusals, database):
    for number in range(MOST + 7):
        refusals.note(world.ben, SOMEWHERE, FORBIDDEN, f"query {number}")
    await refusals.write()
    assert (await refused(database))[-1] == (ELSEWHERE, 7, "")


async def test_nothing_is_lost_when_the_process_ends(refusals, database):
    async with refusals.running():
        refusals.note(ANONYMOUS, SOMEWHERE, UNAUTHENTICATED, "POST /graphql")
        async with asyncio.timeout(5):
            while not await refused(database):  # noqa: ASYNC110 (another task writes it)
                await asyncio.sleep(0.01)
        for _ in range(7):
            refusals.note(ANONYMOUS, SOMEWHERE, UNAUTHENTICATED, "POST /graphql")
    assert [times for _, times, _ in await refused(database)] == [1, 7]


async def test_a_database_that_is_away_hinders_nobody_and_counts_stay(database, clock, caplog):
    away = Database("postgresql://nobody@127.0.0.1:1/none", clock=clock)
    refusals = Refusals(away)
    with caplog.at_level(logging.ERROR):
        async with refusals.running():
            refusals.note(ANONYMOUS, SOMEWHERE, UNAUTHENTICATED, "POST /graphql")
    assert "1 refusals could not be written" in caplog.text
    await away.close()
    refusals._database = database  # noqa: SLF001 (it is back)
    assert await refusals.write() == 1


async def test_refusals_have_nothing_forgotten_of_who_may_do_what(refusals, database):
    runtime, asked = Runtime(Settings(), database, Live(database)), []

    async def look():
        asked.append(1)
        return 1

    await runtime.identities.get(b"a", look)
    refusals.note(ANONYMOUS, SOMEWHERE, UNAUTHENTICATED, "POST /graphql")
    await refusals.write()
    await runtime.identities.get(b"a", look)
    assert asked == [1]
