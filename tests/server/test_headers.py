"""Every answer closes the doors that it does not need open."""

import re

import httpx
import pytest

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from server.headers import ALWAYS

PAGES = [
    "/",
    "/status.json",
    "/history",
    "/history.atom",
    "/incidents/INC-404",
    "/console",
    "/console/graphiql",
    "/console/incidents/INC-404",
    "/console/static/page.css",
    "/auth/login",
    "/auth/logout",
    "/auth/device",
    "/auth/link/msl_unknown",
    "/graphql",
    "/oauth/token",
    "/.well-known/oauth-authorization-server",
    "/audit.csv",
    "/healthz",
    "/metrics",
    "/metrics/incidents",
    "/practice.html",
    "/hooks/alertmanager/unknown",
    "/nowhere",
]


@pytest.fixture(params=["http://muster.test", "https://muster.test"])
async def browser(request, world, tmp_path):
    settings = Settings(public_url=request.param, data_dir=tmp_path)
    app = build_app(Runtime(settings, world.database, Live(world.database)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=request.param) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
async def test_the_headers_are_there(browser, path):
    answer = await browser.get(path)
    assert answer.status_code < 500
    assert {name for name in ALWAYS if name not in answer.headers} == set()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy or "'unsafe" not in re.search("script-src([^;]*)", policy)[1]
    assert "frame-ancestors 'none'" in policy
    assert ("strict-transport-security" in answer.headers) is (browser.base_url.scheme == "https")


async def test_nothing_is_said_about_what_runs_here(browser):
    assert "server" not in (await browser.get("/healthz")).headers
