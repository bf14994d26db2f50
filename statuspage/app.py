"""The public doorway: the status page, its feeds and its files. Nothing here needs, or takes, credentials."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core.db import Reader
from core.ids import BIGINT_MAX
from core.runtime import Runtime
from models.incident import REFERENCE_PREFIX, Incident
from statuspage import answer, feeds, render
from statuspage.cache import Body, PageCache, Read
from statuspage.read import Site, read_site, unfinished_or_since
from statuspage.render import Render
from statuspage.static_files import FILES, PREFIX
from statuspage.threads import MONTHS, PAST_DAYS

REFERENCE = re.compile(rf"{REFERENCE_PREFIX}([1-9][0-9]{{0,18}})")
MAX_HISTORY = 1000
FEED_DAYS = 31
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
"""Feeds are for programs, also for those that run in other pages."""


@dataclass(frozen=True, slots=True)
class View:
    """What stands at an address: how it is read, how it is rendered, and what it is."""

    read: Read
    render: Render
    media_type: str = answer.HTML
    extra: dict[str, str] | None = None


async def read_recent(reader: Reader) -> Site:
    """Open incidents and those of the past 14 days."""
    since = reader.clock.now() - timedelta(days=PAST_DAYS)
    return await read_site(reader, unfinished_or_since(since), spans=True)


async def read_past(reader: Reader) -> Site:
    """The incidents of the past twelve months, without the words of their updates."""
    since = reader.clock.now() - timedelta(days=31 * MONTHS)
    return await read_site(reader, Incident.public_since >= since, limit=MAX_HISTORY, bodies=False)


async def read_feed(reader: Reader) -> Site:
    """The matter of the feed: what was said in the past weeks, and of all that is open."""
    return await read_site(reader, unfinished_or_since(reader.clock.now() - timedelta(days=FEED_DAYS)))


async def read_one(key: int, reader: Reader) -> Site | None:
    """One incident; None if the public may not know of it, whether it is there or not."""
    site = await read_site(reader, Incident.id == key)
    return site if site.threads else None


async def read_frame(reader: Reader) -> Site:
    """No incident: what the frame of every page needs."""
    return await read_site(reader)


class StatusPage:
    """Answers for all addresses of the public page."""

    def __init__(self, runtime: Runtime) -> None:
        self._clock = runtime.database.clock
        self._cache = PageCache(runtime.database, runtime.live)
        base = runtime.settings.base_url
        self._views = {
            "/": View(read_recent, render.home),
            "/history": View(read_past, render.history),
            "/status.json": View(read_recent, partial(feeds.status_json, base_url=base), answer.JSON, ANY_ORIGIN),
            "/history.atom": View(read_feed, partial(feeds.atom, base_url=base), answer.ATOM, ANY_ORIGIN),
        }

    async def respond(self, path: str, request: Headers) -> Response:
        """The answer for an address."""
        view = self._views.get(path) or _incident_view(path)
        if view is None:
            return await self._missing()
        keep = self._cache.fixed if path in self._views else self._cache.lookup
        page = await keep(path, view.read, view.render)
        if page.known and page.site is None:
            return await self._missing()
        if page.body is None:
            return self._unavailable(view)
        return answer.answer(request, page.body, view.media_type, extra=view.extra)

    async def _missing(self) -> Response:
        """The same bytes for whatever is not there and for whatever may not be seen."""
        page = await self._cache.fixed("404", read_frame, render.missing)
        return answer.refusal(404, page.body) if page.body else self._unavailable()

    def _unavailable(self, view: View | None = None) -> Response:
        later = {"Retry-After": "10"}
        if view is not None and view.media_type == answer.JSON:
            return answer.refusal(503, Body.of(feeds.unknown_json()), later | ANY_ORIGIN, answer.JSON)
        return answer.refusal(503, Body.of(render.unavailable(self._clock.now())), later)


def _incident_view(path: str) -> View | None:
    """The view of `/incidents/INC-123`; None for an address that can't be one."""
    found = REFERENCE.fullmatch(path.removeprefix("/incidents/"))
    if not path.startswith("/incidents/") or found is None or int(found[1]) > BIGINT_MAX:
        return None
    return View(partial(read_one, int(found[1])), render.incident)


def _static(path: str, request: Headers) -> Response | None:
    file = FILES.get(path)
    body = _static_bodies.get(path)
    return answer.answer(request, body, file.media_type, caching=answer.FOR_EVER) if file and body else None


_static_bodies = {path: Body.of(file.content) for path, file in FILES.items()}


class Door:
    """ASGI: GET and HEAD, and nothing else."""

    def __init__(self, page: StatusPage) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["method"] not in ("GET", "HEAD"):
            response = answer.refusal(405, extra={"Allow": "GET, HEAD"})
        else:
            headers, path = Headers(scope=scope), scope["path"]
            response = _static(path, headers) or await self._page.respond(path, headers)
        if scope["method"] == "HEAD":
            response = Response(status_code=response.status_code, headers=response.headers)
        await response(scope, receive, send)


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


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The addresses of the status page; the last one catches what is left."""
    door: ASGIApp = Door(StatusPage(runtime))
    own = ("/", "/incidents/{reference}", "/history", "/status.json", "/history.atom", PREFIX + "{name}")
    return [*(Route(path, door) for path in own), Elsewhere("/{path:path}", door)]
