"""What pagers post: whether it is theirs, and what it says of a page. Nothing here knows the database."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from actions.outward.hearing import Heard
from integrations.hook_body import parsed
from models.words import PageChange

SIGNATURE = "x-pagerduty-signature"
MOST_SIGNATURES = 20
"""That are looked at: PagerDuty sends one for each secret of a subscription."""
NOTE = 500
"""Characters of a note or a name that are read."""

PAGERDUTY = {
    "incident.acknowledged": PageChange.ACKNOWLEDGED,
    "incident.unacknowledged": PageChange.UNACKNOWLEDGED,
    "incident.resolved": PageChange.RESOLVED,
    "incident.reopened": PageChange.REOPENED,
    "incident.reassigned": PageChange.REASSIGNED,
    "incident.delegated": PageChange.REASSIGNED,
    "incident.escalated": PageChange.ESCALATED,
    "incident.annotated": PageChange.ANNOTATED,
    "incident.responder.added": PageChange.RESPONDER_ADDED,
    "incident.responder.replied": PageChange.RESPONDER_REPLIED,
    "incident.triggered": None,
}
"""What we take from PagerDuty's webhooks v3; of a new incident, only where it is."""

OPSGENIE = {
    "Acknowledge": PageChange.ACKNOWLEDGED,
    "UnAcknowledge": PageChange.UNACKNOWLEDGED,
    "Close": PageChange.RESOLVED,
    "AssignOwnership": PageChange.REASSIGNED,
    "TakeOwnership": PageChange.REASSIGNED,
    "Escalate": PageChange.ESCALATED,
    "EscalateNext": PageChange.ESCALATED,
    "AddNote": PageChange.ANNOTATED,
    "AddResponder": PageChange.RESPONDER_ADDED,
    "Create": None,
}
"""What we take from Opsgenie's webhooks."""
APP = "https://app.opsgenie.com/alert/detail/{}/details"


def signed_by_pagerduty(headers: Mapping[str, str], body: bytes, secrets: str) -> bool:
    """Whether a body has the signature of one of the secrets, which stand separated by commas (`v1=`, HMAC-SHA256).

    https://developer.pagerduty.com/docs/verifying-signatures: of several signatures one that fits is enough, so that
    secrets can be changed.
    """
    keys = [each.strip().encode() for each in secrets.split(",") if each.strip()]
    fitting = [f"v1={hmac.new(key, body, hashlib.sha256).hexdigest()}".encode() for key in keys]
    given = headers.get(SIGNATURE, "").encode("utf-8", "replace").split(b",")[:MOST_SIGNATURES]
    # All are compared, so that the time it takes does not tell which came near.
    return sum(hmac.compare_digest(one.strip(), other) for one in given for other in fitting) > 0


def sent_by_opsgenie(headers: Mapping[str, str], query: Mapping[str, str], token: str) -> bool:
    """Whether a request has our token, as a bearer or in its address: Opsgenie signs nothing."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    shown = given.strip() if scheme.casefold() == "bearer" else query.get("token", "")
    return hmac.compare_digest(shown.encode("utf-8", "replace"), token.encode())


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Thing(_Read):
    """A reference to something of PagerDuty's."""

    id: str | None = None
    type: str = ""
    summary: str | None = None
    html_url: str | None = None


class _Data(_Thing):
    incident_key: str | None = None
    incident: _Thing | None = None
    content: str | None = None
    message: str | None = None
    assignees: list[_Thing] | None = None
    user: _Thing | None = None
    escalation_policy: _Thing | None = None
    state: str | None = None


class _Event(_Read):
    id: str
    event_type: str
    occurred_at: AwareDatetime
    agent: _Thing | None = None
    data: _Data


class _Webhook(_Read):
    event: _Event


