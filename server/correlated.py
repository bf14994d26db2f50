"""Every request has an id: in its answer, its lines of the log, its trace, and in the jobs that it causes."""

import time

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core import tracing
from core.correlation import HEADER, TRACEPARENT, WELL_FORMED, Origin, coming_from, new_id
from core.settings import Settings
from core.tracing import Kind

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "nowhere"
"""The route of what leads nowhere, and of what is answered before anybody looks where it leads."""

SECONDS = Histogram(
    "muster_http_request_duration_seconds",
    "From the head of a request to the end of its answer, by route. Pages that are ready are not counted.",
    ["method", "route"],
)
RESPONSES = Counter("muster_http_responses_total", "Answers, by route and status.", ["method", "route", "status"])


class Correlated:
    """Gives requests their ids. Ids and traces of others count only when a trusted proxy brings them.

    Whoever comes directly would otherwise choose what our logs say, and have every request of theirs traced.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._proxies = ProxyHeadersMiddleware(app, list(settings.trusted_proxies))  # type: ignore[arg-type]
        self.app: ASGIApp = self._proxies if settings.trusted_proxies else app  # type: ignore[assignment]
        self._behind = bool(settings.trusted_proxies)
        self.at_once = getattr(app, "at_once", None)
        """Pages that are ready (server.connections): no work is done for them that an id could tell of."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        given, parent = self._given(scope)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        began, status = time.perf_counter(), 500

        async def noticing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = origin.request_id
            await send(message)

        with tracing.span(method, Kind.SERVER, parent=parent) as span:
            origin = Origin(given or tracing.trace_id() or parent[3:35] or new_id(), parent)
            with coming_from(origin):
                try:
                    await self.app(scope, receive, noticing)
                finally:
                    route = getattr(scope.get("route"), "path", NOWHERE)
                    SECONDS.labels(method, route).observe(time.perf_counter() - began)
                    RESPONSES.labels(method, route, status).inc()
                    if tracing.on():
                        span.rename(f"{method} {route}")
                        span.note("http.route", route)
                        span.note("http.response.status_code", status)
                        if status >= 500:  # noqa: PLR2004 (HTTP: our fault)
                            span.fail(str(status))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One id for all that is asked on a socket; each operation is a trace of its own, for sockets live long."""
        given, parent = self._given(scope)
        origin = Origin(given or parent[3:35] or new_id())

        async def noticing(message: Message) -> None:
            if message["type"] == "websocket.accept":
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = origin.request_id
            await send(message)

        with coming_from(origin):
            await self.app(scope, receive, noticing)

    def _given(self, scope: Scope) -> tuple[str, str]:
        """The id and the traceparent that a trusted proxy sends; else empty texts."""
        client = scope.get("client")
        if not self._behind or client is None or client[0] not in self._proxies.trusted_hosts:
            return "", ""
        headers = Headers(scope=scope)
        request_id, parent = headers.get(HEADER, ""), headers.get("traceparent", "")
        return (
            request_id if WELL_FORMED.fullmatch(request_id) else "",
            parent if TRACEPARENT.fullmatch(parent) else "",
        )
