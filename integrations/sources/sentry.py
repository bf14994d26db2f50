"""Sentry: the webhooks of an integration: issue alerts, metric alerts, and what becomes of issues.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/ and its pages on
issues, issue alerts and metric alerts. An issue alert never says that it is over: the issue does, when
it is resolved or archived.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.alerts.group import NormalisedAlert, together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded
from actions.alerts.taking import Reading
from integrations.refusal import Reason, Refusal
from integrations.sources.body import named, object_of, part
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import hmac_in

HINT = "Point a Sentry integration at this address, with issue alerts, metric alerts and issues."
RESOURCES = {"metric_alert": "metric_alert", "event": "event_alert", "issue": "issue"}
"""By what an event's data has, what the header Sentry-Hook-Resource says."""
STATES = re.compile(r"^(critical|warning|resolved): ", re.IGNORECASE)
ISSUE = {"created": True, "unresolved": True, "resolved": False, "archived": False, "ignored": False}
"""Whether an issue fires, by what was done with it."""
METRIC = {"critical": True, "warning": True, "open": True, "resolved": False}


def parse(post: Post, now: datetime) -> Reading:
    """The alert of a delivery. Refusal for one that names no issue and no alert."""
    body = object_of(post.body, HINT)
    data, action = part(body, "data"), body.get("action")
    if not data or not isinstance(action, str):
        missing = "data" if not data else "action"
        raise Refusal(Reason.INVALID, f"There is no {missing} in the body.", field=missing, hint=HINT)
    found = next((name for key, name in RESOURCES.items() if isinstance(data.get(key), Mapping)), "")
    resource = post.headers.get("sentry-hook-resource", "") or found
    delivery = post.headers.get("request-id") or None
    if resource not in RESOURCES.values():
        return Reading(note=f"{resource[:40] or 'This'} says nothing of an alert.", delivery=delivery)
    if resource == "issue" and action not in ISSUE:
        return Reading(note=f"issue {action[:40]} says nothing of an alert.", delivery=delivery)
    readers = {"metric_alert": _metric, "event_alert": _event, "issue": _issue}
    alert = readers[resource](data, action, Loose(now))
    group = together(bounded(alert.fingerprint, MAX_GROUP_KEY), [alert])
    return Reading((group,), delivery=delivery)


def _metric(data: Mapping[str, Any], action: str, loose: Loose) -> NormalisedAlert:
    told = part(data, "metric_alert")
    rule = part(told, "alert_rule")
    key = named(told.get("id") or told.get("identifier"), "data.metric_alert.id", HINT)
    title = STATES.sub("", loose.text(data.get("description_title"), "description_title"))
    projects = told.get("projects")
    named_there = [each for each in projects if isinstance(each, str)] if isinstance(projects, list) else []
    if action not in METRIC:
        loose.note(f"action is {action[:40]!r}, taken for an alert that fires")
    labels = {
        "rule": loose.text(rule.get("name"), "alert_rule.name"),
        "environment": loose.text(rule.get("environment"), "alert_rule.environment"),
        "project": loose.text(",".join(named_there), "projects"),
        "severity": loose.text(action, "action") if METRIC.get(action, True) else "",
    }
    return loose.alert(
        fingerprint=f"metric:{loose.text(told.get('organization_id'), 'organization_id')}:{key}",
        title=title or labels["rule"],
        firing=METRIC.get(action, True),
        starts_at=loose.moment(told.get("date_started") or told.get("date_created"), "date_started"),
        ends_at=loose.moment(told["date_closed"], "date_closed") if told.get("date_closed") else loose.now,
        labels=labels,
        annotations={"description": loose.text(data.get("description_text"), "description_text")},
        url=loose.text(data.get("web_url"), "web_url"),
        continues=True,
    )


def _event(data: Mapping[str, Any], action: str, loose: Loose) -> NormalisedAlert:
    event = part(data, "event")
    key = named(event.get("issue_id"), "data.event.issue_id", HINT)
    if action != "triggered":
        loose.note(f"action is {action[:40]!r}, taken for an alert that fires")
    tags = event.get("tags")
    told = [tag for tag in tags if isinstance(tag, list) and len(tag) == 2] if isinstance(tags, list) else []  # noqa: PLR2004 (pairs)
    labels = {
        **loose.texts({str(name): value for name, value in told}, "tags"),
        "severity": loose.text(event.get("level"), "level"),
        "platform": loose.text(event.get("platform"), "platform"),
        "rule": loose.text(data.get("triggered_rule"), "triggered_rule"),
    }
    return loose.alert(
        fingerprint=f"issue:{key}",
        title=loose.text(event.get("title"), "title", f"Sentry issue {key}"),
        firing=True,
        starts_at=loose.moment(event.get("datetime") or event.get("timestamp"), "datetime"),
        labels=labels,
        annotations={"culprit": loose.text(event.get("culprit"), "culprit")},
        url=loose.text(event.get("web_url"), "web_url"),
        continues=True,
    )


def _issue(data: Mapping[str, Any], action: str, loose: Loose) -> NormalisedAlert:
    issue = part(data, "issue")
    key = named(issue.get("id"), "data.issue.id", HINT)
    began = issue.get("firstSeen") if action == "created" else loose.now.isoformat()
    labels = {
        "severity": loose.text(issue.get("level"), "level"),
        "platform": loose.text(issue.get("platform"), "platform"),
        "project": loose.text(part(issue, "project").get("slug"), "project"),
        "issue": loose.text(issue.get("shortId"), "shortId"),
    }
    return loose.alert(
        fingerprint=f"issue:{key}",
        title=loose.text(issue.get("title"), "title", f"Sentry issue {key}"),
        firing=ISSUE[action],
        starts_at=loose.moment(began, "firstSeen"),
        labels=labels,
        annotations={"culprit": loose.text(issue.get("culprit"), "culprit")},
        url=loose.text(issue.get("web_url") or issue.get("permalink"), "permalink"),
        continues=True,
    )


SENTRY = SourceKind(
    name="sentry",
    parse=parse,
    verify=hmac_in("sentry-hook-signature", "Enter the client secret of Sentry's integration as the source's."),
    smaller="Raise MUSTER_MAX_BODY_BYTES: an issue alert brings a whole event with its stack.",
)
