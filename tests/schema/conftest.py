"""Tests of the API speak to the real endpoint over HTTP."""

import httpx
import pytest

from tests.schema.client import HOST, Client, app_of, runtime_of


@pytest.fixture
def runtime(database):
    return runtime_of(database)


@pytest.fixture
async def client(world, runtime):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        yield Client(world, http, runtime)
