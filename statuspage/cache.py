"""Pages as bytes, kept in the process: rendered once, served many times, and never older than what was published.

A page is rendered anew when an event that can change it arrives (core.live), when the next promise falls due or planned
work is to start or end (so that it appears on time), and every 30 s anyway. At most one rendering of a page runs at a
time. When the database does not answer, the last good page is served; once that is older than a minute it says so.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import TimeoutError as NoConnection

from core.db import Database, Reader
from core.live import Live
from core.outage import outage_of
from statuspage.body import Body as Body  # noqa: PLC0414 (others take it from here)
from statuspage.feeds import last_change
from statuspage.frame import read_for
from statuspage.read import Site
from statuspage.ready import Ready
from statuspage.render import Render
from statuspage.works import next_change

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

KINDS = ("update.", "component.", "setting.", "maintenance.", "public_postmortem.", "text.")
EXACTLY = frozenset({"incident.edited", "incident.visibility_changed", "incident.merged", "incident.absorbed"})
"""Events that can change a page. Stages can't: they never publish."""

BUSY = (TimeoutError, NoConnection)
"""What a reading ends with when the database takes too long; outages have more faces (core.outage)."""

Read = Callable[[Reader], Awaitable[Site | None]]

Recall = Callable[[str], Site | None]
"""From what the page at an address was rendered before this process began (statuspage.kept)."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Page:
    """A page as it was last read.

    `known` and `site` None: there is no such page. `body` None: nothing could be read so far. `changed_at`: since when
    the body is what it is; `ready`: the answers made of it. Not `confirmed`: the body says that it may be old.
    """

    path: str
    read: Read
    render: Render
    site: Site | None = None
    body: Body | None = None
    changed_at: datetime | None = None
    ready: Ready | None = None
    known: bool = False
    confirmed: bool = True
    generation: int = -1
    read_at: datetime | None = None
    good_until: datetime | None = None
    retry_at: datetime | None = None
    rendering: asyncio.Task[None] | None = None


class PageCache:
    """The pages of one process. `generation` counts the changes that it has heard of."""

    def __init__(
        self,
        database: Database,
        live: Live | None,
        recall: Recall | None = None,
        *,
        page_id: int | None = None,
        most: int | None = None,
    ) -> None:
        """Of our own status page, or of another. Without `live`, somebody else counts `generation` up."""
        self.generation = 0
        self.language = "en"
        """As pages spoke when one was last read: for what stands in place of one that can't be."""
        self._recall = recall
        self._page_id, self._most = page_id, most
        self._database = database
        self._fixed: dict[str, Page] = {}
        self._looked_up: OrderedDict[str, Page] = OrderedDict()
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_A_TIME)
        self._down_until: datetime | None = None
        if live is not None:
            live.watch(self.hear)

    def __len__(self) -> int:
        """How many pages are kept."""
        return len(self._fixed) + len(self._looked_up)

    def hear(self, rows: Sequence[Any]) -> None:
        """Take note of new events; of none when everything may be different (the database was restored)."""
        if not rows or any(changes_pages(row.kind) for row in rows):
            self.generation += 1

    async def fixed(self, path: str, read: Read, render: Render) -> Page:
        """A page that has an address of its own."""
        page = self._fixed.setdefault(path, Page(path, read, render))
        return await self._fresh(page, nullcontext())

    def good(self, path: str) -> Page | None:
        """A page that has an address of its own, if it is as good as a new one."""
        page = self._fixed.get(path)
        if page is None or page.body is None or page.good_until is None or page.generation < self.generation:
            return None
        return page if self._database.clock.now() < page.good_until else None

    async def lookup(self, path: str, read: Read, render: Render) -> Page:
        """One of many pages, which may not be there."""
        page = self._looked_up.setdefault(path, Page(path, read, render))
        self._looked_up.move_to_end(path)
        while len(self._looked_up) > (self._most or MAX_LOOKUPS):
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
            return not page.confirmed or (page.read_at is not None and not _old(page, now))
        return page.generation >= wanted and page.good_until is not None and now < page.good_until

    def _in_vain(self, page: Page, now: datetime) -> bool:
        """Whether reading failed a moment ago: then it is not tried."""
        if page.retry_at is not None and now < page.retry_at:
            return True
        return self._down_until is not None and now < self._down_until

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
            read_for(reader, self._page_id)
            site = await page.read(reader)
        body = await asyncio.to_thread(_rendered, page.render, site, now, True) if site else None
        page.changed_at = _changed_at(page, site, body, now)
        page.body = body
        self.language = site.language if site else self.language
        page.site, page.known, page.generation, page.read_at = site, True, generation, now
        page.good_until, page.retry_at, self._down_until = _good_until(site, now), None, None
        page.confirmed = True

    async def _make_do(self, page: Page) -> None:
        """Keep what there is. Once it is old, say so on it; if that can't be rendered either, nothing is left.

        A process that has not read it yet goes on from what was kept of an earlier one; that is never called confirmed.
        """
        now = self._database.clock.now()
        if page.read_at is None:
            page.site = await asyncio.to_thread(self._recall, page.path) if self._recall else None
        elif not _old(page, now):
            return
        page.confirmed = False
        if page.site is None:
            return
        self.language = page.site.language
        try:
            page.body = await asyncio.to_thread(_rendered, page.render, page.site, now, False)
            page.changed_at = now
        except Exception:
            log.exception("not even an old part of the status page can be rendered")
            page.body = None


def _old(page: Page, now: datetime) -> bool:
    """Whether a page was read too long ago to be trusted."""
    return page.read_at is not None and now - page.read_at > TRUSTED


def _rendered(render: Render, site: Site, now: datetime, confirmed: bool) -> Body:
    return Body.of(render(site, now, confirmed))


def _changed_at(page: Page, site: Site | None, body: Body | None, now: datetime) -> datetime | None:
    """When the last change happened that a page shows; when we noticed it, if only its bytes tell of one.

    Never earlier than before for other bytes: who has the old ones since then must not be told that nothing changed.
    """
    if site is None or body is None:
        return None
    last = min(last_change(site), now)
    if page.body is None or page.changed_at is None:
        return last
    if page.body.digest == body.digest:
        return page.changed_at
    return last if last > page.changed_at else now


def _good_until(site: Site | None, now: datetime) -> datetime:
    """When a page must be rendered again though nothing was heard."""
    due = next_moment_of([site], now)
    return min(now + MAX_AGE, due) if due else now + MAX_AGE


def next_moment_of(sites: Iterable[Site | None], now: datetime) -> datetime | None:
    """When pages read as others next, though nothing was heard: a promise falls due, or work is to begin or end."""
    known = [site for site in sites if site]
    promises = [thread.promise for site in known for thread in site.open_threads]
    changes = [next_change(site.works, now) for site in known]
    return min((due for due in (*promises, *changes) if due is not None and due > now), default=None)


def changes_pages(kind: str) -> bool:
    """Whether an event of a kind can change a page."""
    return kind.startswith(KINDS) or kind in EXACTLY
