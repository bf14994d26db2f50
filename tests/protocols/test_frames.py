"""WebSocket frames, well-formed or not, as a process with the settings of production takes them."""

import asyncio
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from core.cursor import encode_cursor
from schema.websocket import MAX_OPERATIONS
from tests.schema.sockets import connected, dialled
from tests.schema.test_websocket import CHANGED, MALFORMED, VIEWER

pytestmark = pytest.mark.slow

LARGE = "\N{SNOWMAN}" * 22_000
FEED = "subscription ($after: Cursor) { feed(after: $after) { cursor } }"
INIT_SECONDS = 10


@pytest.fixture
def address(api):
    return f"{api.address.replace('http', 'ws')}/graphql"


async def test_whatever_a_client_gets_wrong_closes_its_socket_with_the_code_that_says_so(address, token):
    async def malformed(message):
        async with connected(address) as client:
            await client.send(message)
            return await client.closing()

    async def unsuitable(*subprotocols):
        async with dialled(address, subprotocols=subprotocols) as client:
            return await client.closing()

    async def hasty():
        async with dialled(address) as client:
            await client.start("a", VIEWER)
            return await client.closing()

    async def twice(message):
        async with connected(address, token) as client:
            await client.send(message)
            await client.send(message)
            return await client.closing()

    async def unknown():
        async with dialled(address) as client:
            await client.send({"type": "connection_init", "payload": {"Authorization": "Bearer mst_unknown"}})
            return await client.closing()

    async def in_pieces():
        async with connected(address, compression=None) as client:

            async def pieces():
                yield '{"type": "ping", "payload": {"a": "'
                yield LARGE
                await client.connection.wait_closed()  # more would be met by a reset, which overtakes the close frame

            with suppress(ConnectionClosed):
                await client.connection.send(pieces())
            return client.connection.close_code

    async def silent():
        async with dialled(address) as client, asyncio.timeout(INIT_SECONDS + 5):
            await client.connection.wait_closed()
            return client.connection.close_code

    began = asyncio.create_task(silent())
    assert [await malformed(message) for message in MALFORMED] == [4400] * len(MALFORMED)
    assert await malformed({"type": "ping", "payload": {"a": LARGE}}) == 1009
    assert await in_pieces() == 1009
    assert [await unsuitable(), await unsuitable("graphql-ws"), await unsuitable("soap")] == [4406] * 3
    assert await hasty() == 4401
    assert await unknown() == 4403
    assert await twice({"type": "subscribe", "id": "a", "payload": {"query": CHANGED}}) == 4409
    assert await twice({"type": "connection_init"}) == 4429
    assert await began == 4408


async def test_what_a_client_gets_right_is_answered_and_ended_from_either_side(address, token):
    async with connected(address, token) as client:
        await client.send({"type": "ping", "payload": {"beat": 1}})
        assert await client.receive() == {"type": "pong", "payload": {"beat": 1}}
        assert (await client.ask("q", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"  # ended by the server
        for key in range(MAX_OPERATIONS):
            await client.start(f"{key}", CHANGED)
        begun = [await client.receive() for _ in range(MAX_OPERATIONS)]
        assert {(message["type"], message["id"]) for message in begun} == {
            ("next", f"{key}") for key in range(MAX_OPERATIONS)
        }
        await client.start("more", VIEWER)
        assert await client.refusal("more") == ("RATE_LIMITED", None)
        for key in range(MAX_OPERATIONS):
            await client.send({"type": "complete", "id": f"{key}"})  # ended by the client
        said = 'mutation { addEntry(input: {incident: "INC-1", kind: NOTE, text: "x"}) { cursor } }'
        assert (await client.ask("m", said))["data"]["addEntry"]["cursor"]  # of which nobody else hears any more
        await client.start("f", FEED, after=encode_cursor(0))
        await client.next("f")
        await client.send({"type": "pong"})
        await client.send({"type": "ping"})
        while (message := await client.receive())["type"] != "pong":
            assert (message["type"], message["id"]) == ("next", "f")
