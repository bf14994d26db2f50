"""A real server on a port of its own, and a client of graphql-transport-ws that says exactly what it is told to."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from auth.token import issue_token

SOON = 5
"""Seconds within which whatever should happen has happened."""

PROTOCOL = "graphql-transport-ws"


@asynccontextmanager
async def serving(routes, listener=None, **options):
    """The address of a server with these routes. `options` are uvicorn's, in place of those that tests use."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        Starlette(routes=routes),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
        # Our own limit is being tried, not the server's.
        **(options or {"ws": "websockets-sansio", "ws_max_size": 2**20}),
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"ws://127.0.0.1:{port}/graphql"
    finally:
        server.should_exit = True
        await task
        listener.close()


async def token_of(world, person):
    """A bearer token of a person of the world, and its row."""
    async with world.database.unit_of_work() as session:
        user = world.users[person]
        return await issue_token(session, world.clock, name="test", access_role=user.access_role, user=user)


class Client:
    """One connection. `await client.start("a", "subscription …")`, then `await client.next("a")`."""

    def __init__(self, connection):
        self.connection = connection

    async def send(self, message):
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self, within=SOON):
        async with asyncio.timeout(within):
            return json.loads(await self.connection.recv())

    async def init(self, token=None, **payload):
        if token is not None:
            payload["Authorization"] = f"Bearer {token}"
        await self.send({"type": "connection_init", "payload": payload})
        return await self.receive()

    async def start(self, key, query, **variables):
        await self.send({"type": "subscribe", "id": key, "payload": {"query": query, "variables": variables}})

    async def next(self, key):
        """The data of the next result; any other message fails the test."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("next", key), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def ask(self, key, query, **variables):
        """The answer of a query or mutation."""
        await self.start(key, query, **variables)
        message = await self.receive()
        assert (message["type"], message["id"]) == ("next", key), message
        assert await self.receive() == {"type": "complete", "id": key}
        return message["payload"]

    async def refusal(self, key):
        """The code and the field of the error with which an operation ended."""
        message = await self.receive()
        assert (message["type"], message["id"]) == ("error", key), message
        (error,) = message["payload"]
        return error["extensions"]["code"], error["extensions"].get("field")

    async def closing(self):
        """The code with which the server closes the socket; messages that come before are dropped."""
        async with asyncio.timeout(SOON):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code


@asynccontextmanager
async def dialled(address, *, subprotocols=(PROTOCOL,), **options):
    """A client that has not introduced itself yet."""
    async with connect(address, subprotocols=list(subprotocols) or None, **options) as connection:
        yield Client(connection)


@asynccontextmanager
async def connected(address, token=None, **options):
    """A client that has been welcomed."""
    async with dialled(address, **options) as client:
        assert await client.init(token) == {"type": "connection_ack"}
        yield client
