"""A client of the protocol graphql-transport-ws, as small as it can be."""

import asyncio
import json
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect


class Watcher:
    """What one subscription has brought so far. `ended` holds the errors it ended with, or an empty list."""

    def __init__(self):
        self.seen = []
        self.ended = None

    async def follow(self, socket):
        """Collect messages until the subscription ends."""
        async for frame in socket:
            message = json.loads(frame)
            if message["type"] == "next" and not message["payload"].get("errors"):
                (value,) = message["payload"]["data"].values()
                self.seen.append(value)
            elif message["type"] == "next":
                self.ended = message["payload"]["errors"]
            elif message["type"] == "error":
                self.ended = message["payload"]
                return
            elif message["type"] == "complete":
                self.ended = self.ended or []
                return


@asynccontextmanager
async def watching(address, token, document, variables):
    """A subscription that is under way for the block."""
    url = address.replace("http://", "ws://") + "/graphql"
    async with connect(url, subprotocols=["graphql-transport-ws"], proxy=None) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": document, "variables": variables}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        watcher = Watcher()
        task = asyncio.create_task(watcher.follow(socket))
        try:
            yield watcher
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
