"""The status page of the test organisation, asked through ASGI like any client would."""

import httpx
import pytest
from sqlalchemy import update
from starlette.applications import Starlette

import statuspage.app
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.organisation import Organisation
from tests.conftest import _run

BASE = "https://status.quillhaven.example"


async def name_organisation(session, **columns):
    await session.execute(update(Organisation).values(**{"name": "Quillhaven", **columns}))


@pytest.fixture
async def runtime(world):
    await world.do(name_organisation)
    return Runtime(Settings(public_url=BASE), world.database, Live(world.database))


@pytest.fixture
def make_client(runtime):
    """A client of a status page that has cached nothing yet."""

    def make():
        app = Starlette(routes=statuspage.app.routes(runtime))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE)

    return make


@pytest.fixture
async def client(make_client):
    async with make_client() as made:
        yield made


@pytest.fixture
def now_shown(make_client):
    """The text that an address shows now, whatever was cached before, and wherever its lines may break."""

    async def get(path="/"):
        async with make_client() as fresh:
            answer = await fresh.get(path)
            assert answer.status_code == 200, answer.text
            return answer.text.replace("\u00a0", " ")

    return get


@pytest.fixture
async def cut(cluster, database_url):
    """Cut the database off, and let it answer again."""
    name = database_url.partition("?")[0].rpartition("/")[2]

    async def change(*, answering):
        await _run(
            cluster,
            f"alter database {name} with allow_connections {answering}",
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
        )

    yield change
    await change(answering=True)
