"""Kept statements go to the driver directly: the same rows, snapshot and errors as by SQLAlchemy."""

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from actions.reports import report_incident
from core.kept import KEY, among, with_key, with_keys
from core.outage import NoDatabaseError, outage_of
from models.event import Event
from models.incident import Incident
from models.person import User
from models.words import ActorKind
from tests.schema.client import Statements
from tests.schema.story import tell

ALL = [select(model).order_by(model.id) for model in (User, Incident, Event)]
SOME = select(User.name, User.id).where(among(User.id), User.archived_at.is_(None)).order_by(User.id)
SLEEP = select(func.pg_sleep(KEY))


async def test_its_rows_are_those_of_sqlalchemy(world, database):
    await tell(world)
    async with database.reading() as reader:
        for statement in ALL:
            by_sqlalchemy, directly, again = [await reader.tuples(statement) for _ in range(3)]
            assert by_sqlalchemy
            assert [tuple(row) for row in by_sqlalchemy] == directly == again
            assert type(directly[0]) is tuple
        (event, *_) = await reader.rows(Event, ALL[2])
        assert isinstance(event.actor_kind, ActorKind)
        assert isinstance(event.data, dict)
        for _ in range(2):
            assert [name for name, _ in await reader.tuples(SOME, with_keys([2, 1]))] == ["Ada Okafor", "Ben Silva"]
            assert not await reader.tuples(SOME, with_keys([]))


async def test_a_statement_that_depends_on_its_values_goes_by_sqlalchemy(world, database):
    assert world
    few = select(User.id).where(User.id.in_([1, 2])).order_by(User.id)
    async with database.reading() as reader:
        for _ in range(3):
            (row, _) = await reader.tuples(few)
            assert row.id == 1  # a row of SQLAlchemy's, which knows names


async def test_who_listens_to_statements_hears_of_all(world, database):
    assert world
    for _ in range(3):
        async with database.reading() as reader:
            with Statements(database) as statements:
                await reader.tuples(ALL[0])
            assert len(statements.seen) == 1


async def test_both_ways_see_one_snapshot(world, database):
    count = select(func.count()).select_from(Incident)
    async with database.reading() as before:
        await before.tuples(count)
    async with database.reading() as reader:
        ((first,),) = await reader.tuples(count)  # the driver begins the transaction
        await world.do(report_incident, world.ben, title="Meanwhile")
        assert await reader.scalar(text("select count(*) from incident")) == first
        assert await reader.tuples(count) == [(first,)]
    async with database.reading() as after:
        assert await after.tuples(count) == [(first + 1,)]


async def known(database) -> None:
    """Have a statement sent twice, so that it goes directly."""
    for _ in range(2):
        async with database.reading() as reader:
            await reader.tuples(SLEEP, with_key(0))


async def test_an_error_is_sqlalchemys(database):
    await known(database)
    async with database.reading() as reader:
        await reader.execute(text("select set_config('statement_timeout', '20', true)"))
        with pytest.raises(DBAPIError) as caught:
            await reader.tuples(SLEEP, with_key(5))
    assert caught.value.driver_exception.sqlstate == "57014"
    assert outage_of(caught.value) is None
    async with database.reading() as reader:
        assert len(await reader.tuples(SLEEP, with_key(0))) == 1


async def test_a_lost_connection_is_an_outage_and_the_next_request_has_another(database):
    await known(database)
    async with database.reading() as reader, database.looking() as killer:
        pid = await reader.scalar(text("select pg_backend_pid()"))
        await killer.execute(text(f"select pg_terminate_backend({pid})"))
        with pytest.raises(DBAPIError) as caught:
            await reader.tuples(SLEEP, with_key(0))
        assert outage_of(caught.value) is not None
        with pytest.raises(NoDatabaseError):
            await reader.tuples(SLEEP, with_key(0))
    async with database.reading() as reader:
        assert len(await reader.tuples(SLEEP, with_key(0))) == 1


async def test_who_gives_up_leaves_no_connection_behind(database):
    await known(database)
    for _ in range(12):  # more than there are connections
        async with database.reading() as reader:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await reader.tuples(SLEEP, with_key(3))
    async with database.reading() as reader:
        assert len(await reader.tuples(SLEEP, with_key(0))) == 1
