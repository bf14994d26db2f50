"""Tests of metrics ask the real doors, with the tokens of people of the world."""

import asyncio
from types import SimpleNamespace

import httpx
import pytest

from core.db import Database
from core.secrets import Secrets
from server.asgi import build_app
from tests.conftest import BEGINNING, MovedClock
from tests.metrics.forty import Forty
from tests.schema.client import HOST, Client, runtime_of

FIGURES = "count tooFew sum mean median p90 p95"
BEHIND = "incidents(first: 100) { nodes { title } }"
ASK = f"""query ($input: MetricInput!) {{ metric(input: $input) {{
  definition {{ key version }} cursor firstDay lastDay timeZone period beforeFirstDay change moreGroups
  total {{ {FIGURES} {BEHIND} }} before {{ {FIGURES} {BEHIND} }} leftOut {{ reason count }}
  buckets {{ firstDay lastDay whole figures {{ {FIGURES} {BEHIND} }} }}
  groups {{ parts {{ dimension id name }} total {{ {FIGURES} {BEHIND} }} before {{ count }} change
    buckets {{ firstDay figures {{ {FIGURES} }} }} }} }} }}"""


class Asking:
    """`await asking("mttr", "2026-11-02", "2026-11-22", by="eve", groupBy=["SEVERITY"])` gives the whole answer."""

    def __init__(self, client):
        self.client, self.world, self.http = client, client.world, client.http

    async def __call__(self, metric, first_day, last_day, *, by="ben", **more):
        given = {"metric": metric, "firstDay": first_day, "lastDay": last_day, "timeZone": "UTC", **more}
        return (await self.client.ask(ASK, {"input": given}, by=by))["metric"]

    async def get(self, path, *, by="ben", **given):
        headers = {"authorization": f"Bearer {await self.client.token_of(by)}"} if by else {}
        return await self.http.get(path, params=given, headers=headers)


@pytest.fixture
async def asking(world, database):
    runtime = runtime_of(database)
    transport = httpx.ASGITransport(build_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        yield Asking(Client(world, http, runtime))


@pytest.fixture(scope="module")
def made(fresh_database, peopled):
    """The forty incidents, once for all tests of a module: their address, and their references."""

    async def make(url):
        database = Database(url, clock=MovedClock(BEGINNING), secrets=Secrets(["tests"]))
        forty = Forty(peopled[1].copy(database, database.clock))
        await forty.make()
        await database.close()
        return forty.references

    with fresh_database(peopled[0]) as url:
        yield SimpleNamespace(url=url, references=asyncio.run(make(url)))


@pytest.fixture
def names():
    """The titles of the incidents behind figures, in their order."""
    return lambda figures: [node["title"] for node in figures["incidents"]["nodes"]]
