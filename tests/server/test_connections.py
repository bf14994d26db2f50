"""What one client may hold of a web process, on the connections that the product itself uses."""

import asyncio
import contextlib
import json
import os
import socket
import struct

import pytest
from starlette.responses import JSONResponse
from starlette.routing import Route

from actions.entries import add_entry
from core.cursor import encode_cursor
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import EntryKind
from schema import endpoint, websocket
from server.connections import OPTIONS, HttpConnection, give_up_after
from tests.schema.sockets import SOON, connected, dialled, serving, token_of
from tests.telling import make_incident

FEED = "subscription ($after: Cursor) { feed(after: $after) { cursor event { text } } }"
SMALL = 16_384
"""Bytes that the system keeps for each side, so that a test need not fill megabytes."""


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1, beat=0.05)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
def routes(database, live, tmp_path):
    runtime = Runtime(Settings(data_dir=tmp_path), database, live)
    return [*endpoint.routes(runtime, keep_alive=0.05), *websocket.routes(runtime)]


@pytest.fixture
async def token(world):
    await world.do(make_incident, 1)
    return (await token_of(world, "ben"))[0]


async def nobody_follows(live, seconds=SOON):
    """Returns when no subscription is left in this process: what remembers identities watches for ever."""
    async with asyncio.timeout(seconds):
        while any(live._readers.values()) or len(live._watchers) > 1:  # noqa: SLF001, ASYNC110
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def streaming(address, token):
    """A raw connection on which a stream of the feed, from its beginning, has begun."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, place_of(address))
    reader, writer = await asyncio.open_connection(sock=raw, limit=SMALL)
    body = json.dumps({"query": FEED, "variables": {"after": encode_cursor(0)}}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer {token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await reader.readuntil(b"event: next")
    try:
        yield writer
    finally:
        writer.transport.abort()


async def test_a_stream_ends_with_its_client_also_when_that_has_sent_another_request_behind_it(live, routes, token):
    async with serving(routes, **OPTIONS) as address, streaming(address, token) as writer:
        writer.write(b"GET /graphql?query=%7Bcursor%7D HTTP/1.1\r\nhost: x\r\n\r\n")
        await writer.drain()
        writer.transport.abort()
        await nobody_follows(live)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux ends connections that are not read")
@pytest.mark.parametrize("way", ["stream", "socket"])
async def test_a_client_that_stops_reading_is_let_go(world, live, routes, token, way):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    give_up_after(listener, 1)
    async with serving(routes, listener, **OPTIONS) as address, following(way, address, token):
        for _ in range(60):
            await world.do(add_entry, world.ada, incident="INC-1", kind=EntryKind.NOTE, text="x" * 10_000)
        await nobody_follows(live, 30)


@contextlib.asynccontextmanager
async def following(way, address, token):
    """A client that follows the feed and reads nothing of it, on a raw connection that stays open."""
    if way == "stream":
        async with streaming(address, token) as writer:
            writer.transport.pause_reading()
            yield
        return
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, place_of(address))
    async with dialled(address, sock=raw, ping_interval=None, close_timeout=0.1, compression=None) as client:
        await client.init(token)
        await client.start("a", FEED, after=encode_cursor(0))
        client.connection.transport.pause_reading()
        yield
        client.connection.transport.abort()


async def test_a_client_that_pings_without_reading_is_not_read_either(routes):
    ping = struct.pack("!BB4s", 0x89, 0x80 | 125, b"\0\0\0\0") + b"x" * 125
    async with serving(routes, **OPTIONS) as address, connected(address, compression=None) as client:
        transport = client.connection.transport
        transport.pause_reading()
        raw = os.dup(transport.get_extra_info("socket").fileno())
        sent = 0
        loop = asyncio.get_running_loop()
        quiet = loop.time()
        while loop.time() - quiet < 1 and sent < 80_000_000:
            try:
                sent += os.write(raw, ping * 500)
                quiet = loop.time()
            except BlockingIOError:
                pass
            await asyncio.sleep(0)
        os.close(raw)
        assert sent < 40_000_000, "it reads on and on, and keeps an answer for every ping"
        transport.abort()


async def test_nothing_is_compressed_on_a_socket_whatever_the_client_offers(routes):
    async with serving(routes, **OPTIONS) as address, connected(address, compression="deflate") as client:
        assert client.connection.protocol.extensions == []
    packed = struct.pack("!BB4s", 0xC1, 0x80 | 5, b"\0\0\0\0") + b"abcde"  # RSV1: compressed, as nobody agreed to
    async with serving(routes, **OPTIONS) as address, connected(address) as client:
        client.connection.transport.write(packed)
        assert await client.closing() == 1002


class Hurried(HttpConnection):
    head_seconds = 0.2


@pytest.mark.parametrize("said", [b"", b"G", b"GET /graphql HTTP/1.1\r\nhost: x\r\n"])
async def test_a_request_that_does_not_arrive_ends_the_connection(routes, said):
    async with serving(routes, **{**OPTIONS, "http": Hurried}) as address:
        reader, writer = await asyncio.open_connection(*place_of(address))
        writer.write(said)
        async with asyncio.timeout(SOON):
            assert await reader.read() == b""
        writer.close()


ASKED = b"GET /nothing HTTP/1.1\r\nhost: x\r\n"
BEHIND = {"lines": [b"\r\n", b"\r\n"], "body": [b"content-length: 9\r\n\r\n", b"of nobody"]}


@pytest.mark.parametrize("said", BEHIND.values(), ids=BEHIND)
async def test_what_follows_an_answer_and_is_no_request_keeps_no_connection(routes, said):
    async with serving(routes, timeout_keep_alive=0.2, **OPTIONS) as address:
        reader, writer = await asyncio.open_connection(*place_of(address))
        writer.write(ASKED + said[0])
        assert b"404" in await reader.readuntil(b"\r\n\r\n")
        for rest in said[1:]:
            writer.write(rest)
        async with asyncio.timeout(SOON):
            await reader.read()
        writer.close()


@pytest.mark.parametrize(
    ("target", "hosts"),
    [("/", ["a:1"]), ("/b?c=http://d/", ["a:1"]), ("http://A:1/", ["a:1"]), ("http://b/?c", ["a:1", "b"])],
)
async def test_a_target_that_names_another_host_is_one_host_too_many(target, hosts):
    """HostSplit then refuses it: who sends the request to us may have judged by either."""

    async def told(request):
        return JSONResponse(request.headers.getlist("host"))

    async with serving([Route("/{path:path}", told)], **OPTIONS) as address:
        reader, writer = await asyncio.open_connection(*place_of(address))
        writer.write(f"GET {target} HTTP/1.1\r\nhost: a:1\r\nconnection: close\r\n\r\n".encode())
        assert json.loads((await reader.read()).partition(b"\r\n\r\n")[2]) == hosts
        writer.close()


async def test_a_request_that_arrived_may_take_its_time(live, routes, token):
    async with serving(routes, **{**OPTIONS, "http": Hurried}) as address, streaming(address, token):
        async with asyncio.timeout(SOON):
            while not live._readers:  # noqa: SLF001, ASYNC110
                await asyncio.sleep(0.01)
        with pytest.raises(TimeoutError):
            await nobody_follows(live, 0.6)


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 10_000, b"x" * 50_000], ids=["headers", "one header"])
async def test_headers_without_end_are_refused(routes, endless):
    async with serving(routes, **OPTIONS) as address:
        _, writer = await asyncio.open_connection(*place_of(address))
        writer.write(b"GET /graphql HTTP/1.1\r\nhost: x\r\ny: z")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 50_000_000:
                writer.write(endless)
                await writer.drain()
                sent += len(endless)
        assert sent < 50_000_000
        writer.transport.abort()


def place_of(address):
    host, _, port = address.removeprefix("ws://").removesuffix("/graphql").partition(":")
    return host, int(port)
