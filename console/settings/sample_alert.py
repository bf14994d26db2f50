"""A line for a terminal that sends a first alert to a source, or has its vendor send some."""

import shlex
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

KIND = "Content-Type: application/json"
SUMMARY = "A sample, sent by hand: it found its way"


def sample_alert(kind: str, url: str, moment: datetime, *, name: str = "MusterSample") -> str:
    """A curl line that posts one alert of severity info, begun at `moment`, as a monitor of this kind would.

    For CloudWatch, whose messages SNS alone can sign, the line that subscribes the address to a topic.
    """
    if kind == "cloudwatch":
        subscribe = "aws sns subscribe --topic-arn ARN_OF_THE_TOPIC --protocol https"
        return f"{subscribe} --notification-endpoint {shlex.quote(url)}"
    body = orjson.dumps(BODIES[kind](name, f"{moment:%Y-%m-%dT%H:%M:%SZ}")).decode()
    return f"curl -X POST {shlex.quote(url)} -H {shlex.quote(KIND)} -d {shlex.quote(body)}"


def _alertmanager(name: str, moment: str) -> dict[str, Any]:
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config (version 4)."""
    labels = {"alertname": name, "severity": "info"}
    annotations = {"summary": SUMMARY}
    alert = {"status": "firing", "labels": labels, "annotations": annotations, "startsAt": moment}
    return {"version": "4", "groupKey": f"muster-{name}", "groupLabels": labels, "alerts": [alert]}


def _datadog(name: str, moment: str) -> dict[str, Any]:
    told = {"alert_transition": "Triggered", "alert_type": "info", "severity": "P5", "tags": "severity:info"}
    return {"id": f"muster-{moment}", "monitor_id": name, "title": SUMMARY, "date": moment, **told}


def _pagerduty(name: str, moment: str) -> dict[str, Any]:
    told = {"status": "triggered", "created_at": moment, "title": SUMMARY, "urgency": "low"}
    event = {"id": f"muster-{moment}", "event_type": "incident.triggered", "occurred_at": moment}
    return {"event": {**event, "data": {"id": name, "type": "incident", **told}}}


def _sentry(name: str, moment: str) -> dict[str, Any]:
    event = {"issue_id": name, "title": SUMMARY, "level": "info", "datetime": moment}
    return {"action": "triggered", "data": {"event": event, "triggered_rule": name}}


def _generic(name: str, moment: str) -> dict[str, Any]:
    return {"title": SUMMARY, "state": "firing", "key": name, "labels": {"severity": "info"}, "startsAt": moment}


BODIES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "alertmanager": _alertmanager,
    "grafana": _alertmanager,
    "datadog": _datadog,
    "pagerduty": _pagerduty,
    "sentry": _sentry,
    "generic": _generic,
}
"""What each posts. A generic source with expressions of its own is tried on its page."""
