"""The state of the status page for machines: `/status.json`. docs/guides/status-page.md describes it for clients."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from core import ids
from statuspage.bars import share_up
from statuspage.language import language_of
from statuspage.read import Part, Said, Site, Thread, affected, around
from statuspage.said import Learned
from statuspage.state import UNKNOWN, banner, title_of
from statuspage.words import Calendar, line, tidy

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""When an empty feed of a page without components was last changed. Atom demands a moment; any that stays will do."""


def status_json(site: Site, now: datetime, confirmed: bool, base_url: str) -> bytes:
    """The state, the components, and the incidents that are open or were spoken of in the past 14 days."""
    calendar = Calendar(site.time_zone, now, site.language)
    told = banner(site, calendar, confirmed=confirmed)
    state = {
        "name": line(site.name),
        "url": f"{base_url}/",
        "state": told.state,
        "description": told.sentence,
        "updatedAt": _moment(last_change(site)),
        "components": [_component(part, calendar) for part in site.shown],
        "incidents": [_incident(thread, around(thread, site), base_url) for thread in site.threads],
    }
    return orjson.dumps(state)


def unknown_json(language: str = "en") -> bytes:
    """The same while nothing is known at all: the database is away, and no page was ever rendered here."""
    return orjson.dumps(
        {"state": "UNKNOWN", "description": language_of(language).say(UNKNOWN), "components": [], "incidents": []}
    )


def _component(part: Part, calendar: Calendar) -> dict[str, Any]:
    return {
        "id": ids.encode("Component", part.id),
        "name": line(part.name),
        "group": line(part.group) if part.group else None,
        "status": part.status,
        "uptime90Days": share_up(part, calendar),
    }


@lru_cache(maxsize=256)
def _incident(thread: Thread, site: Site, base_url: str) -> orjson.Fragment:
    told = {
        "reference": thread.reference,
        "url": f"{base_url}/incidents/{thread.reference}",
        "title": title_of(thread, site),
        "status": thread.last.status,
        "startedAt": _moment(thread.began_at),
        "resolvedAt": _moment(thread.ended_at),
        "nextUpdateBy": _moment(thread.promise),
        "components": [ids.encode("Component", part.id) for part in affected(thread, site)],
        "updates": [_update(said) for said in reversed(thread.standing)],
        "postmortem": _postmortem(thread.postmortem),
    }
    return orjson.Fragment(orjson.dumps(told))


def _postmortem(told: Learned | None) -> dict[str, Any] | None:
    """What was learned, as webhooks have it; None while nothing is published."""
    if told is None:
        return None
    moments = {"publishedAt": _moment(told.published_at), "editedAt": _moment(told.edited_at)}
    return {"body": tidy(told.body), **moments}


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
    moments += [work.changed_at for work in (*site.works, *site.past_works)]
    moments += [part.created_at for part in site.shown]
    moments += [part.spans[-1].started_at for part in site.shown if part.spans]
    return max(moments, default=ORIGIN)
