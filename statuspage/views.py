"""The registry of everything that stands on the public page: an address, how it is read, how it is rendered.

The process that answers requests (statuspage.app) and the bundle for CDNs and nginx (statuspage.builder) both follow
it: a new view joins by one line, in `views` if it stands at one address, in FAMILIES if there is one for each row.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from sqlalchemy import select, true

from actions.subscribers.links import SUBSCRIBE_PATH
from core.db import Reader
from core.ids import BIGINT_MAX
from models.incident import REFERENCE_PREFIX, Incident
from models.maintenance import MAINTENANCE_PREFIX, Maintenance
from statuspage import answer, badge, calendar, feeds, planned, render, subscribing, syndication
from statuspage.answer import ANY_ORIGIN
from statuspage.archive import NEWEST_FIRST, first_public
from statuspage.atlassian import documents
from statuspage.cache import Read
from statuspage.frame import on_page, work_on_page
from statuspage.planned import MOST_IN_CALENDAR, in_calendar, not_cancelled, read_works, unfinished
from statuspage.read import MAX_THREADS, Site, public, read_site, unfinished_or_since
from statuspage.render import Render
from statuspage.threads import MONTHS, PAST_DAYS
from statuspage.works import read_past_works

MISSING = "/404"
"""The address whose page stands for all that are not there."""

MAX_HISTORY = 250
"""Incidents on the page of the past twelve months; months have pages of their own, without end."""
FEED_DAYS = 31


@dataclass(frozen=True, slots=True)
class View:
    """What stands at an address: how it is read, how it is rendered, and what it is.

    Not `exported`: it is of use only where somebody answers what is sent from it.
    """

    read: Read
    render: Render
    media_type: str = answer.HTML
    extra: dict[str, str] | None = None
    exported: bool = True


@dataclass(frozen=True, slots=True)
class Family:
    """Views of one kind, one for each row: `prefix` + reference.

    `keys` lists the rows that the public may know of, `read` reads some of them (absent ones are not public), each as
    the site that its page shows. `of_incidents`: its rows are incidents, so that an event of one tells which page it
    changed.
    """

    prefix: str
    reference: str
    keys: Callable[[Reader], Awaitable[list[int]]]
    read: Callable[[Reader, Iterable[int]], Awaitable[dict[int, Site]]]
    render: Render
    of_incidents: bool = False

    def address(self, key: int) -> str:
        """The address of a row's page."""
        return f"{self.prefix}{self.reference}{key}"

    def key(self, path: str) -> int | None:
        """The row that an address names; None for an address that can't be one of this family."""
        found = re.fullmatch(rf"{re.escape(self.prefix + self.reference)}([1-9][0-9]{{0,18}})", path)
        key = int(found[1]) if found else 0
        return key if 0 < key <= BIGINT_MAX else None

    def view(self, key: int) -> View:
        """The view of one row."""
        return View(partial(self._read_one, key), self.render)

    async def _read_one(self, key: int, reader: Reader) -> Site | None:
        return (await self.read(reader, [key])).get(key)


async def read_recent(reader: Reader) -> Site:
    """Open incidents and those of the past 14 days."""
    since = reader.clock.now() - timedelta(days=PAST_DAYS)
    site = await read_site(reader, unfinished_or_since(since), spans=True)
    works, past = await read_works(reader, unfinished()), await read_past_works(reader, since)
    return replace(site, works=works, past_works=past)


async def read_past(reader: Reader) -> Site:
    """The incidents of the past twelve months, without the words of their updates."""
    since = reader.clock.now() - timedelta(days=31 * MONTHS)
    site = await read_site(reader, Incident.public_since >= since, limit=MAX_HISTORY, bodies=False)
    return replace(site, past_works=await read_past_works(reader, since), first_at=await first_public(reader))


async def read_latest(reader: Reader) -> Site:
    """The newest incidents, whenever they were."""
    return await read_site(reader, true(), limit=documents.MOST, spans=True, order=NEWEST_FIRST)


async def read_feed(reader: Reader) -> Site:
    """The matter of the feed: what was said in the past weeks, and of all that is open."""
    since = reader.clock.now() - timedelta(days=FEED_DAYS)
    site = await read_site(reader, unfinished_or_since(since, learned=True))
    return replace(site, works=await read_works(reader, planned.unfinished_or_since(since), soonest_first=False))


async def read_planned(reader: Reader) -> Site:
    """The newest planned work, whatever became of it but cancelled."""
    site = await read_site(reader, spans=True)
    return replace(site, works=await read_works(reader, not_cancelled(), soonest_first=False))


