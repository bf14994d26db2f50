"""Opsgenie as a monitor: its outgoing webhooks. For Opsgenie as our pager there is another door (ADR 0035).

Source: https://docs.opsgenie.com/v1.0/docs/webhook-integration and /docs/marid-alert-action-data (the body, the names
of actions). What happens to an alert between its creation and its end (a note, an acknowledgement, a custom action)
says nothing of whether it fires: only Create, Close and Delete do.
"""

from datetime import datetime

from actions.alerts.group import together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded
from actions.alerts.mapping import labels_of
from actions.alerts.taking import Reading
from integrations.sources.body import named, object_of, part
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Point an outgoing webhook of Opsgenie at this address."
FIRING = {"create": True, "close": False, "delete": False}
"""Whether an alert fires, by an action's name, whatever its case."""


def parse(post: Post, now: datetime) -> Reading:
    """The alert that an action is about. Refusal for a body that names none."""
    body = object_of(post.body, HINT)
    told = part(body, "alert")
    loose = Loose(now)
    key = named(told.get("alertId"), "alert.alertId", HINT)
    action = loose.text(body.get("action"), "action")
    # Custom actions have names of their own, so any name may be one. What is no name was broken on its way.
    named_there = isinstance(body.get("action"), str) and bool(action)
    if named_there and action.casefold() not in FIRING:
        return Reading(note=f"The action {action[:40]} says nothing of whether an alert fires.")
    if not named_there:
        loose.note("action names nothing that was done, taken for an alert that fires")
    firing = FIRING.get(action.casefold(), True)
    moment = told.get("createdAt") if firing else told.get("updatedAt")
    priority = loose.text(told.get("priority"), "alert.priority")
    request = part(body, "alertFlowContext").get("requestId")
    alert = loose.alert(
        fingerprint=key,
        title=loose.text(told.get("message"), "alert.message", f"Opsgenie alert {key}"),
        firing=firing,
        starts_at=loose.moment(moment, "alert.createdAt" if firing else "alert.updatedAt"),
        labels={
            **labels_of(told.get("details"), loose),
            **labels_of(told.get("tags"), loose),
            "alias": loose.text(told.get("alias"), "alert.alias"),
            "entity": loose.text(told.get("entity"), "alert.entity"),
            "severity": f"P{priority}" if priority.isdigit() else priority,
            "integration": loose.text(body.get("integrationName"), "integrationName"),
        },
        annotations={"description": loose.text(told.get("description"), "alert.description")},
        continues=True,
    )
    group = together(bounded(f"alert:{key}", MAX_GROUP_KEY), [alert])
    return Reading((group,), delivery=f"{request}:{key}:{action}" if isinstance(request, str) and request else None)


OPSGENIE = SourceKind(
    name="opsgenie",
    parse=parse,
    verify=secret_shown("Add the custom header X-Muster-Secret to Opsgenie's webhook."),
    smaller="Leave description and details out of Opsgenie's webhook, or raise MUSTER_MAX_BODY_BYTES.",
)
