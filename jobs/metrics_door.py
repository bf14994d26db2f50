"""Where a worker tells Prometheus of itself: MUSTER_METRICS_PORT, and nothing but `/metrics` on it."""

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from core.settings import Settings

NOTHING = b"Only /metrics is here.\n"


class _Server(WSGIServer):
    """One request after the other: who scrapes is one, and a second one waits its turn."""

    timeout = 5


class _Silent(WSGIRequestHandler):
    timeout = 5
    """Seconds that a client may take to say what it wants: nobody holds up the others."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name)
        """Nothing: a line for each scrape tells nobody anything."""


class MetricsDoor:
    """A server in a thread of its own. `measure` brings the gauges up to date; it is called before each answer."""

    def __init__(self, settings: Settings, port: int, measure: Callable[[], object]) -> None:
        answer = make_wsgi_app()

        def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if environ["PATH_INFO"] != "/metrics":
                start_response("404 Not Found", [("Content-Type", "text/plain")])
                return [NOTHING]
            measure()
            content: Iterable[bytes] = answer(environ, start_response)
            return content

        self._server = make_server(settings.host, port, serve, server_class=_Server, handler_class=_Silent)
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
