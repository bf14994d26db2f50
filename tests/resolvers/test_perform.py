"""What every mutation does, where a request through the API can't reach it."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from actions.catalogue.teams import save_team
from core.db import Database
from core.errors import DomainError
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from resolvers.context import Context
from resolvers.mutations.perform import Deed, of_row, perform
from schema.inputs.catalogue import SaveTeamInput

SAVE = Deed(save_team, of_row)


@pytest.fixture
def context(world, tmp_path):
    """Makes a Context of a person, on the world's database or another one."""

    def make(actor, database=world.database):
        return Context(Runtime(Settings(data_dir=tmp_path), database, Live(database)), actor)

    return make


async def test_a_request_without_a_connection_is_told_to_come_again(world, context):
    pool = world.database.engine.pool
    pool._timeout = 0.05  # noqa: SLF001 (nobody should wait five seconds for a test)
    async with AsyncExitStack() as stack:
        for _ in range(10):
            session = await stack.enter_async_context(world.database.unit_of_work())
            await session.execute(text("select 1"))
        with pytest.raises(DomainError) as caught:
            await perform(context(world.dov), "saveTeam", SaveTeamInput(slug="data", name="Data"), SAVE)
    assert caught.value.code == "TIMEOUT"
    assert caught.value.hint == "Send the request again."


async def test_requests_that_have_read_do_not_starve_each_other(world, context, database_url, clock):
    small = Database(database_url, clock=clock, pool_size=1)  # two connections at most
    contexts = [context(world.dov, small) for _ in range(8)]
    turns = asyncio.Semaphore(2)

    async def read_and_write(ctx, number):
        async with turns:
            await ctx.reader.scalar(text("select 1"))  # as a field before this one would have
            await perform(ctx, "saveTeam", SaveTeamInput(slug=f"team-{number}", name="Team"), SAVE)

    async with asyncio.timeout(4):
        await asyncio.gather(*(read_and_write(ctx, number) for number, ctx in enumerate(contexts)))
    await small.close()


async def test_a_fault_of_ours_is_not_made_a_refusal(world, context):
    async def broken(session, _actor, **_given):
        await session.execute(text("select nonsense"))

    with pytest.raises(ProgrammingError):
        await perform(context(world.dov), "saveTeam", SaveTeamInput(slug="data", name="Data"), Deed(broken, of_row))
