"""A group of alerts as any monitor's doorway hands it to the intake: clean, bounded, nothing vendor-specific."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

MAX_ALERTS = 1000
"""Alerts of one delivery."""


@dataclass(frozen=True, slots=True)
class NormalisedAlert:
    """One alert. The same fingerprint and start is the same alert, however often it is delivered.

    Texts hold no NUL; the fingerprint has at most 200 characters, the title 200, the url 2,000. `ends_at` is None while
    it fires. `sightings` is how often it was seen firing in this delivery.
    """

    fingerprint: str
    title: str
    firing: bool
    starts_at: datetime
    ends_at: datetime | None = None
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    url: str | None = None
    sightings: int = 1
    continues: bool = False
    """Whether its monitor does not say again when it began; `starts_at` is that of this news (alerts.continuing)."""
    service_id: int | None = None
    """The service that it is about where its monitor is known to watch one; what its rule says goes first."""

    @property
    def identity(self) -> tuple[str, datetime]:
        """What tells it from other alerts of its source."""
        return self.fingerprint, self.starts_at


@dataclass(frozen=True, slots=True)
class NormalisedGroup:
    """Alerts that a monitor delivers together.

    `key` (at most 500 characters) is the monitor's own name of the group; `name` is what it is about, for the title of
    an incident. `labels` and `annotations` are those that all alerts share.
    """

    key: str
    name: str
    alerts: tuple[NormalisedAlert, ...]
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery. `incident` is the open incident of its group; None also while that is private."""

    received: int
    created: int
    repeated: int
    incident: str | None


def fold(alerts: Iterable[NormalisedAlert]) -> list[NormalisedAlert]:
    """Each alert once, in the order of identity (which is the order of their locks). Resolved beats firing."""
    folded: dict[tuple[str, datetime], NormalisedAlert] = {}
    for alert in alerts:
        sightings = int(alert.firing)
        earlier = folded.get(alert.identity)
        if earlier is not None:
            sightings += earlier.sightings
        kept = earlier if earlier is not None and alert.firing and not earlier.firing else alert
        folded[alert.identity] = kept if kept.sightings == sightings else replace(kept, sightings=sightings)
    return [folded[identity] for identity in sorted(folded)]


def together(key: str, alerts: Sequence[NormalisedAlert]) -> NormalisedGroup:
    """Alerts as a monitor would deliver them together: what they share, and the name that they have in common."""
    labels, annotations = _shared([a.labels for a in alerts]), _shared([a.annotations for a in alerts])
    name = labels.get("alertname") or alerts[0].title
    return NormalisedGroup(key, name, tuple(alerts), labels, annotations)


def _shared(texts: Sequence[dict[str, str]]) -> dict[str, str]:
    return {name: text for name, text in texts[0].items() if all(other.get(name) == text for other in texts)}
