"""Zabbix: a media type of the kind webhook, with the script that the guide gives (docs/guides/alert-sources.md).

Source: https://www.zabbix.com/documentation/current/en/manual/config/notifications/media/webhook and, for macros,
/manual/appendix/macros/supported_by_location there. A recovery names the event of its problem ({EVENT.ID}). Times of
events are in the server's own zone: the script sends {EVENT.TIMESTAMP}, which older servers leave as it is.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from actions.alerts.group import together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded
from actions.alerts.taking import Reading
from integrations.sources.body import named, object_of
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Use the media type for Zabbix of Muster's guide to alert sources."
MACRO = re.compile(r"\{[A-Z0-9_.]+\}|\*UNKNOWN\*")
"""A macro that Zabbix left as it is, or has no value for."""
STATES = {"1": True, "0": False, "PROBLEM": True, "OK": False, "RESOLVED": False}


def parse(post: Post, now: datetime) -> Reading:
    """The problem that a message is about. Refusal for a body that names none."""
    whole = object_of(post.body, HINT)
    key = named(whole.get("event_id"), "event_id", HINT)
    body = {name: each for name, each in whole.items() if not (isinstance(each, str) and MACRO.fullmatch(each.strip()))}
    loose = Loose(now)
    told = loose.text(body.get("event_value"), "event_value")
    if told.upper() not in STATES:
        loose.note(f"event_value is {told[:40]!r}, taken for a problem")
    firing = STATES.get(told.upper(), True)
    trigger = loose.text(body.get("trigger_id"), "trigger_id") or key
    moment = body.get("event_timestamp" if firing else "recovery_timestamp")
    alert = loose.alert(
        fingerprint=f"event:{key}",
        title=loose.text(body.get("event_name"), "event_name", f"Zabbix event {key}"),
        firing=firing,
        starts_at=loose.moment(moment, "event_timestamp") if moment not in (None, "") else now,
        labels={
            **_tags(body.get("event_tags"), loose),
            "host": loose.text(body.get("host"), "host"),
            "severity": loose.text(body.get("severity"), "severity"),
            "trigger_id": trigger,
        },
        annotations={
            "description": loose.text(body.get("message"), "message"),
            "opdata": loose.text(body.get("opdata"), "opdata"),
        },
        url=loose.text(body.get("url"), "url"),
        continues=True,
    )
    return Reading((together(bounded(f"trigger:{trigger}", MAX_GROUP_KEY), [alert]),))


def _tags(value: Any, loose: Loose) -> dict[str, str]:
    """{EVENT.TAGSJSON}: a list of objects with a tag and a value, as JSON or as a text of it."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value) if value.strip() else None
        except orjson.JSONDecodeError:
            loose.note("event_tags is no JSON")
            return {}
    if value is None:
        return {}
    if not isinstance(value, list):
        loose.note("event_tags is no list")
        return {}
    named_there = [each for each in value if isinstance(each, Mapping) and isinstance(each.get("tag"), str)]
    return loose.texts({each["tag"]: each.get("value") or "true" for each in named_there}, "event_tags")


ZABBIX = SourceKind(
    name="zabbix",
    parse=parse,
    verify=secret_shown("Enter it as the parameter Secret of Zabbix' media type, which sends it as X-Muster-Secret."),
    smaller="Write a shorter message in Zabbix' media type, or raise MUSTER_MAX_BODY_BYTES.",
)
