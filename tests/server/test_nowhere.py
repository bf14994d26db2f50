"""An address below /hooks that leads nowhere says so, and what to do, to whatever is sent there."""

import httpx
import pytest

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app


@pytest.fixture
async def client(world, tmp_path):
    app = build_app(Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as made:
        yield made


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/hooks/nagios/x", "/hooks/alerts/unheard-of/x", "/hooks/", "/hooks/slack", "/hooks/a/b/c/d"]
)
async def test_nothing_is_there(client, method, path):
    answer = await client.request(method, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "NOT_FOUND")
    assert "/hooks/alerts/{kind}/{key}" in error["hint"]


@pytest.mark.parametrize(
    ("path", "taken"),
    [("/hooks/alerts/grafana/x", "POST"), ("/hooks/slack/x", "POST"), ("/hooks/heartbeats/x", "GET, HEAD, POST")],
)
async def test_a_hook_names_the_methods_that_it_takes(client, path, taken):
    answer = await client.delete(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, taken)
    assert answer.json()["error"]["message"] == "This hook takes no DELETE."
    assert answer.json()["error"]["hint"] == f"Send {' or '.join(taken.split(', '))}."


async def test_hooks_are_found_as_before(client):
    answer = await client.post("/hooks/alerts/grafana/x", content="{}")
    assert (answer.status_code, "key" in answer.json()["error"]["message"]) == (404, True)
