"""Uptime Kuma: its notification Webhook, with the preset body `application/json`.

Source: https://github.com/louislam/uptime-kuma, server/notification-providers/webhook.js (heartbeat, monitor and msg as
they are), server/model/monitor.js (statuses; certificates that end soon are told by `msg` alone). Times are in UTC
without saying so.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from actions.alerts.group import NormalisedAlert, together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, hashed
from actions.alerts.taking import Reading
from integrations.refusal import Reason, Refusal
from integrations.sources.body import named, object_of, part
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Add a notification Webhook in Uptime Kuma with this address and the request body Preset - application/json."
STATUSES = {"0": True, "1": False}
"""Down and up, and whether that fires."""
BETWEEN = {"2": "pending", "3": "in maintenance"}
DIGITS = re.compile(r"[0-9]+")
"""What changes from day to day in the word that a certificate ends soon."""


def parse(post: Post, now: datetime) -> Reading:
    """The monitor that a notification is about. Refusal for a body that names none and says nothing."""
    body = object_of(post.body, HINT)
    beat, monitor, loose = part(body, "heartbeat"), part(body, "monitor"), Loose(now)
    said = loose.text(body.get("msg"), "msg")
    if not beat and not monitor:
        return _without_monitor(said, loose)
    key = named(monitor.get("id", beat.get("monitorID")), "monitor.id", HINT)
    status = loose.text(beat.get("status"), "heartbeat.status")
    delivery = f"{key}:{beat['time']}:{status}"[:400] if isinstance(beat.get("time"), str) else None
    if status in BETWEEN:
        return Reading(note=f"The monitor is {BETWEEN[status]}: nothing fires, and nothing is over.", delivery=delivery)
    if status not in STATUSES:
        loose.note(f"heartbeat.status is {status[:40]!r}, taken for one that is down")
    name = loose.text(monitor.get("name"), "monitor.name", f"Monitor {key}")
    alert = loose.alert(
        fingerprint=f"monitor:{key}",
        title=f"{name} is down",
        firing=STATUSES.get(status, True),
        starts_at=loose.moment(beat.get("time"), "heartbeat.time"),
        labels={
            **_tags(monitor.get("tags"), loose),
            "alertname": name,
            "monitor": name,
            "type": loose.text(monitor.get("type"), "monitor.type"),
            "hostname": loose.text(monitor.get("hostname"), "monitor.hostname"),
        },
        annotations={
            "description": loose.text(beat.get("msg"), "heartbeat.msg") or said,
            "target": loose.text(monitor.get("url"), "monitor.url"),
        },
        url=loose.text(monitor.get("url"), "monitor.url"),
        continues=True,
    )
    return _reading(alert, delivery)


def _without_monitor(said: str, loose: Loose) -> Reading:
    """A trial says so. All else, a certificate that ends soon, is an alert that only people can end."""
    if said.endswith("Testing"):
        return Reading(note="Uptime Kuma tries whether it gets through: it does.")
    if not said:
        message = "Nothing here says which alert it is: there is no monitor and no msg."
        raise Refusal(Reason.INVALID, message, field="monitor", hint=HINT)
    loose.note("it names no monitor: only people can end it")
    alert = loose.alert(
        fingerprint=hashed(DIGITS.sub("", said)), title=said, firing=True, starts_at=loose.now, continues=True
    )
    return _reading(alert, None)


def _reading(alert: NormalisedAlert, delivery: str | None) -> Reading:
    return Reading((together(bounded(alert.fingerprint, MAX_GROUP_KEY), [alert]),), delivery=delivery)


def _tags(value: Any, loose: Loose) -> dict[str, str]:
    """Objects with a name and a value; `true` for those without one."""
    named_there = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    told = {str(each["name"]): each.get("value") or "true" for each in named_there if each.get("name")}
    return loose.texts(told, "monitor.tags")


UPTIME_KUMA = SourceKind(
    name="uptime-kuma",
    parse=parse,
    verify=secret_shown('Add {"X-Muster-Secret": "…"} under Additional Headers of the notification.'),
    smaller="Raise MUSTER_MAX_BODY_BYTES: Uptime Kuma sends the whole monitor.",
)