async def read_calendar(reader: Reader) -> Site:
    """Planned work that calendars may hold."""
    works = await read_works(reader, in_calendar(reader.clock.now()), limit=MOST_IN_CALENDAR, soonest_first=False)
    return replace(await read_site(reader), works=works)


async def read_frame(reader: Reader) -> Site:
    """No incident: what the frame of every page needs."""
    return await read_site(reader)


async def public_incidents(reader: Reader) -> list[int]:
    """The incidents that the public may know of, the newest first."""
    rows = await reader.execute(select(Incident.id).where(public(), await on_page(reader)).order_by(Incident.id.desc()))
    return [row.id for row in rows]


async def read_incidents(reader: Reader, keys: Iterable[int]) -> dict[int, Site]:
    """Incidents by key, each as the only one of its site; those that the public may not know of are left out."""
    found: dict[int, Site] = {}
    for some in _lots(sorted(keys)):
        site = await read_site(reader, Incident.id.in_(some), earlier=True)
        found |= {thread.id: replace(site, threads=(thread,)) for thread in site.threads}
    return found


def _lots(keys: list[int]) -> Iterator[list[int]]:
    """As many at a time as one reading takes."""
    return (keys[start : start + MAX_THREADS] for start in range(0, len(keys), MAX_THREADS))


def views(base_url: str) -> dict[str, View]:
    """Every view that stands at one address. Links of feeds begin with `base_url`."""

    def machine(read: Read, rendered: Callable[..., bytes], media_type: str = answer.JSON) -> View:
        return View(read, partial(rendered, base_url=base_url), media_type, ANY_ORIGIN)

    return {
        "/": View(read_recent, render.home),
        "/history": View(read_past, render.history),
        "/status.json": machine(read_recent, feeds.status_json),
        "/history.atom": machine(read_feed, syndication.atom, answer.ATOM),
        "/history.rss": machine(read_feed, syndication.rss, answer.RSS),
        "/feed.json": machine(read_feed, syndication.json_feed, answer.FEED_JSON),
        "/badge.svg": View(
            read_recent, badge.badge, answer.SVG, ANY_ORIGIN | {"Content-Security-Policy": badge.POLICY}
        ),
        "/fragment.html": machine(read_recent, badge.fragment, answer.HTML),
        SUBSCRIBE_PATH: View(read_frame, subscribing.form_page, extra=subscribing.FORM_HEADERS, exported=False),
        "/embed": View(read_frame, partial(render.embed, base_url=base_url)),
        "/api/v2/summary.json": machine(read_recent, documents.summary),
        "/api/v2/status.json": machine(read_recent, documents.status),
        "/api/v2/components.json": machine(read_recent, documents.components),
        "/api/v2/incidents.json": machine(read_latest, documents.incidents),
        "/api/v2/incidents/unresolved.json": machine(read_recent, documents.unresolved),
        "/api/v2/scheduled-maintenances.json": machine(read_planned, documents.maintenances),
        "/api/v2/scheduled-maintenances/upcoming.json": machine(read_recent, documents.upcoming),
        "/api/v2/scheduled-maintenances/active.json": machine(read_recent, documents.active),
        "/maintenance.ics": machine(read_calendar, calendar.calendar, answer.CALENDAR),
    }


async def public_works(reader: Reader) -> list[int]:
    """All planned work, the newest first."""
    rows = await reader.execute(
        select(Maintenance.id).where(await work_on_page(reader)).order_by(Maintenance.id.desc())
    )
    return [row.id for row in rows]


async def read_maintenance(reader: Reader, keys: Iterable[int]) -> dict[int, Site]:
    """Planned work by key, each as the only one of its site."""
    found: dict[int, Site] = {}
    site = await read_site(reader)
    for some in _lots(sorted(keys)):
        works = await read_works(reader, Maintenance.id.in_(some), limit=MAX_THREADS)
        found |= {work.id: replace(site, works=(work,)) for work in works}
    return found


FAMILIES = (
    Family("/incidents/", REFERENCE_PREFIX, public_incidents, read_incidents, render.incident, of_incidents=True),
    Family("/maintenance/", MAINTENANCE_PREFIX, public_works, read_maintenance, render.maintenance),
)
"""Every kind of view of which there are many."""


def family_view(path: str) -> View | None:
    """The view of an address within a family; None for an address that can't be one."""
    for family in FAMILIES:
        key = family.key(path)
        if key is not None:
            return family.view(key)
    return None
