"""Tests of the API speak to the real endpoint over HTTP."""

import httpx
import pytest

from tests.schema.client import HOST, JSON, Client, app_of, runtime_of


@pytest.fixture
def runtime(database):
    return runtime_of(database)


@pytest.fixture
async def client(world, runtime):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        yield Client(world, http, runtime)


@pytest.fixture
async def send(client):
    """Send anything: `await send("POST", content=…, accept=…)`; with a token of Ben's."""

    async def send(method, *, accept=JSON, kind=JSON, token=True, **more):
        headers = {"accept": accept, "content-type": kind, **more.pop("headers", {})}
        if token:
            headers["authorization"] = f"Bearer {await client.token_of('ben')}"
        given = {name: value for name, value in headers.items() if value is not None}
        return await client.http.request(method, "/graphql", headers=given, **more)

    return send
