"""The answers of one page: our own, or one of a product or a region."""

import asyncio
from collections.abc import Mapping

from starlette.responses import Response

from actions.pages.known import KnownPage
from actions.subscribers.links import SUBSCRIBE_PATH
from core.errors import DomainError
from core.outage import outage_of
from core.runtime import Runtime
from models.words import PageAccess
from statuspage import answer, brand, feeds, render
from statuspage.body import Body
from statuspage.cache import BUSY, MAX_LOOKUPS, READ_SECONDS, Page, PageCache
from statuspage.frame import read_for
from statuspage.kept import Kept, places
from statuspage.questions import PARAMETERS, question
from statuspage.ready import Ready
from statuspage.views import MISSING, View, family_view, read_frame, views

SECURE = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""RFC 6797; only where our own links begin with https."""


BRANDS = 8
"""Logos and style sheets that are kept: those that are there now, and some of before."""


FURTHER_LOOKUPS = MAX_LOOKUPS // 4
"""Incidents of a further page that are kept."""


class StatusPage:
    """Answers for all addresses of a page. `known` None: our own; of another, call `stale` when it changes."""

    def __init__(self, runtime: Runtime, known: KnownPage | None = None, language: str = "en") -> None:
        self.runtime = runtime
        self.known = known
        self.language = language
        """As it speaks when nothing of it may be read."""
        self._clock = runtime.database.clock
        self._cache, self._asked = _caches(runtime, known)
        self._cache.language = language
        self._brands: dict[str, Ready] = {}
        settings = runtime.settings
        self._base = settings.page_url(known.hosts, known.slug) if known else settings.base_url
        self._views = views(self._base)
        if self.guarded:
            del self._views[SUBSCRIBE_PATH]
        self.always: Mapping[str, str] = SECURE if self._base.startswith("https://") else {}

    @property
    def page_id(self) -> int | None:
        """The key of the page; None of our own."""
        return self.known.id if self.known else None

    @property
    def guarded(self) -> bool:
        """Whether not everybody may read it, or nobody any more."""
        return self.known is not None and not self.known.open

    @property
    def access(self) -> PageAccess | None:
        """Who may read it; None: nobody any more."""
        if self.known is None:
            return PageAccess.PUBLIC
        return None if self.known.archived else self.known.access

    def stale(self) -> None:
        """Have all of it rendered anew when it is asked for next."""
        self._cache.generation += 1
        self._asked.generation += 1

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
            return await self._branded(path) or await self.missing()
        page = await keep(path, view.read, view.render)
        if page.known and page.site is None:
            return await self.missing()
        return self._ready(page, view) if page.body is not None else self._unavailable(view)

    def readable(self, path: str) -> bool:
        """Whether pages of other origins may read what stands at an address."""
        view = self._views.get(path)
        return view is not None and view.extra is not None and not self.guarded

    def for_programs(self, path: str) -> bool:
        """Whether what stands at an address is for programs rather than for people."""
        view = self._views.get(path)
        return view is not None and "Access-Control-Allow-Origin" in (view.extra or {})

    def _ready(self, page: Page, view: View) -> Ready:
        """The answers made of a page, made once for each of its bodies."""
        assert page.body is not None  # noqa: S101 (for mypy: both callers have looked)
        if page.ready is None or page.ready.body is not page.body:
            since = None if page.confirmed or page.site is None else page.site.read_at
            extra = {**self.always, **self._extra(view), **answer.doubt(since)}
            caching = answer.UNKEPT if self.guarded else answer.FRESH
            page.ready = answer.ready(
                page.body, view.media_type, caching=caching, extra=extra, changed_at=page.changed_at
            )
        return page.ready

    def _extra(self, view: View) -> Mapping[str, str]:
        """The header fields of a view. A page that only some may read is for no page of another origin."""
        extra = view.extra or {}
        if not self.guarded:
            return extra
        own = {name: value for name, value in extra.items() if name not in answer.ANY_ORIGIN}
        return {**own, **answer.UNLISTED}

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
                    read_for(reader, self.page_id)
                    logo = (await brand.logo_files(reader)).get(path)
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
        extra = {**self.always, **(extra or {}), **(answer.UNLISTED if self.guarded else {})}
        caching = answer.UNKEPT if self.guarded else answer.FOR_EVER
        self._brands[path] = answer.ready(body, media_type, caching=caching, extra=extra)
        return self._brands[path]

    async def missing(self) -> Response:
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
                503,
                Body.of(feeds.unknown_json(self._cache.language)),
                later | ({} if self.guarded else answer.ANY_ORIGIN),
                answer.JSON,
            )
        return answer.refusal(503, Body.of(render.unavailable(self._clock.now(), self._cache.language)), later)


def _caches(runtime: Runtime, known: KnownPage | None) -> tuple[PageCache, PageCache]:
    """Of what stands at addresses, and of what is asked behind them. What was kept of an earlier process is our own."""
    database = runtime.database
    if known is None:
        return PageCache(database, runtime.live, Kept(places(runtime.settings)).site), PageCache(database, runtime.live)
    first, second = (PageCache(database, None, page_id=known.id, most=FURTHER_LOOKUPS) for _ in range(2))
    return first, second
