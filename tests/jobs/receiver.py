"""A real HTTP server that receives webhooks and answers as it is told."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

PHRASES = {
    200: "OK",
    204: "No Content",
    301: "Moved",
    302: "Found",
    307: "Moved",
    308: "Moved",
    404: "Not Found",
    410: "Gone",
    500: "Internal Server Error",
}


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """What arrived, in order. `status` is answered to all; None: it hangs up without an answer."""

    def __init__(self):
        self.arrived = []
        self.status = 200
        self.more = ""
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.arrived.append(Received(head[0].split()[1], headers, body))
        if self.status is not None:
            answer = f"HTTP/1.1 {self.status} {PHRASES.get(self.status, '')}\r\n{self.more}content-length: 0\r\n\r\n"
            writer.write(answer.encode())
            await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def receiver(**options):
    """A receiver on a port of its own."""
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, **options)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
