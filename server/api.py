"""`muster api`: the web process."""

import gc
import logging

import uvicorn

from core.settings import Settings
from server.asgi import build_app, open_runtime

log = logging.getLogger("muster")

MAX_FRAME_BYTES = 65_536
DRAIN_SECONDS = 5
GARBAGE_THRESHOLD = 50_000
"""New objects between two looks for cycles; CPython's default is 700."""


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
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies) or None,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=30,
    )
    # What was imported stays: without it, and looked at less often, collections cost a tenth less of a large read.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    log.info("api: listening on %s:%s", settings.host, settings.port)
    uvicorn.Server(config).run()
