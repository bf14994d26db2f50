"""`muster api`: the web process."""

import asyncio
import gc
import logging
import socket
import threading

import uvicorn

from console.ahead import look_ahead
from console.compiled import compile_ahead
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app, open_runtime
from server.connections import OPTIONS, give_up_after

log = logging.getLogger("muster")

DRAIN_SECONDS = 5
GARBAGE_THRESHOLD = 50_000
"""New objects between two looks for cycles; CPython's default is 700."""


class Server(uvicorn.Server):
    """A server that tells what is left open when it begins to shut down; sockets are told by uvicorn (1012)."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._ahead: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, and then do ahead what the first person would wait for."""
        templates = compile_ahead(self._runtime.settings.data_dir)
        await super().startup(sockets)
        self._ahead = asyncio.create_task(self._get_ahead(templates))

    async def _get_ahead(self, templates: threading.Thread) -> None:
        await asyncio.to_thread(templates.join)
        await look_ahead(self._runtime)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End event streams, then wait for requests."""
        if self._ahead is not None:
            self._ahead.cancel()
        self._runtime.closing.set()
        await super().shutdown(sockets)


def rarely_collect() -> None:
    """Look for cycles of garbage less often, and not among what was imported: a large read costs a tenth less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


def serve(settings: Settings, url: str) -> None:
    """Serve until SIGTERM or SIGINT; running requests get five seconds to end."""
    runtime = open_runtime(settings, url)
    config = uvicorn.Config(
        build_app(runtime),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # server.correlated has to know who really asks
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=30,
        **OPTIONS,
    )
    rarely_collect()
    listener = config.bind_socket()
    give_up_after(listener)
    log.info("api: listening on %s:%s", settings.host, settings.port)
    Server(config, runtime).run([listener])
