"""`muster api`: the web process."""

import gc

import uvicorn

from core.settings import Settings
from server.asgi import build_app, open_runtime
from server.connections import OPTIONS, give_up_after
from server.draining import END_SECONDS, Server
from server.listening import BACKLOG, listeners_of

GARBAGE_THRESHOLD = 50_000
"""New objects between two looks for cycles; CPython's default is 700."""


def rarely_collect() -> None:
    """Look for cycles of garbage less often, and not among what was imported: a large read costs a tenth less."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


def serve(settings: Settings, url: str) -> None:
    """Serve until SIGTERM or SIGINT, and then end as server.draining says."""
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
        timeout_graceful_shutdown=END_SECONDS,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        **OPTIONS,
    )
    rarely_collect()
    listener, others = listeners_of(settings.host, settings.port)
    give_up_after(listener)
    Server(config, runtime, others).run([listener])
