"""Subscribers of `feed` in a process of their own: many connections, or many subscriptions on each of them.

A line when all are there, and one for each event: its text, how many have it, and when each of them got it.
"""

import asyncio
import json
import resource
import sys
import time

from websockets.asyncio.client import connect

from bench.feed import DOCUMENT

PATIENCE = 500.0
"""Seconds in which all must have got there."""
LATE = 20.0
"""Seconds after the first subscriber has an event in which the last must have it."""
AT_ONCE = 50
"""Connections that are being opened at a time."""

Came = tuple[str, float]


async def follow(port: int, token: str, each: int, there: asyncio.Event, came: asyncio.Queue[Came]) -> None:
    """One connection with so many subscriptions."""
    options = {"subprotocols": ["graphql-transport-ws"], "open_timeout": PATIENCE, "ping_interval": None}
    async with connect(f"ws://127.0.0.1:{port}/graphql", **options) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        await socket.recv()
        for number in range(each):
            await socket.send(json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": DOCUMENT}}))
        begun = set()
        async for frame in socket:
            if '"text":' in frame:
                came.put_nowait((_value(frame, '"text":'), time.time()))
            else:
                begun.add(_value(frame, '"id":'))
                if len(begun) == each:
                    there.set()
    print(f"a connection was closed: {socket.close_code} {socket.close_reason}", file=sys.stderr, flush=True)


def _value(frame: str, name: str) -> str:
    """The text of that name, as far as it has no quotes in it: to parse frames would take longer than to make them."""
    return frame.partition(name)[2].split('"', 2)[1]


async def crowd(port: int, token: str, connections: int, each: int) -> None:
    """All of them, until this process is ended."""
    came: asyncio.Queue[Came] = asyncio.Queue()
    gate = asyncio.Semaphore(AT_ONCE)
    tasks: list[asyncio.Task[None]] = []

    async def enter() -> None:
        async with gate:
            there = asyncio.Event()
            tasks.append(asyncio.create_task(follow(port, token, each, there, came)))
            await there.wait()

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(enter() for _ in range(connections)))
    print("ready", flush=True)
    while True:
        got = [await came.get()]
        try:
            async with asyncio.timeout(LATE):
                while len(got) < connections * each:
                    got.append(await came.get())
        except TimeoutError:
            pass
        texts = {text for text, _ in got}
        print(json.dumps([sorted(texts), [when for _, when in got]]), flush=True)


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(crowd(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
