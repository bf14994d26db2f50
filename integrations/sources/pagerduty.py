"""PagerDuty: its webhooks v3, for those who keep it as their monitor: each incident there is an alert here.

Source: https://developer.pagerduty.com/docs/webhooks-overview and /docs/verifying-webhook-signatures. For PagerDuty as
our pager there is another door (integrations.pager_hooks, ADR 0035).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.alerts.group import NormalisedGroup, together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded
from actions.alerts.taking import Reading
from integrations.refusal import Reason, Refusal
from integrations.sources.body import named, object_of, part
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import hmac_in

HINT = "Point a webhook subscription (version 3) at this address."
OVER = frozenset({"resolved"})
FIRING = frozenset({"triggered", "acknowledged"})
PART_OF_ONE = "incident_"
"""How the types of notes, responders, tasks and the like of an incident begin."""


def parse(post: Post, now: datetime) -> Reading:
    """The incident that an event is about, as an alert. Refusal for what is no event, or names no incident."""
    event = part(object_of(post.body, HINT), "event")
    if not event:
        raise Refusal(Reason.INVALID, "There is no event in the body.", field="event", hint=HINT)
    kind = event.get("event_type")
    if not isinstance(kind, str) or not kind.strip():
        raise Refusal(Reason.INVALID, "event_type names no event.", field="event.event_type", hint=HINT)
    delivery = event.get("id") if isinstance(event.get("id"), str) else None
    data = part(event, "data")
    about = data.get("type")
    if not kind.startswith("incident.") or (isinstance(about, str) and about.startswith(PART_OF_ONE)):
        return Reading(note=f"{kind[:80]} says nothing of an alert.", delivery=delivery)
    return Reading((_group(event, kind, data, now),), delivery=delivery)


def _group(event: Mapping[str, Any], kind: str, data: Mapping[str, Any], now: datetime) -> NormalisedGroup:
    loose = Loose(now)
    key = named(data.get("id"), "event.data.id", HINT)
    if data.get("type", "incident") != "incident":
        loose.note(f"data.type is {str(data['type'])[:40]!r}, taken for an incident")
    began = loose.moment(data.get("created_at") or event.get("occurred_at"), "event.data.created_at")
    if data.get("reopened_at"):
        began = max(began, loose.moment(data["reopened_at"], "event.data.reopened_at"))
    firing = _fires(data, kind, loose)
    labels = {
        "severity": loose.text(data.get("urgency"), "urgency"),
        **{name: loose.text(part(data, name).get("summary"), name) for name in ("service", "priority")},
        "escalation_policy": loose.text(part(data, "escalation_policy").get("summary"), "escalation_policy"),
        "incident_number": loose.text(data.get("number"), "number"),
        "incident_key": loose.text(data.get("incident_key"), "incident_key"),
    }
    alert = loose.alert(
        fingerprint=key,
        title=loose.text(data.get("title"), "title", f"PagerDuty incident {key}"),
        firing=firing,
        starts_at=began,
        ends_at=None if firing else loose.moment(event.get("occurred_at"), "event.occurred_at"),
        labels=labels,
        url=loose.text(data.get("html_url"), "html_url"),
        continues=True,
    )
    return together(bounded(f"incident:{key}", MAX_GROUP_KEY), [alert])


def _fires(data: Mapping[str, Any], kind: str, loose: Loose) -> bool:
    status = loose.text(data.get("status"), "status").casefold()
    if status in OVER | FIRING:
        return status in FIRING
    loose.note(f"status is {status[:40]!r}, taken from {kind[:80]}")
    return kind != "incident.resolved"


PAGERDUTY = SourceKind(
    name="pagerduty",
    parse=parse,
    verify=hmac_in(
        "x-pagerduty-signature", "Enter the secret of the webhook subscription as the source's.", prefix="v1="
    ),
    smaller="Raise MUSTER_MAX_BODY_BYTES: PagerDuty's own events have 55 KB at most.",
)
