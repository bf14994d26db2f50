"""What one client may hold of a web process: connections that are not read from, and those that uvicorn forgets.

uvicorn's protocols are extended in three places, each shown to be needed by tests/server/test_connections.py.
"""

import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_FRAME_BYTES = 65_536
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
    """Tells the request that is being answered of a hang-up; uvicorn tells the last that arrived.

    They differ when a client sends another request behind an event stream: the stream would go on for ever.
    """

    _answered: RequestResponseCycle | None = None

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client, or the system, has closed the connection."""
        super().connection_lost(exc)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()


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
