"""Incidents as Atlassian Statuspage tells them: everything about one in one object, its newest update first."""

from collections.abc import Iterable
from typing import Any

from models.words import ComponentStatus, PublicStatus
from statuspage.atlassian.components import component, component_id, full_name, page_key
from statuspage.atlassian.values import COMPONENT, IMPACT, INCIDENT, moment
from statuspage.opaque import opaque
from statuspage.read import Said, Site, Thread, affected
from statuspage.state import title_of
from statuspage.words import tidy

State = dict[int, ComponentStatus]


def incident(thread: Thread, site: Site, base_url: str, places: Iterable[int]) -> dict[str, Any]:
    """One incident under its public title, with the updates that stand. `places`: of the components that it names."""
    watched = [said.published_at for said in thread.standing if said.status is PublicStatus.MONITORING]
    claims = [status for said in thread.standing for _, status in said.changes]
    worst = max(claims, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)
    return {
        "id": opaque("Incident", thread.id),
        "name": title_of(thread, site),
        "status": INCIDENT[thread.last.status],
        "created_at": moment(thread.began_at, site.time_zone),
        "updated_at": moment(thread.changed_at, site.time_zone),
        "monitoring_at": moment(watched[-1] if watched else None, site.time_zone),
        "resolved_at": moment(thread.ended_at, site.time_zone),
        "impact": IMPACT[worst],
        "shortlink": f"{base_url}/incidents/{thread.reference}",
        "started_at": moment(thread.began_at, site.time_zone),
        "page_id": page_key(site),
        "incident_updates": _updates(thread, site),
        "components": [
            component(part, site, place) for part, place in zip(affected(thread, site), places, strict=True)
        ],
        "reminder_intervals": None,
        **_postmortem(thread, site),
    }


def _postmortem(thread: Thread, site: Site) -> dict[str, Any]:
    """What was learned, under the keys of Statuspage; its answers have none of them where there is no postmortem."""
    told = thread.postmortem
    if told is None:
        return {}
    return {
        "postmortem_body": tidy(told.body),
        "postmortem_body_last_updated_at": moment(told.changed_at, site.time_zone),
        "postmortem_published_at": moment(told.published_at, site.time_zone),
    }


def _updates(thread: Thread, site: Site) -> list[dict[str, Any]]:
    """The updates, newest first; each tells of every component that the incident has touched so far."""
    before: State = {}
    found = []
    for said in thread.standing:
        after = {**before, **dict(said.changes)}
        if said.status is PublicStatus.RESOLVED:  # it ends all that the incident claims
            after = dict.fromkeys(after, ComponentStatus.OPERATIONAL)
        found.append(_update(said, thread, site, before, after))
        before = after
    return found[::-1]


def _update(said: Said, thread: Thread, site: Site, before: State, after: State) -> dict[str, Any]:
    published = moment(said.published_at, site.time_zone)
    return {
        "id": opaque("Update", f"{thread.reference}/{said.number}"),
        "status": INCIDENT[said.status],
        "body": tidy(said.body),
        "incident_id": opaque("Incident", thread.id),
        "created_at": moment(said.written_at, site.time_zone),
        "updated_at": moment(said.changed_at, site.time_zone),
        "display_at": published,
        "affected_components": [
            {
                "code": component_id(part),
                "name": full_name(part),
                "old_status": COMPONENT[before.get(part.id, ComponentStatus.OPERATIONAL)],
                "new_status": COMPONENT[after[part.id]],
            }
            for part in site.components
            if part.id in after
        ],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }
