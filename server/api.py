"""`muster api`: the web process."""

import uvicorn

from core.garbage import rarely_collect
from core.settings import Settings
from server.asgi import build_app, open_runtime
from server.connections import OPTIONS, give_up_after
from server.draining import END_SECONDS, Server
from server.listening import BACKLOG, listeners_of


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
