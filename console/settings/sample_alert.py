"""A line for a terminal that sends a first alert to a source."""

import shlex
from datetime import datetime
from typing import Any

import orjson

KIND = "Content-Type: application/json"


def sample_alert(url: str, moment: datetime, *, name: str = "MusterSample") -> str:
    """A curl line that posts one alert of severity info, begun at `moment`, as Alertmanager would.

    https://prometheus.io/docs/alerting/latest/configuration/#webhook_config (version 4)
    """
    labels = {"alertname": name, "severity": "info"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": "A sample, sent by hand: it found its way"},
        "startsAt": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    }
    body: dict[str, Any] = {"version": "4", "groupKey": f"muster-{name}", "groupLabels": labels, "alerts": [alert]}
    return f"curl -X POST {shlex.quote(url)} -H {shlex.quote(KIND)} -d {shlex.quote(orjson.dumps(body).decode())}"
