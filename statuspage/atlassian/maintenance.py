"""Planned work as Atlassian Statuspage tells it: an incident whose impact is `maintenance`, with a plan.

Work that was cancelled is in none of these documents: theirs has no word for it.
"""

from typing import Any

from models.maintenance import RUNNING
from models.words import ComponentStatus, MaintenanceState
from statuspage.atlassian.components import component, component_id, full_name, page_key, places
from statuspage.atlassian.values import COMPONENT, moment
from statuspage.opaque import opaque
from statuspage.planned import Step, Work
from statuspage.read import Site
from statuspage.words import line, tidy

STATUS: dict[MaintenanceState, str] = {
    state: state.value.lower() for state in MaintenanceState if state is not MaintenanceState.CANCELLED
}
"""`scheduled` `in_progress` `verifying` `completed`."""


def work(it: Work, site: Site, base_url: str) -> dict[str, Any]:
    """One scheduled maintenance."""
    at = places(site)
    taken = [part for part in site.components if part.id in it.components]
    return {
        "id": opaque("Maintenance", it.id),
        "name": line(it.title),
        "status": STATUS[it.state],
        "created_at": moment(it.created_at, site.time_zone),
        "updated_at": moment(it.changed_at, site.time_zone),
        "monitoring_at": None,
        "resolved_at": moment(it.ended_at, site.time_zone),
        "impact": "maintenance",
        "shortlink": f"{base_url}/maintenance/{it.reference}",
        "started_at": moment(it.started_at or it.created_at, site.time_zone),
        "page_id": page_key(site),
        "incident_updates": _updates(it, site),
        "components": [component(part, site, at[part.id]) for part in taken],
        "scheduled_for": moment(it.starts_at, site.time_zone),
        "scheduled_until": moment(it.ends_at, site.time_zone),
        "reminder_intervals": None,
    }


def _updates(it: Work, site: Site) -> list[dict[str, Any]]:
    """What was told, newest first."""
    found, before = [], ComponentStatus.OPERATIONAL
    for step in it.steps:
        after = ComponentStatus.UNDER_MAINTENANCE if step.status in RUNNING else ComponentStatus.OPERATIONAL
        found.append(_update(step, it, site, (before, after)))
        before = after
    return found[::-1]


def _update(step: Step, it: Work, site: Site, change: tuple[ComponentStatus, ComponentStatus]) -> dict[str, Any]:
    published = moment(step.at, site.time_zone)
    return {
        "id": opaque("Update", f"{it.reference}/{step.key}"),
        "status": STATUS[step.status],
        "body": tidy(step.body),
        "incident_id": opaque("Maintenance", it.id),
        "created_at": published,
        "updated_at": moment(step.edited_at, site.time_zone) or published,
        "display_at": published,
        "affected_components": [
            {
                "code": component_id(part),
                "name": full_name(part),
                "old_status": COMPONENT[change[0]],
                "new_status": COMPONENT[change[1]],
            }
            for part in site.components
            if part.id in it.components
        ],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }
