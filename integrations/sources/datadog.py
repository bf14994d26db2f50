"""Datadog: its webhooks, with the payload that the guide gives (docs/guides/alert-sources.md).

Source: https://docs.datadoghq.com/integrations/webhooks/ (variables, custom headers). A monitor of several groups (by
host, say) sends each of them by itself: the scope is part of the alert's name.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.alerts.group import together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, pairs
from actions.alerts.taking import Reading
from integrations.sources.body import named, object_of
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Use the payload for Datadog of Muster's guide to alert sources."
FIRING = frozenset({"triggered", "re-triggered", "warn", "re-warn", "no data", "re-no data", "renotify"})
OVER = frozenset({"recovered"})
VARIABLE = re.compile(r"\$[A-Z_]+")
"""A variable that Datadog left as it is: there was no value, or the webhook was posted by hand."""
MARKS = re.compile(r"^(\[[^\]]*\]\s*)+")
"""`[P2] [Triggered on {host:a}] `: what changes from news to news of an alert stands before its title."""


def parse(post: Post, now: datetime) -> Reading:
    """The news of one monitor. Refusal for a body that names none."""
    body = _filled(object_of(post.body, HINT))
    loose = Loose(now)
    monitor = named(body.get("monitor_id"), "monitor_id", HINT)
    scope = loose.text(body.get("scopes"), "scopes")
    title = loose.text(body.get("title"), "title")
    tags = loose.text(body.get("tags"), "tags")
    labels = {
        **pairs(tags.split(",")),
        **pairs(scope.split(",")),
        "monitor_id": monitor,
        "severity": loose.text(body.get("severity"), "severity"),
        "alert_type": loose.text(body.get("alert_type"), "alert_type"),
    }
    alert = loose.alert(
        fingerprint=f"{monitor}:{scope}",
        title=MARKS.sub("", title) or title or f"Monitor {monitor}",
        firing=_fires(body, loose),
        starts_at=loose.moment(body.get("date"), "date"),
        labels=labels,
        annotations={
            "description": loose.text(body.get("body"), "body").strip("%\n "),
            "query": loose.text(body.get("alert_query"), "alert_query"),
        },
        url=loose.text(body.get("url"), "url"),
        continues=True,
    )
    group = together(bounded(f"monitor:{monitor}", MAX_GROUP_KEY), [alert])
    event = body.get("id")
    delivery = f"{event}:{body.get('alert_transition')}" if isinstance(event, str | int) else None
    return Reading((group,), delivery=delivery)


def _filled(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without variables that were left as they are, apart from the monitor's: a trial names itself."""
    return {
        key: value
        for key, value in body.items()
        if key == "monitor_id" or not (isinstance(value, str) and VARIABLE.fullmatch(value))
    }


def _fires(body: Mapping[str, Any], loose: Loose) -> bool:
    told = loose.text(body.get("alert_transition"), "alert_transition")
    if told.casefold() in FIRING | OVER:
        return told.casefold() in FIRING
    loose.note(f"alert_transition is {told[:40]!r}, taken for an alert that fires unless its type is success")
    return loose.text(body.get("alert_type"), "alert_type").casefold() != "success"


DATADOG = SourceKind(
    name="datadog",
    parse=parse,
    verify=secret_shown('Add {"X-Muster-Secret": "…"} as custom headers of Datadog\'s webhook.'),
    smaller="Leave $EVENT_MSG out of the payload, or raise MUSTER_MAX_BODY_BYTES.",
)
