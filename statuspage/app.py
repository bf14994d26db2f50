"""The public doorway: the status page, its feeds and its files. Nothing here needs, or takes, credentials."""

import asyncio
from collections.abc import Mapping

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from actions.subscribers.links import SUBSCRIBE_PATH
from core.errors import DomainError
from core.outage import outage_of
from core.runtime import Runtime
from statuspage import answer, brand, feeds, render, subscribing_doors
from statuspage.asked import Asked
from statuspage.body import Body
from statuspage.cache import BUSY, READ_SECONDS, Page, PageCache
from statuspage.kept import Kept, places
from statuspage.questions import PARAMETERS, question
from statuspage.ready import WHOLE, Ready
from statuspage.static_files import FILES, PREFIX
from statuspage.views import MISSING, View, family_view, read_frame, views

SECURE = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""RFC 6797; only where our own links begin with https."""


BRANDS = 8
"""Logos and style sheets that are kept: those that are there now, and some of before."""


class StatusPage:
    """Answers for all addresses of the public page."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._clock = runtime.database.clock
        self._cache = PageCache(runtime.database, runtime.live, Kept(places(runtime.settings)).site)
        self._asked = PageCache(runtime.database, runtime.live)
        self._brands: dict[str, Ready] = {}
        self._base = runtime.settings.base_url
        self._views = views(self._base)
        self._always = SECURE if self._base.startswith("https://") else {}

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that stands for one page."""
        return tuple(self._views)

    @property
    def kept(self) -> int:
        """How many pages are in memory."""
        return len(self._cache) + len(self._asked)

    def quick(self, path: str) -> Ready | None:
        """The answers of a page that stands at one address, while it is good; None: it must be asked for."""
        view = self._views.get(path)
        page = self._cache.good(path) if view else None
        return self._ready(page, view) if page and view else None

    async def respond(self, path: str, query: bytes = b"") -> Ready | Response:
        """The answers for an address; a question behind it (`?month=2026-11`) matters only where one can be asked."""
        view, keep = self._views.get(path), self._cache.fixed
        if query and path in PARAMETERS:
            try:
                key, view = question(path, query, self._base)
            except DomainError as error:
                return await self._refused(error)
            path, keep = key, self._asked.lookup if key != path else keep
        elif view is None:
            view, keep = family_view(path), self._cache.lookup
        if view is None:
            return await self._branded(path) or await self._missing()
        page = await keep(path, view.read, view.render)
        if page.known and page.site is None:
            return await self._missing()
        return self._ready(page, view) if page.body is not None else self._unavailable(view)

    def readable(self, path: str) -> bool:
        """Whether pages of other origins may read what stands at an address."""
        view = self._views.get(path)
        return view is not None and view.extra is not None

    def _ready(self, page: Page, view: View) -> Ready:
        """The answers made of a page, made once for each of its bodies."""
        assert page.body is not None  # noqa: S101 (for mypy: both callers have looked)
        if page.ready is None or page.ready.body is not page.body:
            since = None if page.confirmed or page.site is None else page.site.read_at
            extra = {**self._always, **(view.extra or {}), **answer.doubt(since)}
            page.ready = answer.ready(page.body, view.media_type, extra=extra, changed_at=page.changed_at)
        return page.ready

    async def _branded(self, path: str) -> Ready | Response | None:
        """The logo or the style sheet at an address that names what is in it; None where none stands."""
        if path in self._brands:
            return self._brands[path]
        if not brand.ADDRESS.fullmatch(path):
            return None
        site = (await self._cache.fixed(MISSING, read_frame, render.missing)).site
        sheet = brand.sheet(site) if site else None
        found: tuple[bytes, str, Mapping[str, str] | None] | None = None
        if sheet is not None and sheet.path == path:
            found = (sheet.content, brand.CSS, None)
        elif site is not None and path in brand.logo_paths(site):  # so that guesses cost nothing
            try:
                async with asyncio.timeout(READ_SECONDS), self.runtime.database.reading() as reader:
                    logo = (await brand.read_logos(reader)).get(path)
            except Exception as error:
                if not isinstance(error, BUSY) and outage_of(error) is None:
                    raise
                return self._unavailable()
            found = (logo.content, logo.media_type, logo.extra) if logo else None
        if found is None:
            return None
        content, media_type, extra = found
        body = await asyncio.to_thread(Body.of, content)
        while len(self._brands) >= BRANDS:
            self._brands.pop(next(iter(self._brands)))
        extra = {**self._always, **(extra or {})}
        self._brands[path] = answer.ready(body, media_type, caching=answer.FOR_EVER, extra=extra)
        return self._brands[path]

    async def _missing(self) -> Response:
        """The same bytes for whatever is not there and for whatever may not be seen."""
        page = await self._cache.fixed(MISSING, read_frame, render.missing)
        return answer.refusal(404, page.body) if page.body else self._unavailable()

    async def _refused(self, error: DomainError) -> Response:
        """A question that can't be answered, and what to ask instead."""
        page = await self._cache.fixed(MISSING, read_frame, render.missing)
        if page.site is None:
            return self._unavailable()
        return answer.refusal(400, Body.of(render.refused(page.site, self._clock.now(), error)))

    def _unavailable(self, view: View | None = None) -> Response:
        later = {"Retry-After": "10"}
        if view is not None and view.media_type == answer.JSON:
            return answer.refusal(
                503, Body.of(feeds.unknown_json(self._cache.language)), later | answer.ANY_ORIGIN, answer.JSON
            )
        return answer.refusal(503, Body.of(render.unavailable(self._clock.now(), self._cache.language)), later)


