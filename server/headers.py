"""Headers that close a browser's doors, on every answer; a page that needs one open says so itself.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

YEAR = 365 * 24 * 3600

ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What an answer has unless it says otherwise: a JSON answer may load, frame and send nothing."""

OVER_TLS = {"Strict-Transport-Security": f"max-age={YEAR}; includeSubDomains"}
"""RFC 6797; only where links of ours begin with https."""


class SafeHeaders:
    """Adds what is missing of these headers to every HTTP answer of an application."""

    def __init__(self, app: ASGIApp, *, tls: bool, always: Mapping[str, str] = ALWAYS) -> None:
        self.app = app
        self._headers = {**always, **(OVER_TLS if tls else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, completed)
