"""Browsers of people who are signed in, on a world's database."""

from contextlib import AsyncExitStack

import pytest

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from tests.console.desk import BASE
from tests.console.settings.visiting import Visitor, visiting


@pytest.fixture
def application(world):
    return build_app(Runtime(Settings(public_url=BASE), world.database, Live(world.database)))


@pytest.fixture
async def visit(world, application):
    """`await visit("ada")`: her browser, signed in."""
    async with AsyncExitStack() as stack:

        async def enter(name: str) -> Visitor:
            return await stack.enter_async_context(visiting(world, application, name))

        yield enter


@pytest.fixture
async def ada(visit):
    return await visit("ada")


@pytest.fixture
async def ben(visit):
    return await visit("ben")
