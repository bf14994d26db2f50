"""Browsers for bench.console, without a network between: requests go straight to the ASGI application."""

import asyncio
from typing import Any, Self


def scope_of(path: str, cookie: str) -> dict[str, Any]:
    """A GET as a browser with a session sends it."""
    headers = [
        (b"host", b"bench.test"),
        (b"accept-encoding", b"gzip, br"),
        (b"cookie", f"muster_session={cookie}".encode()),
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("bench.test", 80),
    }


async def ask(app: Any, path: str, cookie: str) -> bytes:
    """The body of a page that is answered with 200."""
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await app(scope_of(path, cookie), receive, send)
    assert told[0]["status"] == 200, told[0]
    return b"".join(message.get("body", b"") for message in told[1:])


class Opened:
    """An open page's stream of events."""

    def __init__(self, app: Any, path: str, cookie: str) -> None:
        self._app, self._scope = app, scope_of(path, cookie)
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self._gone = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._send))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._gone.set()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def next(self) -> str:
        """The next event that has something to say."""
        while "event: " not in (text := await self._told.get()):
            pass
        return text

    async def until(self, words: str) -> None:
        """Wait for an event with these words."""
        while words not in await self._told.get():
            pass

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            self._told.put_nowait(message.get("body", b"").decode())
