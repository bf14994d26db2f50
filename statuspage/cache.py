"""Pages as bytes, kept in the process: rendered once, served many times, and never older than what was published.

A page is rendered anew when an event that can change it arrives (core.live), when the next promise falls due (so that
"overdue" appears on time), and every 30 s anyway. At most one rendering of a page runs at a time. When the database
does not answer, the last good page is served; once that is older than a minute it says so.
"""

import asyncio
import gzip
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import TimeoutError as NoConnection

from core.db import Database, Reader
from core.live import Live
from core.outage import outage_of
from statuspage.read import Site
from statuspage.render import Render

MAX_AGE = timedelta(seconds=30)
TRUSTED = timedelta(seconds=60)
"""For how long a page that could not be read anew counts as confirmed."""
RETRY = timedelta(seconds=2)
"""After a failure nobody tries again for so long."""
READ_SECONDS = 3.0
LOOKUPS_AT_A_TIME = 3
"""Incidents that may be looked up at once, however many are asked for: others need the database too."""
MAX_LOOKUPS = 200
"""Incidents that are kept, known and unknown ones. The pages that have an address of their own are always kept."""

KINDS = ("update.", "component.", "setting.")
EXACTLY = frozenset({"incident.edited", "incident.visibility_changed", "incident.merged", "incident.absorbed"})
"""Events that can change a page. Stages can't: they never publish."""

BUSY = (TimeoutError, NoConnection)
"""What a reading ends with when the database takes too long; outages have more faces (core.outage)."""

Read = Callable[[Reader], Awaitable[Site | None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes to send, as they are and compressed, and the hash that tells them from others."""

    plain: bytes
    zipped: bytes
    digest: str

    @classmethod
    def of(cls, content: bytes) -> "Body":
        """A body from its content."""
        return cls(content, gzip.compress(content, 6, mtime=0), hashlib.sha256(content).hexdigest()[:32])


@dataclass(slots=True)
class Page:
    """A page as it was last read.

    `known` and `site` None: there is no such page. `body` None: nothing could be read so far. Not `confirmed`: the body
    says that it may be old.
    """

    read: Read
    render: Render
    site: Site | None = None
    body: Body | None = None
    known: bool = False
    confirmed: bool = True
    generation: int = -1
    read_at: datetime | None = None
    good_until: datetime | None = None
    retry_at: datetime | None = None
    rendering: asyncio.Task[None] | None = None


class PageCache:
    """The pages of one process. `generation` counts the changes that it has heard of."""

    def __init__(self, database: Database, live: Live) -> None:
        self.generation = 0
        self._database = database
        self._fixed: dict[str, Page] = {}
        self._looked_up: OrderedDict[str, Page] = OrderedDict()
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_A_TIME)
        self._down_until: datetime | None = None
        live.watch(self.hear)

    def __len__(self) -> int:
        """How many pages are kept."""
        return len(self._fixed) + len(self._looked_up)

    def hear(self, rows: Sequence[Any]) -> None:
        """Take note of new events; of none when everything may be different (the database was restored)."""
        if not rows or any(row.kind.startswith(KINDS) or row.kind in EXACTLY for row in rows):
            self.generation += 1

    async def fixed(self, path: str, read: Read, render: Render) -> Page:
        """A page that has an address of its own."""
        page = self._fixed.setdefault(path, Page(read, render))
        return await self._fresh(page, nullcontext())

    async def lookup(self, path: str, read: Read, render: Render) -> Page:
        """One of many pages, which may not be there."""
        page = self._looked_up.setdefault(path, Page(read, render))
        self._looked_up.move_to_end(path)
        while len(self._looked_up) > MAX_LOOKUPS:
            self._looked_up.popitem(last=False)
        return await self._fresh(page, self._lookups)

    async def _fresh(self, page: Page, turn: AbstractAsyncContextManager[None]) -> Page:
        """A page as it was when it was asked for or later; or the best there is while it can't be read."""
        wanted = self.generation
        while not self._fit(page, wanted):
            if page.rendering is None:
                page.rendering = asyncio.create_task(self._renew(page, turn))
            await asyncio.shield(page.rendering)
        return page

    def _fit(self, page: Page, wanted: int) -> bool:
        now = self._database.clock.now()
        if self._in_vain(page, now):
            return not page.confirmed or not _old(page, now)
        return page.generation >= wanted and page.good_until is not None and now < page.good_until

    def _in_vain(self, page: Page, now: datetime) -> bool:
        """Whether reading failed a moment ago: then it is not tried."""
        return any(moment is not None and now < moment for moment in (page.retry_at, self._down_until))

    async def _renew(self, page: Page, turn: AbstractAsyncContextManager[None]) -> None:
        """Read and render a page, once it is its turn. What is heard of meanwhile makes it stale at once."""
        try:
            async with turn:
                in_vain = self._in_vain(page, self._database.clock.now())
                await (self._make_do if in_vain else self._read)(page)
        except Exception as error:
            if not isinstance(error, BUSY) and outage_of(error) is None:
                log.exception("a part of the status page can't be read or rendered")
                page.retry_at = self._database.clock.now() + RETRY
                await self._make_do(page)
                return
            log.warning("the status page can't read the database: %s", type(error).__name__)
            self._down_until = self._database.clock.now() + RETRY
            await self._make_do(page)
        finally:
            page.rendering = None

    async def _read(self, page: Page) -> None:
        generation, now = self.generation, self._database.clock.now()
        async with asyncio.timeout(READ_SECONDS), self._database.reading() as reader:
            site = await page.read(reader)
        page.body = await asyncio.to_thread(_rendered, page.render, site, now, True) if site else None
        page.site, page.known, page.generation, page.read_at = site, True, generation, now
        page.good_until, page.retry_at, self._down_until = _good_until(site, now), None, None
        page.confirmed = True

    async def _make_do(self, page: Page) -> None:
        """Keep what there is. Once it is old, say so on it; if that can't be rendered either, nothing is left."""
        now = self._database.clock.now()
        if not _old(page, now):
            return
        page.confirmed = False
        if page.site is None:
            return
        try:
            page.body = await asyncio.to_thread(_rendered, page.render, page.site, now, False)
        except Exception:
            log.exception("not even an old part of the status page can be rendered")
            page.body = None


def _old(page: Page, now: datetime) -> bool:
    """Whether a page was read too long ago to be trusted."""
    return page.read_at is not None and now - page.read_at > TRUSTED


def _rendered(render: Render, site: Site, now: datetime, confirmed: bool) -> Body:
    return Body.of(render(site, now, confirmed))


def _good_until(site: Site | None, now: datetime) -> datetime:
    """When a page must be rendered again though nothing was heard."""
    promises = (thread.promise for thread in site.open_threads) if site else ()
    return min([now + MAX_AGE, *(due for due in promises if due is not None and due > now)])
