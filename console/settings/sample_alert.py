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

    For CloudWatch, whose messages SNS alone can sign, the line that subscribes the address to a topic; for a mail
    address, the line that hands a mail to the server of the machine.
    """
    if kind == "cloudwatch":
        subscribe = "aws sns subscribe --topic-arn ARN_OF_THE_TOPIC --protocol https"
        return f"{subscribe} --notification-endpoint {shlex.quote(url)}"
    if kind == "email":
        lines = f"Subject: PROBLEM: {name}\n\n{SUMMARY}\n"
        return f"printf '%b' {shlex.quote(lines.encode('unicode_escape').decode())} | sendmail {shlex.quote(url)}"
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


def _opsgenie(name: str, moment: str) -> dict[str, Any]:
    alert = {"alertId": name, "message": SUMMARY, "createdAt": moment, "priority": "P5"}
    return {"action": "Create", "alert": alert, "integrationName": "Muster"}


def _zabbix(name: str, moment: str) -> dict[str, Any]:
    told = {"event_value": "1", "event_name": SUMMARY, "host": "sample", "severity": "Information"}
    return {"event_id": name, "trigger_id": name, "event_timestamp": moment, **told}


def _uptime_kuma(name: str, moment: str) -> dict[str, Any]:
    beat = {"monitorID": name, "status": 0, "time": moment, "msg": SUMMARY}
    return {"heartbeat": beat, "monitor": {"id": name, "name": name}, "msg": SUMMARY}


def _healthchecks(name: str, moment: str) -> dict[str, Any]:
    return {"code": name, "name": name, "status": "down", "now": moment, "tags": "severity:info", "said": SUMMARY}


def _icinga(name: str, moment: str) -> dict[str, Any]:
    told = {"type": "PROBLEM", "state": "WARNING", "output": SUMMARY}
    return {"host": "sample", "service": name, "since": moment, "time": moment, **told}


def _github(name: str, moment: str) -> dict[str, Any]:
    deployment = {"id": name, "ref": "sample", "environment": "nowhere", "created_at": moment}
    return {"deployment": deployment, "repository": {"full_name": "muster/sample", "name": "sample"}}


def _cloudevents(name: str, moment: str) -> dict[str, Any]:
    data = {"title": SUMMARY, "state": "firing", "labels": {"severity": "info"}}
    event = {"specversion": "1.0", "type": "muster.sample", "source": "/muster", "subject": name}
    return {**event, "id": f"muster-{moment}", "time": moment, "data": data}


BODIES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "alertmanager": _alertmanager,
    "grafana": _alertmanager,
    "datadog": _datadog,
    "pagerduty": _pagerduty,
    "sentry": _sentry,
    "opsgenie": _opsgenie,
    "zabbix": _zabbix,
    "uptime-kuma": _uptime_kuma,
    "healthchecks": _healthchecks,
    "icinga": _icinga,
    "cloudevents": _cloudevents,
    "github": _github,
    "generic": _generic,
}
"""What each posts. A generic source with expressions of its own is tried on its page."""
