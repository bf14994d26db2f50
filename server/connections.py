"""What one client may hold of a web process: connections that are not read from, and those that uvicorn forgets.

uvicorn's protocols are extended where tests/server/test_connections.py shows that they must be (ADR 0009).
"""

import asyncio
import re
import socket
from asyncio import TimerHandle, Transport
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_FRAME_BYTES = 65_536
MAX_HEAD_BYTES = 65_536
"""Of a request's line and headers, give or take what arrives at once."""
UNREAD_SECONDS = 30.0
"""A connection ends when what was sent on it is neither received nor read for so long."""

CLOSING = (b"connection", b"close")
"""In every answer of a process that is to end (server.draining)."""


def give_up_after(listener: socket.socket, seconds: float = UNREAD_SECONDS) -> None:
    """Have the system end a connection whose client is gone, or there and not reading (tcp(7), TCP_USER_TIMEOUT).

    Nothing above can: once a response waits for the client, closing waits for it too. Linux alone has it; elsewhere
    such a connection lasts as long as the client likes, with what waits for it bounded all the same.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))


class AtOnce(Protocol):
    """Of an application that has answers ready: what is sent for GET, head and content; None: ask it by ASGI.

    The head is the status line and header fields as they go over the wire, without what the server adds (Date,
    Connection) and without the empty line; it is written as it is, so no field may have a line break.
    """

    def __call__(self, path: str, headers: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """Look for the answer to a request."""
        ...


class Answered:
    """In the place of uvicorn's RequestResponseCycle: a request that was answered at once."""

    response_complete = True
    disconnected = keep_alive = False

    def __init__(self) -> None:
        self.message_event = asyncio.Event()


class HttpConnection(HttpToolsProtocol):
    """Sends at once what is ready, wants heads soon and small, and tells the request that is answered of a hang-up.

    An ASGI application is a task with a scope of its own for each request, and uvicorn looks at every field of every
    answer and writes head and content apart: more than what a page costs that is ready, so those don't go that way.
    uvicorn waits for ever for a head of any size, and tells the last request that arrived, which is another one when a
    client sends something behind an event stream: the stream would go on for ever.
    """

    head_seconds = 20.0
    """How long a head may take to arrive."""

    _answered: RequestResponseCycle | None = None
    _late: TimerHandle | None = None
    _head_bytes = 0
    _in_head = False
    _default: tuple[Any, bytes] = (None, b"")
    """The fields that uvicorn adds, which it makes anew each second, and how they go over the wire."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        inner = getattr(self.app, "app", None)  # behind uvicorn's reader of X-Forwarded-For
        self._at_once: AtOnce | None = getattr(self.app, "at_once", getattr(inner, "at_once", None))

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
            self._expect_anything()
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
        self._name_target()
        found = self._at_once(self.url.decode("latin-1"), self.headers) if self._at_once and self._plain() else None
        if found is None:
            super().on_headers_complete()
        else:
            self._send(*found)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client, or the system, has closed the connection."""
        self._in_head = False
        self._expect_nothing()
        super().connection_lost(exc)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def _name_target(self) -> None:
        """Have a target that names another host than the field does count as a second Host (RFC 9112 §3.2.2).

        A proxy may have looked at that one; uvicorn forgets it.
        """
        if self.url.startswith(b"/"):
            return
        _, scheme, rest = self.url.partition(b"://")
        named = re.split(rb"[/?#]", rest, maxsplit=1)[0].lower()
        if scheme and [value.lower() for name, value in self.headers if name == b"host"] != [named]:
            self.headers.append((b"host", named))

    def _plain(self) -> bool:
        """Whether a request is one for GET that neither asks for anything special nor comes behind another one."""
        parser = self.parser
        return (
            parser.get_method() == b"GET"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
            and CLOSING not in self.server_state.default_headers
            and (self.cycle is None or self.cycle.response_complete)
        )

    def _send(self, head: bytes, content: bytes) -> None:
        self.cycle = Answered()  # type: ignore[assignment]
        made, fields = HttpConnection._default
        if made is not self.server_state.default_headers:
            made = self.server_state.default_headers
            fields = b"".join([b"%b: %b\r\n" % field for field in made]) + b"\r\n"
            HttpConnection._default = made, fields
        self.transport.write(b"".join((head, fields, content)))
        self.on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(self.head_seconds, self.transport.close)

    def _expect_anything(self) -> None:
        """What follows an answer and is no head, as an empty line or a body that nobody waits for, keeps nothing open.

        uvicorn ends its own waiting for the next request with whatever comes.
        """
        if self.timeout_keep_alive_task is not None or self.cycle is None or not self.cycle.response_complete:
            return
        if self.transport.get_protocol() is self and not self.transport.is_closing():  # and no socket meanwhile
            handler = self.timeout_keep_alive_handler
            self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, handler)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class SocketConnection(WebSocketsSansIOProtocol):
    """Reads no more from a client that does not read; uvicorn would go on and collect an answer for every ping."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.default_headers = [field for field in self.default_headers if field != CLOSING]  # it says Upgrade there

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


OPTIONS: dict[str, Any] = {
    "http": HttpConnection,
    "ws": SocketConnection,
    "ws_max_size": MAX_FRAME_BYTES,
    "ws_per_message_deflate": False,
}
"""What uvicorn.Config is to be told. Nothing is compressed on a socket: zlib would take nearly half of a subscriber's
memory, and a quarter of the CPU that it takes to tell it something (ADR 0043)."""
