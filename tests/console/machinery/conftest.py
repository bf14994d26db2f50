"""People of the test organisation at the pages of machinery."""

from contextlib import AsyncExitStack

import pytest

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from tests.console.desk import browser, sign_in


@pytest.fixture
async def runtime(world, tmp_path):
    return Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database))


@pytest.fixture
async def sits(world, runtime):
    """`ada = await sits("ada")`: somebody with a browser."""
    app = build_app(runtime)
    async with AsyncExitStack() as stack:

        async def sit(name):
            return await sign_in(world, await stack.enter_async_context(browser(app)), name)

        yield sit
