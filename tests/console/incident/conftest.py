"""People of the test organisation at the command centre."""

from contextlib import AsyncExitStack

import pytest

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from tests.console.desk import browser, sign_in
from tests.console.incident.channel import opened_for


@pytest.fixture
async def app(world, tmp_path):
    return build_app(Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database)))


@pytest.fixture
async def sits(world, app):
    """`ben = await sits("ben")`: somebody with a browser."""
    async with AsyncExitStack() as stack:

        async def sit(name):
            return await sign_in(world, await stack.enter_async_context(browser(app)), name)

        yield sit


@pytest.fixture
async def channel(world, incident):
    """The channel of the test's incident."""
    return await opened_for(world, incident)
