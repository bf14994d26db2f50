"""What a directory is told when it asks too much, and while nothing can be read."""

import httpx
import pytest

from server.asgi import build_app
from tests.schema.client import HOST, runtime_of
from tests.scim.conftest import Directory, account_token


@pytest.fixture
async def hurried(world, database):
    """A directory whose token has room for two requests a minute."""
    app = build_app(runtime_of(database, rate_cost_per_minute=400))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as http:
        yield Directory(http, await account_token(world))


async def test_who_asks_too_much_is_told_when_to_come_again(hurried):
    answers = [await hurried.send("GET", "/Users") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert answers[-1].json()["status"] == "429"


async def test_while_the_database_is_away_it_says_so_and_serves_again(scim, database, monkeypatch):
    await scim.ok("GET", "/Users")

    def away(*_args, **_more):
        raise ConnectionRefusedError("nobody listens")

    with monkeypatch.context() as broken:
        broken.setattr(database.engine.sync_engine.pool, "connect", away)
        answer = await scim.send("GET", "/Users")
        assert (answer.status_code, answer.json()["status"]) == (503, "503")
        assert int(answer.headers["retry-after"]) > 0
        assert "nobody listens" not in answer.text
    await scim.ok("GET", "/Users")
