"""`/auth/…` and `/oauth/…`: how often an address may knock (auth.limits), and that no answer is kept on its way."""

import math

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth.limits import knock
from core.client import Client
from core.runtime import Runtime

OAUTH = "/oauth/"
DOORS = ("/auth/", OAUTH)
TOO_MANY = "Too many requests from this address. Wait a little, and try again.\n"


class Doors:
    """Answers 429 in place of an application when an address asks too often. No cache keeps what these doors say.

    Whoever adds a door need not think of that, and what has no door says so too: secrets stand in its addresses.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app = app
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(DOORS):
            await self.app(scope, receive, send)
            return

        async def unkept(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        taken = knock(self._runtime, Client.of(HTTPConnection(scope)))
        app = self.app if taken.allowed else self._refusal(scope["path"], math.ceil(taken.wait))
        await app(scope, receive, unkept)

    @staticmethod
    def _refusal(path: str, wait: int) -> Response:
        headers = {"Retry-After": str(wait)}
        if path.startswith(OAUTH):
            said = {"error": "temporarily_unavailable", "error_description": TOO_MANY.strip()}
            return JSONResponse(said, 429, headers)
        return PlainTextResponse(TOO_MANY, 429, headers)
