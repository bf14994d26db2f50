"""The split of host names: what answers where."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core.settings import Settings
from server.hosts import HostSplit


def house(name):
    async def answer(_):
        return PlainTextResponse(name)

    return Starlette(routes=[Route("/{path:path}", answer)])


def split(**settings):
    return HostSplit(Settings(**settings), public=house("public"), private=house("private"), both=house("both"))


async def ask(application, host, path="/"):
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
        answer = await client.get(path)
        return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("status.example.org", "/graphql", (200, "public")),
        ("api.example.org", "/graphql", (200, "private")),
        ("API.example.org", "/", (200, "private")),
        ("10.0.0.7", "/readyz", (200, "private")),
    ],
)
async def test_each_host_has_its_own_house(host, path, expected):
    application = split(MUSTER_STATUSPAGE_HOSTS="status.example.org", MUSTER_API_HOSTS="api.example.org")
    assert await ask(application, host, path) == expected


async def test_an_unknown_host_is_sent_away():
    application = split(MUSTER_STATUSPAGE_HOSTS="status.example.org", MUSTER_API_HOSTS="api.example.org")
    status, _ = await ask(application, "evil.example.org")
    assert status == 421


async def test_without_hosts_everything_answers_everywhere():
    assert await ask(split(), "localhost") == (200, "both")


def test_production_refuses_to_serve_both_on_one_host():
    with pytest.raises(ValueError, match="MUSTER_STATUSPAGE_HOSTS"):
        Settings(MUSTER_ENV="production")
    assert Settings(MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true").allow_one_host
