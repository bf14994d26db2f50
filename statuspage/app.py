"""The public doorway: the status pages, their feeds and their files.

Nothing here needs, or takes, credentials, but for pages that only some may read (statuspage.gate).
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from actions.subscribers.links import SUBSCRIBE_PATH
from core.runtime import Runtime
from statuspage import answer, subscribing_doors
from statuspage.asked import Asked
from statuspage.body import Body
from statuspage.gate import ENTER_PATH, OPEN_PATH, Gate, PassDoors
from statuspage.one import StatusPage as StatusPage  # noqa: PLC0414 (others take it from here)
from statuspage.pages import Headers, Pages
from statuspage.ready import Ready
from statuspage.static_files import FILES, PREFIX

_static = {
    path: answer.ready(Body.of(file.content, quality=11), file.media_type, caching=answer.FOR_EVER)
    for path, file in FILES.items()
}


class Door:
    """ASGI: GET and HEAD, and the question of a browser whether another origin's page may read."""

    def __init__(self, pages: Pages, gate: Gate) -> None:
        self._pages, self._gate = pages, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        page = await self._pages.page(scope)
        if scope["method"] not in ("GET", "HEAD"):
            await self._other(scope, page)(scope, receive, send)
            return
        path, head = scope["path"], scope["method"] == "HEAD"
        found: Ready | Response | None = _static.get(path)
        if found is None and page.guarded:
            found = await self._gate.refusal(Request(scope, receive), page)
        if found is None:
            found = await page.respond(path, scope["query_string"])
        if isinstance(found, Ready):
            await found.send(Asked.of(scope["headers"]), send, head=head)
            return
        if head:
            found = Response(status_code=found.status_code, headers=found.headers)
        await found(scope, receive, send)

    @staticmethod
    def _other(scope: Scope, page: StatusPage) -> Response:
        if scope["method"] == "OPTIONS" and page.readable(scope["path"]):
            return Response(status_code=204, headers=answer.PREFLIGHT)
        return answer.refusal(405, extra={"Allow": "GET, HEAD"})


class Shortcut:
    """ASGI in front of another application: answers at once for pages that are ready.

    Their fields are complete, so nothing that the other would add is missing.
    """

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self.app, self._pages = app, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            found = self._ready(scope["path"], scope["headers"])
            if found is not None:
                await found.send(Asked.of(scope["headers"]), send)
                return
        await self.app(scope, receive, send)

    def at_once(self, path: str, headers: Headers) -> tuple[bytes, bytes] | None:
        """The answer to GET without a question, head and content as they go over the wire; None: not ready."""
        found = self._ready(path, headers)
        return found.whole(Asked.of(headers)) if found is not None else None

    def _ready(self, path: str, headers: Headers) -> Ready | None:
        page = self._pages.quickly(headers)
        return page.quick(path) if page is not None else None


class Elsewhere(Route):
    """Every address that is nobody's: the page "There is no such page".

    It matches in part only, so that another doorway's own address keeps its 405 when both share a port.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """A partial match for any HTTP request, with a line break in its path, too: no pattern meets that."""
        return (Match.PARTIAL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever the method."""
        await self.app(scope, receive, send)


def routes(pages: Pages | Runtime) -> list[BaseRoute]:
    """The addresses of the status pages; the last one catches what is left."""
    known = pages if isinstance(pages, Pages) else Pages(pages)
    gate = Gate(known.runtime)
    door: ASGIApp = Door(known, gate)
    passes = PassDoors(known, gate, door)
    own = (*known.own.addresses, "/incidents/{reference}", "/maintenance/{reference}", PREFIX + "{name}")
    return [
        *(Route(path, door) for path in own if path != SUBSCRIBE_PATH),
        *subscribing_doors.routes(known, door),
        *(Route(path + "{token}", passes) for path in (OPEN_PATH, ENTER_PATH)),
        Elsewhere("/{path:path}", door),
    ]
