"""What one client may hold of a web process: connections that are not read from, and those that uvicorn forgets.

uvicorn's protocols are extended where tests/server/test_connections.py shows that they must be (ADR 0009).
"""

import socket
from asyncio import TimerHandle, Transport
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from statuspage.ready import WHOLE

MAX_FRAME_BYTES = 65_536
MAX_HEAD_BYTES = 65_536
"""Of a request's line and headers, give or take what arrives at once."""
UNREAD_SECONDS = 30.0
"""A connection ends when what was sent on it is neither received nor read for so long."""


def give_up_after(listener: socket.socket, seconds: float = UNREAD_SECONDS) -> None:
    """Have the system end a connection whose client is gone, or there and not reading (tcp(7), TCP_USER_TIMEOUT).

    Nothing above can: once a response waits for the client, closing waits for it too. Linux alone has it; elsewhere
    such a connection lasts as long as the client likes, with what waits for it bounded all the same.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


class HttpConnection(HttpToolsProtocol):
    """Wants a request's head soon and small; tells the request that is being answered of a hang-up.

    uvicorn waits for ever for a head of any size, and tells the last request that arrived, which is another one when a
    client sends something behind an event stream: the stream would go on for ever.
    """

    head_seconds = 20.0
    """How long a head may take to arrive."""

    _answered: RequestResponseCycle | None = None
    _late: TimerHandle | None = None
    _head_bytes = 0
    _in_head = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self._in_head = True
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Something came; too much of a head is answered with 400 and the end of the connection.

        A head that comes at once, as nearly all do, needs no timer.
        """
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._in_head:
            return
        if self._late is None:
            self._expect_head()
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._expect_nothing()

    def on_headers_complete(self) -> None:
        """Its head is there; the rest is watched by whoever reads it."""
        self._in_head = False
        self._expect_nothing()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client, or the system, has closed the connection."""
        self._in_head = False
        self._expect_nothing()
        super().connection_lost(exc)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        cycle.scope["extensions"] = {WHOLE: partial(_write_whole, cycle)}  # type: ignore[dict-item]
        super()._start_asgi_task(cycle, app)

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(self.head_seconds, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


async def _write_whole(cycle: RequestResponseCycle, head: bytes, content: bytes) -> None:
    """Send a whole answer at once: status line and header fields as they are on the wire, and the content.

    uvicorn looks at every field of every answer, and writes head and content apart: three quarters of what a page costs
    that is ready. Only for heads that were made by uvicorn's rules before: no line breaks in a field, a right length.
    """
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected or cycle.response_started:
        return
    cycle.response_started = cycle.response_complete = True
    fields = [b"%b: %b\r\n" % field for field in cycle.default_headers]
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.transport.write(b"".join((head, *fields, end, content)))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


class SocketConnection(WebSocketsSansIOProtocol):
    """Reads no more from a client that does not read; uvicorn would go on and collect an answer for every ping."""

    def pause_writing(self) -> None:
        """Too much waits to be read by the client."""
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has read most of it."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> Any:
        """The next message; taking one lets uvicorn read on, whatever waits."""
        message = await super().receive()
        if not self.writable.is_set() and not self.transport.is_closing():
            self.transport.pause_reading()
        return message


OPTIONS: dict[str, Any] = {"http": HttpConnection, "ws": SocketConnection, "ws_max_size": MAX_FRAME_BYTES}
"""What uvicorn.Config is to be told."""
