"""Which page is meant: by the host that a request names. And what each is to hear of, so that others stay as they are.

The list of pages is read when it is first needed, when an event tells that it may have changed, and every 30 s.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from sqlalchemy import select
from starlette.types import Scope

from actions.pages.known import KnownPage, known_pages, scope_of
from core.db import Reader
from core.feed import FeedRow
from core.journal import Journal
from core.outage import outage_of
from core.runtime import Runtime
from models.organisation import Organisation
from statuspage.cache import BUSY, READ_SECONDS, changes_pages
from statuspage.one import StatusPage
from statuspage.touched import touched

SECONDS = 30.0
RETRY_SECONDS = 2.0
MOST_MADE = 20
"""Further pages that are kept rendered; of others, what was rendered is forgotten."""
MOST_HEARD = 500
"""With more events to look into, every page is rendered anew."""

SETTINGS = ("setting.", "status_page.")

log = logging.getLogger(__name__)


Headers = Iterable[tuple[bytes, bytes]]
"""Header fields of a request as ASGI has them: names in lower case."""

NAMES_KEPT = 1000
"""Values of Host that are not read again."""
LONGEST_NAME = 300
"""Bytes of a value of Host: a name has at most 253 characters (RFC 1035 §2.3.4). Longer ones are nobody's."""


def host_of(headers: Headers) -> str:
    """The host that a request names, in lower case and without its port; empty if it names none."""
    for name, value in headers:
        if name == b"host":
            return _host(value) if len(value) <= LONGEST_NAME else ""
    return ""


@lru_cache(NAMES_KEPT)
def _host(value: bytes) -> str:
    """Of a value of Host (RFC 9110 §7.2): an address of IPv6 is in brackets, and has colons."""
    host = value.decode("latin-1").lower()
    name, bracket, _ = host.partition("]")
    return name + bracket if bracket else host.partition(":")[0].rstrip(".")


class Pages:
    """All pages of one process: our own, and further ones by host."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.own = StatusPage(runtime)
        self._known: tuple[KnownPage, ...] = ()
        self._by_host: dict[str, KnownPage] = {}
        self._language = "en"
        self._made: OrderedDict[int, StatusPage] = OrderedDict()
        self._heard: list[FeedRow] = []
        self._stale, self._turn, self._until = True, 0, 0.0
        self._reading = asyncio.Lock()
        self._again: asyncio.Task[None] | None = None
        runtime.live.watch(self.hear)
        runtime.database.watchers.append(self.on_commit)

    def __len__(self) -> int:
        """How many further pages are kept rendered."""
        return len(self._made)

    @property
    def current(self) -> bool:
        """Whether nothing was heard that must be looked into first. What is merely old is read anew beside."""
        if self._stale or self._heard:
            return False
        if time.monotonic() >= self._until and (self._again is None or self._again.done()):
            self._again = asyncio.create_task(self._refresh())
        return True

    def hear(self, rows: Sequence[FeedRow]) -> None:
        """Take note of new events; of none when the database was restored."""
        if not rows or any(row.kind.startswith(SETTINGS) for row in rows):
            self._forget()
        elif self._made:
            self._heard += [row for row in rows if changes_pages(row.kind)]
            if len(self._heard) > MOST_HEARD:
                self._forget()

    def on_commit(self, journal: Journal) -> None:
        """The same of a commit of this process."""
        if any(event.kind.startswith(SETTINGS) for event in journal.events):
            self._forget()

    def _forget(self) -> None:
        """Anything may be different."""
        self._turn += 1
        self._stale, self._heard = True, []
        for page in self._made.values():
            page.stale()

    def quickly(self, headers: Headers) -> StatusPage | None:
        """The page that a request is for, if that is known without waiting and anybody may read it."""
        # The way of nearly every request, so the first condition is that of `current` spelt out.
        if (self._stale or self._heard or time.monotonic() >= self._until) and not self.current:
            return None
        known = self._by_host.get(host_of(headers)) if self._by_host else None
        if known is None:
            return self.own
        page = self._made.get(known.id)
        return page if known.open and page is not None and page.known is known else None

    def is_further(self, headers: Headers) -> bool | None:
        """Whether a request names the host of a further page, one that is archived included; None: ask `further`."""
        if (self._stale or self._heard or time.monotonic() >= self._until) and not self.current:
            return None
        return bool(self._by_host) and host_of(headers) in self._by_host

    async def further(self, headers: Headers) -> bool:
        """The same, after having read the list anew if need be."""
        if not self.current:
            await self._refresh()
        return bool(self._by_host) and host_of(headers) in self._by_host

    async def page(self, scope: Scope) -> StatusPage:
        """The page that a request is for: our own for any host that is no other's."""
        if not self.current:
            await self._refresh()
        known = self._by_host.get(host_of(scope["headers"])) if self._by_host else None
        return self.own if known is None else self._page(known)

    def _page(self, known: KnownPage) -> StatusPage:
        page = self._made.get(known.id)
        if page is None or page.known is not known:
            page = self._made[known.id] = StatusPage(self.runtime, known, known.language or self._language)
        self._made.move_to_end(known.id)
        while len(self._made) > MOST_MADE:
            self._made.popitem(last=False)
        return page

    async def _refresh(self) -> None:
        """Read the list anew if need be, and have those pages rendered anew that what was heard concerns."""
        async with self._reading:
            if not self._stale and not self._heard and time.monotonic() < self._until:
                return
            turn, heard = self._turn, self._heard
            self._heard = []
            try:
                async with asyncio.timeout(READ_SECONDS), self.runtime.database.reading() as reader:
                    known = await known_pages(reader)
                    language = await reader.scalar(select(Organisation.language))
                    changed = await self._changed(reader, heard)
            except Exception as error:
                if not isinstance(error, BUSY) and outage_of(error) is None:
                    raise
                log.warning("the list of status pages can't be read: %s", type(error).__name__)
                self._renew(None)
                self._stale, self._until = False, time.monotonic() + RETRY_SECONDS
                return
            self._take(known, language or "en")
            self._renew(changed)
            self._stale, self._until = turn != self._turn, time.monotonic() + SECONDS

    def _take(self, known: tuple[KnownPage, ...], language: str) -> None:
        """Keep a new list; pages that are the same in it go on as they are."""
        if known == self._known and language == self._language and self._by_host:
            return
        settings = self.runtime.settings
        before = {page.id: page for page in self._known}
        self._known = tuple(before[page.id] if before.get(page.id) == page else page for page in known)
        self._language = language
        hosts = {host: page for page in self._known for host in page.hosts}
        if settings.development:
            hosts |= {f"{page.slug}.localhost": page for page in self._known}
        self._by_host = {host: page for host, page in hosts.items() if host not in settings.own_hosts}

    def _renew(self, components: Collection[int] | None) -> None:
        """Have pages rendered anew that show one of these; None: all."""
        for page in self._made.values():
            if components is None or (page.known and scope_of(self._known, page.known).shown(components)):
                page.stale()

    @staticmethod
    async def _changed(reader: Reader, heard: Sequence[FeedRow]) -> Collection[int] | None:
        return await touched(reader, heard) if heard else frozenset()
