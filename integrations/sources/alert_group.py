"""The group of alerts that Alertmanager sends and Grafana, too, with links of its own; made into what the intake takes.

Fields that are not read here are passed over, so that a newer sender is not turned away for what it adds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from actions import check
from actions.alerts.group import MAX_ALERTS, NormalisedAlert, NormalisedGroup
from actions.alerts.loose import (
    EPOCH,
    FAR,
    MAX_FINGERPRINT,
    MAX_GROUP_KEY,
    bounded,
    cut,
    first_text,
    hashed,
    link,
    no_nul,
)
from integrations.refusal import Reason, Refusal
from integrations.sources.body import how_to_send

Moment = Annotated[AwareDatetime, Field(ge=EPOCH, lt=FAR)]
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends bodies of this shape, and how it can be told to put fewer alerts into one."""

    name: str
    fewer: str


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class WebhookAlert(_Read):
    """One alert of a delivery. `status` is its own: the group's stays firing while single alerts are resolved."""

    status: Literal["firing", "resolved"]
    labels: Texts
    annotations: Texts | None = None
    starts_at: Moment = Field(alias="startsAt")
    ends_at: AwareDatetime | None = Field(None, alias="endsAt")
    generator_url: str | None = Field(None, alias="generatorURL")
    panel_url: str | None = Field(None, alias="panelURL")
    dashboard_url: str | None = Field(None, alias="dashboardURL")
    silence_url: str | None = Field(None, alias="silenceURL")
    fingerprint: str | None = None

    @property
    def links(self) -> Texts:
        """The addresses that Grafana adds to Alertmanager's own, by its names for them."""
        if self.dashboard_url is self.panel_url is self.silence_url is None:
            return {}
        named = {"dashboardURL": self.dashboard_url, "panelURL": self.panel_url, "silenceURL": self.silence_url}
        return {name: address for name, address in named.items() if address}


class GroupBody(_Read):
    """A delivery: one group of alerts, in the shape that Alertmanager and Grafana share."""

    group_key: str = Field(alias="groupKey", min_length=1)
    group_labels: Texts | None = Field(None, alias="groupLabels")
    common_labels: Texts | None = Field(None, alias="commonLabels")
    common_annotations: Texts | None = Field(None, alias="commonAnnotations")
    alerts: list[WebhookAlert] = Field(min_length=1, max_length=MAX_ALERTS)


def group_of(webhook: GroupBody, now: datetime, body: bytes) -> NormalisedGroup:
    """A delivery as the intake takes it; `now` is when those ended that don't say a likely end.

    `body`: the JSON that it was read from. Nearly all are such that no text in them can hold what PostgreSQL does not
    keep (`no_nul`): then nobody looks for that in every label.
    """
    clean = _as_it_is if body.isascii() and b"\\u" not in body else _clean
    alerts = tuple(_alert(alert, now, clean) for alert in webhook.alerts)
    common = clean(webhook.common_labels)
    group_labels = clean(webhook.group_labels)
    return NormalisedGroup(
        key=bounded(no_nul(webhook.group_key), MAX_GROUP_KEY),
        name=first_text(group_labels.get("alertname"), common.get("alertname"), alerts[0].title),
        alerts=alerts,
        labels=common,
        annotations=clean(webhook.common_annotations),
    )


def _alert(alert: WebhookAlert, now: datetime, clean: Callable[[Texts | None], Texts]) -> NormalisedAlert:
    labels, links = clean(alert.labels), alert.links
    annotations = clean({**links, **(alert.annotations or {})} if links else alert.annotations)
    fingerprint = bounded(no_nul(alert.fingerprint or ""), MAX_FINGERPRINT) or hashed(labels)
    title = first_text(
        annotations.get("summary"), annotations.get("title"), labels.get("alertname"), f"Alert {fingerprint}"
    )
    return NormalisedAlert(
        fingerprint=fingerprint,
        title=cut(title, check.TITLE),
        firing=alert.status == "firing",
        starts_at=alert.starts_at.astimezone(UTC),
        ends_at=None if alert.status == "firing" else _end(alert, now),
        labels=labels,
        annotations=annotations,
        url=link(alert.generator_url) or link(alert.panel_url) or link(alert.dashboard_url),
    )


def _end(alert: WebhookAlert, now: datetime) -> datetime:
    """When a resolved alert ended: as it says, unless that is before its start or still to come."""
    ended = alert.ends_at
    if ended is None or not alert.starts_at <= ended <= now:
        return now
    return ended.astimezone(UTC)


def _as_it_is(texts: Texts | None) -> Texts:
    return texts or {}


def _clean(texts: Texts | None) -> Texts:
    return {no_nul(key): no_nul(value) for key, value in (texts or {}).items()}


def refusal_of(error: ValidationError, sender: Sender, body: bytes) -> Refusal:
    """What the sender is told: no JSON, the number of alerts, else the first fault."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    by_place = {fault["loc"]: fault for fault in reversed(faults)}
    first = faults[0]
    if first["type"] == "json_invalid":
        return Refusal(Reason.MALFORMED, f"The body is not JSON: {first['msg']}.", hint=how_to_send(body))
    count = by_place.get(("alerts",))
    if count is not None and count["type"] == "too_short":
        return Refusal(Reason.NO_ALERTS, "The delivery has no alerts.", field="alerts", hint="Send at least one.")
    if count is not None and count["type"] == "too_long":
        return Refusal(
            Reason.TOO_MANY_ALERTS,
            f"A delivery has at most {MAX_ALERTS:,} alerts.",
            field="alerts",
            hint=sender.fewer,
        )
    return Refusal(Reason.INVALID, f"{first['msg']}.", field=_place(first["loc"]), hint=f"See {sender.name}'s webhook.")


def _place(location: Iterable[int | str]) -> str | None:
    """Where in the body: `alerts.0.startsAt`."""
    return ".".join(str(part)[:80] for part in location) or None
