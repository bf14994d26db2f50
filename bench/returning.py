"""Subscribers who all come at once, in a process of their own: each on a connection, until it has what it came for.

Says how many got it, and after how many seconds the first and the last of them did, in one line of JSON.
"""

import asyncio
import json
import resource
import sys
import time

from websockets.asyncio.client import connect

PATIENCE = 300.0
"""Seconds in which all must have what they came for."""
DOCUMENTS = {
    "resume": "subscription ($after: Cursor) { feed(after: $after) {"
    " cursor event { kind text actor { name } incident { reference title } } } }",
    "join": 'subscription { incidentChanged(ref: "1") { reference title stage severity { name }'
    " roles { role { name } user { name } } timeline(last: 20) { nodes { kind text } } } }",
}


async def come(port: int, token: str, way: str, after: str | None, last: str) -> float:
    """Connect, subscribe, and read until a frame has the words `last` in it; when that was."""
    options = {"subprotocols": ["graphql-transport-ws"], "open_timeout": PATIENCE, "ping_interval": None}
    payload = {"query": DOCUMENTS[way], "variables": {} if after is None else {"after": after}}
    async with connect(f"ws://127.0.0.1:{port}/graphql", **options) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        async for frame in socket:
            if last in frame:
                return time.monotonic()
    raise SystemExit(f"a connection was closed: {socket.close_code} {socket.close_reason}")


async def crowd(port: int, token: str, way: str, count: int, last: str, cursors: list[str]) -> None:
    """All of them at once; those who resume have the cursors by turns."""
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        moments = await asyncio.gather(
            *(come(port, token, way, cursors[n % len(cursors)] if cursors else None, last) for n in range(count))
        )
    print(json.dumps([len(moments), min(moments) - began, max(moments) - began]), flush=True)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    _, to_port, secret, how, many, words, *places = sys.argv
    asyncio.run(crowd(int(to_port), secret, how, int(many), words, places))
