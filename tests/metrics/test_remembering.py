"""Figures that are remembered are those that would be found anew."""

from datetime import date

import pytest
from sqlalchemy import event

from actions.declarations import declare_incident
from actions.metrics import remembering
from actions.metrics.answer import Answer
from actions.metrics.question import read_question
from actions.metrics.remembering import forget
from core.db import Within
from models.words import MetricDimension, Visibility
from tests.actions.lifecycle import declared

DAY = date(2026, 11, 24)


@pytest.fixture
def looked(database):
    """How many statements have looked at incidents so far."""
    seen = []

    def note(_, __, statement, *___):
        if "width_bucket" in statement:
            seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.fixture
def count(database):
    async def count(actor, metric="incidents", reader=None, **more):
        async def asked(reader):
            days = {"first_day": DAY, "last_day": DAY, "time_zone": "UTC"}
            answer = Answer(reader, await read_question(reader, actor, metric=metric, **days, **more))
            groups = await answer.groups()
            return (await answer.total()).figures.count, [each.total.figures.count for each in groups]

        if reader is not None:
            return await asked(reader)
        async with database.reading() as own:
            return await asked(own)

    return count


async def test_until_the_next_event_nobody_looks_again(world, count, looked):
    await declared(world)
    by = {"group_by": [MetricDimension.SEVERITY]}
    assert await count(world.ben, **by) == (1, [1])
    once = len(looked)
    assert await count(world.ben, **by) == (1, [1])
    assert len(looked) == once == 2
    await declared(world)
    assert await count(world.ben, **by) == (2, [2])
    assert len(looked) == 2 * once


async def test_what_is_remembered_has_a_bound_in_figures(world, count, looked, monkeypatch):
    forget()
    monkeypatch.setattr(remembering, "MOST", 2 * remembering.LEAST)
    asked = (("mttd", False), ("mttm", False), ("mttr", False), ("mttr", True), ("mttm", True), ("mttd", False))
    for metric, known in asked:
        before = len(looked)
        await count(world.ben, metric)
        assert (len(looked) == before) is known, metric


async def test_everybody_is_told_of_what_they_may_see(world, count):
    await declared(world)
    await declared(world, visibility=Visibility.PRIVATE)
    assert [await count(who) for who in (world.ben, world.eve, world.ben)] == [(2, []), (1, []), (2, [])]


async def test_a_question_as_of_then_and_one_about_messages_are_read_anew(world, count, looked, database):
    await declared(world)
    async with database.reading() as reader:
        then = (await read_question(reader, world.ben, metric="incidents", first_day=DAY, last_day=DAY)).cursor
    await declared(world)
    for asked in ({"as_of": then}, {"metric": "pages_per_person"}):
        before = len(looked)
        assert await count(world.ben, **asked) == await count(world.ben, **asked)
        assert len(looked) == before + 2, asked
    assert (await count(world.ben, as_of=then), await count(world.ben)) == ((1, []), (2, []))


async def test_what_a_transaction_sees_is_not_remembered(world, count, database):
    class UndoneError(Exception):
        pass

    async def undone():
        async with database.unit_of_work() as session:
            await declare_incident(session, world.ben, title="Checkout is down", severity="SEV1")
            assert await count(world.ben, reader=Within(session)) == (2, [])
            raise UndoneError

    await declared(world)
    with pytest.raises(UndoneError):
        await undone()
    assert await count(world.ben) == (1, [])
