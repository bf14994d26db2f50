"""The status page for machines: `/status.json` and `/history.atom`. docs/status-page.md describes both for clients."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from markupsafe import Markup

from core import ids
from statuspage.bars import share_up
from statuspage.markdown import html_of
from statuspage.read import Part, Said, Site, Thread
from statuspage.render import environment
from statuspage.state import SAID_WORDS, UNKNOWN, affected, banner, title_of
from statuspage.words import Calendar, line, tidy

MAX_ENTRIES = 50

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""When an empty feed of a page without components was last changed. Atom demands a moment; any that stays will do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An update as an entry of the feed."""

    id: str
    title: str
    published: datetime
    updated: datetime
    link: str
    html: Markup


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """The head of the feed and its entries, the newest first."""

    id: str
    title: str
    author: str
    updated: datetime
    entries: tuple[Entry, ...]


def tag(base_url: str, specific: str) -> str:
    """A tag URI (RFC 4151): an id that stays the same whatever else of the page changes."""
    return f"tag:{urlsplit(base_url).hostname or 'localhost'},2026:{specific}"


def status_json(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:
    """The state, the components, and the incidents that are open or were spoken of in the past 14 days."""
    calendar = Calendar(site.time_zone, now)
    told = banner(site, calendar, confirmed=confirmed)
    state = {
        "name": line(site.name),
        "url": f"{base_url}/",
        "state": told.state,
        "description": told.sentence,
        "updatedAt": _moment(last_change(site)),
        "components": [_component(part, calendar) for part in site.shown],
        "incidents": [_incident(thread, site, base_url) for thread in site.threads],
    }
    return orjson.dumps(state)


def unknown_json() -> bytes:
    """The same while nothing is known at all: the database is away, and no page was ever rendered here."""
    return orjson.dumps({"state": "UNKNOWN", "description": UNKNOWN, "components": [], "incidents": []})


def _component(part: Part, calendar: Calendar) -> dict[str, Any]:
    return {
        "id": ids.encode("Component", part.id),
        "name": line(part.name),
        "group": line(part.group) if part.group else None,
        "status": part.status,
        "uptime90Days": share_up(part, calendar),
    }


def _incident(thread: Thread, site: Site, base_url: str) -> dict[str, Any]:
    return {
        "reference": thread.reference,
        "url": f"{base_url}/incidents/{thread.reference}",
        "title": title_of(thread, site),
        "status": thread.last.status,
        "startedAt": _moment(thread.began_at),
        "resolvedAt": _moment(thread.ended_at),
        "nextUpdateBy": _moment(thread.promise),
        "components": [ids.encode("Component", part.id) for part in affected(thread, site)],
        "updates": [_update(said) for said in reversed(thread.standing)],
    }


def _update(said: Said) -> dict[str, Any]:
    return {
        "number": said.number,
        "status": said.status,
        "body": tidy(said.body),
        "publishedAt": _moment(said.published_at),
        "editedAt": _moment(said.edited_at),
        "components": [{"id": ids.encode("Component", key), "status": status} for key, status in said.changes],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if moment else None


def last_change(site: Site) -> datetime:
    """When anything that is shown was last changed: an update or, where it was read, a component's past."""
    moments = [thread.changed_at for thread in site.threads]
    moments += [part.created_at for part in site.shown]
    moments += [part.spans[-1].started_at for part in site.shown if part.spans]
    return max(moments, default=ORIGIN)


def atom(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:  # noqa: ARG001 (Render)
    """The newest 50 public updates that stand, as Atom (RFC 4287)."""
    said = [(update, thread) for thread in site.threads for update in thread.standing]
    said.sort(key=lambda pair: pair[0].published_at, reverse=True)
    feed = AtomFeed(
        id=tag(base_url, "history"),
        title=f"{line(site.name)} status",
        author=line(site.name),
        updated=last_change(site),
        entries=tuple(_entry(update, thread, site, base_url) for update, thread in said[:MAX_ENTRIES]),
    )
    return environment.get_template("history.atom").render(feed=feed, base=base_url).encode()


def _entry(said: Said, thread: Thread, site: Site, base_url: str) -> Entry:
    return Entry(
        id=tag(base_url, f"{thread.reference}/{said.number}"),
        title=f"{title_of(thread, site)}: {SAID_WORDS[said.status]}",
        published=said.published_at,
        updated=said.edited_at or said.published_at,
        link=f"{base_url}/incidents/{thread.reference}#{thread.reference}-{said.number}",
        html=html_of(said.body),
    )
