"""A pager that notes when it is asked: PagerDuty's Events API, as far as the benchmarks of outgoing actions ask it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson


class Pager:
    """PagerDuty's Events API, as far as it is asked: when the first request for each incident came."""

    def __init__(self) -> None:
        self.address = ""
        self.came: dict[str, float] = {}
        self.news = asyncio.Event()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a connection, which ends with it."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        moment = time.monotonic()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        event = orjson.loads(await reader.readexactly(length))
        if "payload" in event:  # else the integration is examined
            self.came.setdefault(event["payload"]["custom_details"]["incident"], moment)
            self.news.set()
        body = orjson.dumps({"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]})
        fields = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close"
        writer.write(f"HTTP/1.1 202 Accepted\r\n{fields}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async def first(self, reference: str) -> float:
        """When the first request for an incident came; waits for it."""
        while reference not in self.came:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 30)
        return self.came[reference]

    async def asked(self, count: int) -> None:
        """Wait until it was asked for so many incidents."""
        while len(self.came) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 60)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """On loopback for the block."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield
