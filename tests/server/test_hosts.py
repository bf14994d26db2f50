"""The split of host names: what answers where."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from server.hosts import HostSplit
from statuspage.pages import LONGEST_NAME, _host, host_of


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
        ("10.0.0.7:8000", "/metrics", (200, "private")),
        ("[fd00::7]:8000", "/metrics", (200, "private")),
        ("localhost:8000", "/metrics", (200, "private")),
        ("status.example.org", "/metrics", (200, "public")),
    ],
)
async def test_each_host_has_its_own_house(host, path, expected):
    application = split(MUSTER_STATUSPAGE_HOSTS="status.example.org", MUSTER_API_HOSTS="api.example.org")
    assert await ask(application, host, path) == expected


@pytest.mark.parametrize(
    ("host", "path"), [("evil.example.org", "/"), ("evil.example.org", "/metrics"), ("10.0.0.7", "/graphql")]
)
async def test_an_unknown_host_is_sent_away(host, path):
    application = split(MUSTER_STATUSPAGE_HOSTS="status.example.org", MUSTER_API_HOSTS="api.example.org")
    status, _ = await ask(application, host, path)
    assert status == 421


@pytest.mark.parametrize("settings", [{}, {"MUSTER_STATUSPAGE_HOSTS": "status.example.org"}])
@pytest.mark.parametrize("second", ["api.example.org", "status.example.org", ""])
async def test_two_host_headers_are_one_too_many(settings, second):
    """One in front of us may have judged by the other one."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(split(**settings)), base_url="http://x") as client:
        answer = await client.get("/", headers=[("host", "status.example.org"), ("host", second)])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (b"Status.Example.ORG:8443", "status.example.org"),
        (b"status.example.org.:80", "status.example.org"),
        (b"[2001:DB8::1]:8000", "[2001:db8::1]"),
        (b"[::1]", "[::1]"),
        (b"", ""),
        (b"x" * 60_000, ""),
    ],
)
def test_a_host_is_read_whatever_its_case_port_and_last_dot_and_a_huge_one_is_not_kept(value, host):
    before = _host.cache_info().currsize
    assert host_of([(b"accept", b"*/*"), (b"host", value)]) == host
    assert _host.cache_info().currsize == before or len(value) < LONGEST_NAME


HOSTS = {"MUSTER_STATUSPAGE_HOSTS": "status.example.org", "MUSTER_API_HOSTS": "api.example.org"}


@pytest.mark.parametrize("hosts", [{}, {"MUSTER_STATUSPAGE_HOSTS": "status.example.org"}, HOSTS])
async def test_no_link_and_no_redirect_repeats_the_host_that_was_asked_for(world, tmp_path, hosts):
    settings = Settings(MUSTER_PUBLIC_URL="https://muster.example.org", data_dir=tmp_path, **hosts)
    app = build_app(Runtime(settings, world.database, Live(world.database)))
    forged = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-forwarded-proto": "gopher"}
    houses = app.app
    paths = {route.path for house in (houses.both, houses.private, houses.public) for route in routes_of(house)}
    assert len(paths) > 20
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://evil.example") as client:
        for path in sorted(paths):
            for asked in (path, path + "/", path.rstrip("/") or "/"):
                for host in ("evil.example", *(name for name in hosts.values())):
                    answer = await client.get(asked.replace("{", "").replace("}", ""), headers={**forged, "host": host})
                    told = answer.text + str(answer.headers)
                    assert "evil.example" not in told, asked
                    assert f"//{host}" not in told or host == "muster.example.org", asked


def routes_of(house):
    while not isinstance(house, Starlette):
        house = house.app
    return house.routes


async def test_without_hosts_everything_answers_everywhere():
    assert await ask(split(), "localhost") == (200, "both")


def test_production_refuses_to_serve_both_on_one_host():
    with pytest.raises(ValueError, match="MUSTER_STATUSPAGE_HOSTS"):
        Settings(MUSTER_ENV="production")
    assert Settings(MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true").allow_one_host