def from_pagerduty(body: bytes) -> Heard | None:
    """The news in a webhook v3; None if it is none that we take, such as its ping. Refusal for what is no webhook."""
    event = parsed(_Webhook, body, sender="pager").event
    if event.event_type not in PAGERDUTY:
        return None
    change, data, agent = PAGERDUTY[event.event_type], event.data, event.agent
    incident: _Thing = data.incident or data
    if not incident.id:
        return None
    by_person = agent is not None and agent.type.startswith("user")
    heard = Heard(
        delivery=event.id[:NOTE],
        change=change,
        occurred_at=event.occurred_at,
        mark=data.incident_key,
        external_id=incident.id[:NOTE],
        url=_link(incident.html_url),
        by_person=by_person,
        agent_id=agent.id if agent is not None and by_person else None,
        agent=_short(agent.summary) if agent is not None else None,
        email=None,
        note=_short(_said(change, data)),
    )
    return _storable(heard)


def _said(change: PageChange | None, data: _Data) -> str | None:
    """What of an event is worth a line, besides who did what."""
    if change is PageChange.ANNOTATED:
        return data.content
    if change in (PageChange.REASSIGNED, PageChange.ESCALATED):
        names = ", ".join(each.summary or "" for each in data.assignees or [])
        return f"to {names}" if names else None
    if change in (PageChange.RESPONDER_ADDED, PageChange.RESPONDER_REPLIED):
        whom = data.user or data.escalation_policy
        name = whom.summary if whom is not None else None
        return f"{name}: {data.state}" if name and change is PageChange.RESPONDER_REPLIED else name
    return None


class _Alert(_Read):
    alertId: str  # noqa: N815 (Opsgenie's names)
    alias: str | None = None
    username: str | None = None
    updatedAt: int | None = None  # noqa: N815
    note: str | None = None
    owner: str | None = None


class _Source(_Read):
    type: str | None = None


class _Notice(_Read):
    action: str
    alert: _Alert
    source: _Source | None = None


def from_opsgenie(body: bytes, now: datetime) -> Heard | None:
    """The news in a webhook; None if it is none that we take. Refusal for what is no webhook.

    It has no id of its own: what was done to which alert when is one. `username` is the address of whoever did it.
    """
    notice = parsed(_Notice, body, sender="pager")
    if notice.action not in OPSGENIE:
        return None
    change, alert = OPSGENIE[notice.action], notice.alert
    software = notice.source is not None and (notice.source.type or "").casefold() == "api"
    who = alert.username or ""
    by_person = "@" in who and not software
    heard = Heard(
        delivery=f"{alert.alertId}/{notice.action}/{alert.updatedAt}"[:NOTE],
        change=change,
        occurred_at=_moment(alert.updatedAt, now),
        mark=alert.alias,
        external_id=alert.alertId[:NOTE],
        url=APP.format(alert.alertId) if alert.alertId.replace("-", "").isalnum() else None,
        by_person=by_person,
        agent_id=None,
        agent=_short(who),
        email=who if by_person else None,
        note=_short(alert.note if change is PageChange.ANNOTATED else None),
    )
    return _storable(heard)


def _moment(stamp: int | None, now: datetime) -> datetime:
    """A moment that Opsgenie gives in milli- or nanoseconds since 1970, in different places of the same message."""
    if stamp is None or stamp <= 0:
        return now
    seconds = stamp / 1e9 if stamp > 1e15 else stamp / 1e3  # noqa: PLR2004 (in ms that would be the year 33658)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return now


def _storable(heard: Heard) -> Heard:
    """The same without NUL, which PostgreSQL does not keep."""
    texts: dict[str, Any] = {
        name: value.replace("\x00", "") for name, value in asdict(heard).items() if isinstance(value, str)
    }
    return replace(heard, **{**texts, "change": heard.change})


def _short(text: str | None) -> str | None:
    return text[:NOTE] if text else None


def _link(url: str | None) -> str | None:
    """Where the page is, if that is a web address: it will be a link."""
    return url[:2000] if url and url.startswith("https://") else None
