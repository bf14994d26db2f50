"""A client of the hooks of all sources."""

from contextlib import asynccontextmanager

import httpx
import orjson

from tests.integrations.hooking import app


@asynccontextmanager
async def client_of(database, **settings):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app(database, **settings)), base_url="http://muster.example"
    ) as client:
        yield client


class Source:
    """A source of a kind, which posts as its vendor does."""

    def __init__(self, client, reference, path):
        self.client, self.reference, self.path = client, reference, path

    async def post(self, body, **headers):
        return await self.client.post(self.path, content=orjson.dumps(body), headers=headers)

    async def takes(self, body, **headers):
        answer = await self.post(body, **headers)
        assert answer.status_code == 202, answer.text
        told = answer.json()
        return told["received"], told["created"], told["repeated"]
