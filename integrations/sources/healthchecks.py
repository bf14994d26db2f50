"""Healthchecks (healthchecks.io, or one's own): its integration Webhook, with the body that the guide gives.

Source: the integration's own page (placeholders: $CODE, $NAME_JSON, $STATUS, $NOW, $TAGS, $BODY_JSON),
https://github.com/healthchecks/healthchecks/blob/master/templates/integrations/webhook_form.html.
What it sends is repeated twice if it is not answered within 10 s.
"""

from datetime import datetime

from actions.alerts.group import together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, pairs
from actions.alerts.taking import Reading
from integrations.sources.body import named, object_of
from integrations.sources.kind import Post, SourceKind
from integrations.sources.proof import secret_shown

HINT = "Use the body for Healthchecks of Muster's guide to alert sources, for down and for up."
STATUSES = {"down": True, "up": False}


def parse(post: Post, now: datetime) -> Reading:
    """The check that went down or up. Refusal for a body that names none."""
    body = object_of(post.body, HINT)
    loose = Loose(now)
    key = named(body.get("code"), "code", HINT)
    status = loose.text(body.get("status"), "status").casefold()
    if status not in STATUSES:
        loose.note(f"status is {status[:40]!r}, taken for a check that is down")
    name = loose.text(body.get("name"), "name", f"Check {key}")
    alert = loose.alert(
        fingerprint=f"check:{key}",
        title=f"{name} is down",
        firing=STATUSES.get(status, True),
        starts_at=loose.moment(body.get("now"), "now"),
        labels={
            **pairs(loose.text(body.get("tags"), "tags").split()),
            "alertname": name,
            "check": name,
        },
        annotations={"said": loose.text(body.get("said"), "said")},
        continues=True,
    )
    moment = body.get("now")
    delivery = f"{key}:{moment}:{status}" if isinstance(moment, str) and moment else None
    return Reading((together(bounded(alert.fingerprint, MAX_GROUP_KEY), [alert]),), delivery=delivery)


HEALTHCHECKS = SourceKind(
    name="healthchecks",
    parse=parse,
    verify=secret_shown("Add the line X-Muster-Secret: … to the request headers of the integration, down and up."),
    smaller="Leave $BODY_JSON out of the integration's body, or raise MUSTER_MAX_BODY_BYTES.",
)
