"""One port, two houses: on the status page's host names nothing but the status page answers (DESIGN §4, "Paths")."""

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Settings

Further = Callable[[Scope], Awaitable[bool]]
"""Whether a request names the host of a further status page."""

HEALTH = frozenset({"/healthz", "/readyz"})


class HostSplit:
    """Sends a request to the public application, the private one, or away.

    Without configured hosts (a laptop) everything answers everywhere: `both` first looks at the private routes.
    On the hosts of further status pages (`further` knows them) nothing but those answers, either.
    Health checks answer on any host, because load balancers ask by address. Who sends two Host headers is answered with
    400 (RFC 9112 §3.2): a proxy may have looked at the other one.
    """

    def __init__(
        self, settings: Settings, further: Further | None = None, *, public: ASGIApp, private: ASGIApp, both: ASGIApp
    ) -> None:
        self._further = further
        self.public, self.private, self.both = public, private, both
        self.public_hosts = frozenset(host.lower() for host in settings.statuspage_hosts)
        self.private_hosts = frozenset(host.lower() for host in settings.api_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await (await self._choose(scope))(scope, receive, send)

    async def _choose(self, scope: Scope) -> ASGIApp:
        if sum(name == b"host" for name, _ in scope.get("headers", ())) > 1:
            return PlainTextResponse("Send one Host header.\n", status_code=400)
        named = bool(self.public_hosts or self.private_hosts)
        if scope["type"] == "lifespan":
            return self.both
        if named:
            host = (HTTPConnection(scope).url.hostname or "").lower()
            private = host in self.private_hosts or scope["path"] in HEALTH
            if private or host in self.public_hosts:
                return self.private if private else self.public
        if scope["path"] not in HEALTH and self._further is not None and await self._further(scope):
            return self.public
        return self._otherwise(named=named)

    def _otherwise(self, *, named: bool) -> ASGIApp:
        """For a host that is nobody's in particular; `named`: there are hosts that are somebody's."""
        if named and self.private_hosts:
            return PlainTextResponse("This host name is not served here.\n", status_code=421)
        return self.private if named else self.both
