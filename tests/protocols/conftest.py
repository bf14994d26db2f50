"""Tests of protocols speak to a process as production runs it, with the tools of whoever made the protocol."""

import pytest

from core.live import Live
from tests.protocols.processes import running
from tests.schema.sockets import token_of
from tests.telling import make_incident


@pytest.fixture
async def api(world, database_url, tmp_path):
    """A process on the world's database, where INC-1 is under way; what tests write is announced to it."""
    await world.do(make_incident, 1)
    live = Live(world.database)
    world.database.on_commit = live.on_commit
    async with live.running(), running(database_url, tmp_path) as api:
        yield api


@pytest.fixture
async def token(world):
    return (await token_of(world, "ben"))[0]
