"""How an API process ends so that nobody loses anything (ADR 0048).

1. SIGTERM. For MUSTER_DRAIN_SECONDS `/readyz` is 503 with the reason "stopping", and every answer says `Connection:
   close`; all else goes on, so that load balancers and kept connections go elsewhere by themselves. SIGINT, and a
   second signal, leave that out.
2. Nobody connects any more. Sockets finish the queries and mutations that they began, and close with 1012; event
   streams end with a comment.
3. Requests under way get END_SECONDS.
"""

import asyncio
import logging
import signal
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import uvicorn

from console.ahead import look_ahead
from console.compiled import compile_ahead
from core.runtime import Runtime
from server.connections import CLOSING, SocketConnection
from server.listening import help_out

END_SECONDS = 5
"""For requests, and before that for sockets, once nobody connects any more."""

log = logging.getLogger("muster")


class Server(uvicorn.Server):
    """A server that drains before it shuts down. The first thing that it does is what people would wait for."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime, others: Sequence[socket.socket] = ()) -> None:
        super().__init__(config)
        self._others = others
        """The sockets of other processes, whose queues are looked after."""
        self._helping: asyncio.Task[None] | None = None
        self._runtime = runtime
        self._until: float | None = None
        self._ahead: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, and then do ahead what the first person would wait for."""
        templates = compile_ahead(self._runtime.settings.data_dir)
        await super().startup(sockets)
        log.info("api: listening on %s:%s", self.config.host, self.config.port)
        self._ahead = asyncio.create_task(self._get_ahead(templates))
        if self._others:
            self._helping = asyncio.create_task(help_out(self._others, self._protocol))

    def _protocol(self) -> asyncio.Protocol:
        """As uvicorn makes one for a connection that it accepts."""
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        return made

    async def _get_ahead(self, templates: threading.Thread) -> None:
        await asyncio.to_thread(templates.join)
        await look_ahead(self._runtime)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether it is time to shut down."""
        return await super().on_tick(counter) and self._drained()

    def _drained(self) -> bool:
        now = time.monotonic()
        if self._until is None:
            self._until = now
            if self._captured_signals[:1] == [signal.SIGTERM]:
                self._until += self._runtime.settings.drain_seconds
            self._runtime.stopping.set()
            self.config.encoded_headers.append(CLOSING)
            self.server_state.default_headers = [*self.server_state.default_headers, CLOSING]
            log.info("api: stopping; taking requests for another %.1f s", self._until - now)
        return now >= self._until or len(self._captured_signals) > 1

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End sockets and event streams, then wait for requests."""
        if self._ahead is not None:
            self._ahead.cancel()
        if self._helping is not None:
            self._helping.cancel()
        for server in self.servers:
            server.close()
        self._runtime.closing.set()
        end = time.monotonic() + END_SECONDS
        while self._sockets() and time.monotonic() < end:  # noqa: ASYNC110 (uvicorn's list of connections)
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)

    def _sockets(self) -> bool:
        """Whether a WebSocket is open."""
        return any(isinstance(connection, SocketConnection) for connection in self.server_state.connections)
