"""One port, two houses: on the status page's host names nothing but the status page answers (DESIGN §4, "Paths")."""

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Settings

HEALTH = frozenset({"/healthz", "/readyz"})


class HostSplit:
    """Sends a request to the public application, the private one, or away.

    Without configured hosts (a laptop) everything answers everywhere: `both` first looks at the private routes.
    Health checks answer on any host, because load balancers ask by address. Who sends two Host headers is answered with
    400 (RFC 9112 §3.2): a proxy may have looked at the other one.
    """

    def __init__(self, settings: Settings, *, public: ASGIApp, private: ASGIApp, both: ASGIApp) -> None:
        self.public, self.private, self.both = public, private, both
        self.public_hosts = frozenset(host.lower() for host in settings.statuspage_hosts)
        self.private_hosts = frozenset(host.lower() for host in settings.api_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._choose(scope)(scope, receive, send)

    def _choose(self, scope: Scope) -> ASGIApp:
        if sum(name == b"host" for name, _ in scope.get("headers", ())) > 1:
            return PlainTextResponse("Send one Host header.\n", status_code=400)
        if scope["type"] == "lifespan" or not (self.public_hosts or self.private_hosts):
            return self.both
        host = (HTTPConnection(scope).url.hostname or "").lower()
        if host in self.private_hosts or scope["path"] in HEALTH:
            return self.private
        if host in self.public_hosts:
            return self.public
        if not self.private_hosts:
            return self.private
        return PlainTextResponse("This host name is not served here.\n", status_code=421)
