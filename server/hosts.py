"""One port, two houses: on the status page's host names nothing but the status page answers (DESIGN §4, "Paths")."""

from ipaddress import ip_address

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Settings
from statuspage.app import Shortcut
from statuspage.pages import Headers, Pages, host_of

HEALTH = frozenset({"/healthz", "/readyz"})
METRICS = "/metrics"


class HostSplit:
    """Sends a request to the public application, the private one, or away.

    Without configured hosts (a laptop) everything answers everywhere: `both` first looks at the private routes.
    On the hosts of further status pages (`pages` knows them) nothing but those answers, either.
    Health checks answer on any host, because load balancers ask by address; and by an address so do metrics, because
    Prometheus asks each of several processes. Who sends two Host headers is answered with
    400 (RFC 9112 §3.2): a proxy may have looked at the other one.
    """

    def __init__(
        self, settings: Settings, pages: Pages | None = None, *, public: ASGIApp, private: ASGIApp, both: ASGIApp
    ) -> None:
        self._pages = pages
        self.public, self.private, self.both = public, private, both
        self.public_hosts = frozenset(host.lower() for host in settings.statuspage_hosts)
        self.private_hosts = frozenset(host.lower() for host in settings.api_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await (await self._choose(scope))(scope, receive, send)

    def at_once(self, path: str, headers: Headers) -> tuple[bytes, bytes] | None:
        """The answer to GET, head and content as they go over the wire, if it is ready; else ask by ASGI."""
        house = self._ours(path, headers)
        if house is None and self._pages is not None:
            further = self._pages.is_further(headers)
            house = self.public if further else self._otherwise() if further is not None else None
        return house.at_once(path, headers) if isinstance(house, Shortcut) else None

    async def _choose(self, scope: Scope) -> ASGIApp:
        if scope["type"] == "lifespan":
            return self.both
        house = self._ours(scope["path"], scope["headers"])
        if house is None and self._pages is not None and await self._pages.further(scope["headers"]):
            return self.public
        return house or self._otherwise()

    def _ours(self, path: str, headers: Headers) -> ASGIApp | None:
        """What answers whatever further pages there are; None where they decide."""
        if sum([name == b"host" for name, _ in headers]) > 1:
            return PlainTextResponse("Send one Host header.\n", status_code=400)
        if path in HEALTH:
            return self.private if self._named else self.both
        if not self._named:
            return None
        host = host_of(headers)
        if host in self.private_hosts or (path == METRICS and host not in self.public_hosts and _is_address(host)):
            return self.private
        return self.public if host in self.public_hosts else None

    @property
    def _named(self) -> bool:
        """Whether there are hosts that are somebody's."""
        return bool(self.public_hosts or self.private_hosts)

    def _otherwise(self) -> ASGIApp:
        """For a host that is nobody's in particular."""
        if self.private_hosts:
            return PlainTextResponse("This host name is not served here.\n", status_code=421)
        return self.private if self._named else self.both


def _is_address(host: str) -> bool:
    """Whether it is no name: an address of IP, or this machine."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return True
