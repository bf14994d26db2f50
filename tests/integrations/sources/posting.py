"""A client of the hooks of all sources."""

from contextlib import asynccontextmanager

import httpx

from tests.integrations.hooking import app


@asynccontextmanager
async def client_of(database, **settings):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app(database, **settings)), base_url="http://muster.example"
    ) as client:
        yield client
