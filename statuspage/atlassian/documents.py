"""The documents under /api/v2, key by key those of Atlassian Statuspage: its clients read this page unchanged.

https://metastatuspage.com/api tells what each is for. What is private, a drill, or only said internally is in none.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from models.words import PublicStatus
from statuspage.atlassian.components import listed, page_key, places
from statuspage.atlassian.incidents import incident
from statuspage.atlassian.maintenance import work
from statuspage.atlassian.values import moment, overall, zone_name
from statuspage.feeds import last_change
from statuspage.planned import Work
from statuspage.read import Site, Thread, around
from statuspage.words import line

MOST = 50
"""Incidents in one document, as with them."""


def summary(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """How things stand, in one document: components, and what is not over."""
    return _document(
        site,
        base_url,
        components=listed(site),
        incidents=_incidents(site.open_threads, site, base_url),
        scheduled_maintenances=_works(site.works, site, base_url),
        status=_status(site),
    )


def status(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """How things stand in one word and one sentence."""
    return _document(site, base_url, status=_status(site))


def components(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """The components and their groups."""
    return _document(site, base_url, components=listed(site))


def incidents(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """The newest 50 incidents."""
    return _document(site, base_url, incidents=_incidents(site.threads, site, base_url))


def unresolved(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """The incidents that are not over."""
    return _document(site, base_url, incidents=_incidents(site.open_threads, site, base_url))


def maintenances(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """The newest 50 works that were not cancelled."""
    return _document(site, base_url, scheduled_maintenances=_works(site.works, site, base_url))


def upcoming(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """Work that has not begun."""
    works = [it for it in site.works if it.pending and not it.running]
    return _document(site, base_url, scheduled_maintenances=_works(works, site, base_url))


def active(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """Work that is under way."""
    works = [it for it in site.works if it.running]
    return _document(site, base_url, scheduled_maintenances=_works(works, site, base_url))


def _document(site: Site, base_url: str, **content: Any) -> bytes:
    page = {
        "id": page_key(site),
        "name": line(site.name),
        "url": base_url,
        "time_zone": zone_name(site.time_zone),
        "updated_at": moment(last_change(site), site.time_zone),
    }
    return orjson.dumps({"page": page, **content})


def _incidents(threads: Iterable[Thread], site: Site, base_url: str) -> list[orjson.Fragment]:
    newest = sorted(threads, key=lambda thread: (thread.began_at, thread.id), reverse=True)
    at, found = places(site), []
    for thread in newest[:MOST]:
        small = around(thread, site)
        found.append(_written(thread, small, tuple([at[part.id] for part in small.components]), base_url))
    return found


@lru_cache(maxsize=1024)
def _written(thread: Thread, site: Site, places_: tuple[int, ...], base_url: str) -> orjson.Fragment:
    """An incident as JSON, by all that it depends on."""
    return orjson.Fragment(orjson.dumps(incident(thread, site, base_url, places_)))


def _works(works: Iterable[Work], site: Site, base_url: str) -> list[dict[str, Any]]:
    return [work(it, site, base_url) for it in works]


def _status(site: Site) -> dict[str, str]:
    troubled = any(thread.last.status is not PublicStatus.MONITORING for thread in site.open_threads)
    indicator, description = overall([part.status for part in site.shown], troubled=troubled)
    return {"indicator": indicator, "description": description}
