"""Pages that are ready go over the wire as a whole: what a client gets is what uvicorn would have sent."""

import asyncio
from email.parser import BytesParser

import httpx
import pytest

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from server.connections import OPTIONS
from tests.journeys.product import serving


@pytest.fixture
async def address(world):
    runtime = Runtime(Settings(), world.database, Live(world.database))
    async with serving(build_app(runtime), **OPTIONS) as made:
        await ask(made, get("/"))  # from now on it is ready
        yield made


def get(path, *fields, method="GET", version="1.1"):
    lines = [f"{method} {path} HTTP/{version}", "Host: status.example", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


async def ask(address, sent, answers=1):
    """The answers to what is sent on one connection, each as (status, fields, content)."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    found = []
    async with asyncio.timeout(10):
        for _ in range(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            line, _, rest = head.partition(b"\r\n")
            fields = BytesParser().parsebytes(rest)
            length = int(fields.get("content-length", 0)) if b" 304 " not in line and b"HEAD" not in sent else 0
            found.append((int(line.split()[1]), fields, await reader.readexactly(length)))
        if (found[-1][1]["connection"] or "") == "close":
            assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    return found


async def test_the_head_is_complete(address):
    ((status, fields, content),) = await ask(address, get("/", "Accept-Encoding: br"))
    assert status == 200
    assert fields["content-encoding"] == "br"
    assert fields["date"]
    assert fields["etag"]
    assert content
    assert len(fields.keys()) == len({name.lower() for name in fields}), "no field stands twice"


async def test_it_is_what_the_usual_way_sends(address):
    ((_, whole, content),) = await ask(address, get("/", "Accept-Encoding: gzip"))
    ((_, usual, same),) = await ask(address, get("/?utm_source=x", "Accept-Encoding: gzip"))
    assert content == same
    # No work is done for a page that is ready: there is nothing that an id could tell of.
    assert {field for field in usual.items() if field[0].lower() != "x-request-id"} == set(whole.items())
    assert usual["x-request-id"]


async def test_requests_that_come_at_once_are_answered_in_order(address):
    etag = (await ask(address, get("/")))[0][1]["etag"]
    asked = [get("/"), get("/", f"If-None-Match: {etag}"), get("/history"), get("/", "Accept-Encoding: br")]
    found = await ask(address, b"".join(asked), answers=4)
    assert [status for status, _, _ in found] == [200, 304, 200, 200]
    assert found[3][1]["content-encoding"] == "br"


@pytest.mark.parametrize("sent", [get("/", "Connection: close"), get("/", version="1.0")])
async def test_a_connection_that_is_to_end_ends(address, sent):
    ((status, fields, _),) = await ask(address, sent)
    assert (status, fields["connection"]) == (200, "close")


async def test_two_hosts_are_refused_though_the_page_is_ready(address):
    ((status, _, _),) = await ask(address, get("/", "Host: other.example"))
    assert status == 400


async def test_what_waits_behind_a_slower_request_waits(address):
    """Its answer would otherwise be taken for that of the request before it."""
    found = await ask(address, get("/status.json?a") + get("/") + get("/nowhere") + get("/"), answers=4)
    assert [status for status, _, _ in found] == [200, 200, 404, 200]
    assert [fields["content-type"].partition(";")[0] for _, fields, _ in found[:2]] == ["application/json", "text/html"]


SPLIT = {"MUSTER_STATUSPAGE_HOSTS": "status.example.org", "MUSTER_API_HOSTS": "api.example.org"}


@pytest.mark.parametrize(
    ("settings", "host", "ready"),
    [
        ({}, "anything.example", True),
        (SPLIT, "status.example.org", True),
        (SPLIT, "STATUS.example.org.:8443", True),
        (SPLIT, "api.example.org", False),
        (SPLIT, "[::1]:8000", False),
    ],
)
async def test_only_a_page_is_sent_at_once_and_only_where_it_is_public(world, settings, host, ready):
    app = build_app(Runtime(Settings(**settings), world.database, Live(world.database)))
    asked = host if ready else "status.example.org"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{asked}") as client:
        page = await client.get("/", headers={"Accept-Encoding": "identity"})
    found = app.at_once("/", [(b"host", host.encode())])
    assert (found[1] if found else None) == (page.content if ready else None)
    assert app.at_once("/graphql", [(b"host", host.encode())]) is None
    assert app.at_once("/healthz", [(b"host", host.encode())]) is None


async def test_head_has_no_content(address):
    ((status, fields, content),) = await ask(address, get("/", method="HEAD"))
    assert (status, content) == (200, b"")
    assert int(fields["content-length"]) > 0


async def test_a_body_that_nobody_asked_for_does_no_harm(address):
    sent = get("/", "Content-Length: 5") + b"hello" + get("/")
    assert [status for status, _, _ in await ask(address, sent, answers=2)] == [200, 200]
