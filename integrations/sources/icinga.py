"""Icinga 2, Icinga and Nagios: a notification command, by the script that the guide gives.

Source: https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics/#notifications (types, states, macros) and
https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/macrolist.html ($NOTIFICATIONTYPE$). Only problems
and recoveries say whether something fires; acknowledgements, downtimes and flapping say who knows of it.
"""

from datetime import datetime

from actions.alerts.group import together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded
from actions.alerts.taking import Reading
from integrations.sources.body import named, object_of
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Use the script for Icinga and Nagios of Muster's guide to alert sources."
STATES = {"OK": False, "UP": False, "WARNING": True, "CRITICAL": True, "UNKNOWN": True}
STATES |= {"DOWN": True, "UNREACHABLE": True}
TYPES = frozenset({"PROBLEM", "RECOVERY"})
BETWEEN = frozenset(
    {"ACKNOWLEDGEMENT", "CUSTOM", "FLAPPINGSTART", "FLAPPINGEND", "FLAPPINGSTOP", "FLAPPINGDISABLED"}
    | {"DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMEREMOVED", "DOWNTIMECANCELLED"}
)
"""All other types that there are. What is none of them, such as a macro that was not filled in, must not be silent."""


def parse(post: Post, now: datetime) -> Reading:
    """The host or service that a notification is about. Refusal for a body that names no host."""
    body = object_of(post.body, HINT)
    loose = Loose(now)
    host = named(body.get("host"), "host", HINT)
    service = loose.text(body.get("service"), "service")
    kind = loose.text(body.get("type"), "type").upper()
    state = loose.text(body.get("state"), "state").upper()
    moment = loose.text(body.get("time"), "time")
    delivery = f"{host}!{service}:{kind}:{state}:{moment}" if moment else None
    if kind in BETWEEN:
        return Reading(note=f"{kind} says nothing of whether something fires.", delivery=delivery)
    if kind not in TYPES:
        loose.note(f"type is {kind[:40]!r}, taken from the state")
    if state not in STATES:
        loose.note(f"state is {state[:40]!r}, taken from the type")
    firing = STATES.get(state, kind != "RECOVERY")
    began = body.get("since") if firing else body.get("time")
    alert = loose.alert(
        fingerprint=f"{host}!{service}" if service else host,
        title=f"{service} on {host}" if service else f"Host {host}",
        firing=firing,
        starts_at=loose.moment(began, "since" if firing else "time"),
        labels={
            "host": host,
            "service": service,
            "severity": state.lower(),
            "address": loose.text(body.get("address"), "address"),
        },
        annotations={"description": loose.text(body.get("output"), "output")},
        url=loose.text(body.get("url"), "url"),
        continues=True,
    )
    return Reading((together(bounded(f"host:{host}", MAX_GROUP_KEY), [alert]),), delivery=delivery)


ICINGA = SourceKind(
    name="icinga",
    parse=parse,
    verify=secret_shown("Put it into the script of the guide, which sends it as X-Muster-Secret."),
    smaller="Send less of the output, or raise MUSTER_MAX_BODY_BYTES.",
)