_static = {
    path: answer.ready(Body.of(file.content, quality=11), file.media_type, caching=answer.FOR_EVER)
    for path, file in FILES.items()
}


class Door:
    """ASGI: GET and HEAD, and the question of a browser whether another origin's page may read."""

    def __init__(self, page: StatusPage) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["method"] not in ("GET", "HEAD"):
            await self._other(scope)(scope, receive, send)
            return
        path, head = scope["path"], scope["method"] == "HEAD"
        found = _static.get(path) or await self._page.respond(path, scope["query_string"])
        if isinstance(found, Ready):
            await found.send(Asked.of(scope["headers"]), send, head=head)
            return
        if head:
            found = Response(status_code=found.status_code, headers=found.headers)
        await found(scope, receive, send)

    def _other(self, scope: Scope) -> Response:
        if scope["method"] == "OPTIONS" and self._page.readable(scope["path"]):
            return Response(status_code=204, headers=answer.PREFLIGHT)
        return answer.refusal(405, extra={"Allow": "GET, HEAD"})


class Shortcut:
    """ASGI in front of another application: answers at once for pages that are ready.

    Their fields are complete, so nothing that the other would add is missing.
    """

    def __init__(self, app: ASGIApp, page: StatusPage) -> None:
        self.app, self._page = app, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            found = self._page.quick(scope["path"])
            if found is not None:
                write, asked = scope.get("extensions", {}).get(WHOLE), Asked.of(scope["headers"])
                if write is not None:
                    await write(*found.whole(asked))
                else:
                    await found.send(asked, send)
                return
        await self.app(scope, receive, send)


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


def routes(page: StatusPage | Runtime) -> list[BaseRoute]:
    """The addresses of the status page; the last one catches what is left."""
    known = page if isinstance(page, StatusPage) else StatusPage(page)
    door: ASGIApp = Door(known)
    own = (*known.addresses, "/incidents/{reference}", "/maintenance/{reference}", PREFIX + "{name}")
    return [
        *(Route(path, door) for path in own if path != SUBSCRIBE_PATH),
        *subscribing_doors.routes(known.runtime, door),
        Elsewhere("/{path:path}", door),
    ]
