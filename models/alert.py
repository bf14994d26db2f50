"""What monitoring says: sources, alerts, the groups they come in, and the rules that route them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.changes import Kept
from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.silence import Silence
from models.words import AlertState, CreateIncident


class AlertSourceFacts(ArchivedFacts):
    """What follows from an alert source's row."""

    __slots__ = ()
    sealed_secret: Mapped[bytes | None]

    @property
    def signed(self) -> bool:
        """Whether what it posts must prove that its sender knows a secret."""
        return self.sealed_secret is not None


class AlertSource(AlertSourceFacts, Base):
    """A monitor that posts to its own hook. Only the SHA-256 of the hook's key is kept; its secrets are sealed."""

    __tablename__ = "alert_source"

    id: Mapped[Key]
    kind: Mapped[str]
    name: Mapped[str]
    key_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What its sender signs with, or shows; null: the key in the address is all it needs."""
    sealed_old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The secret before, which is good until `old_secret_until`."""
    old_secret_until: Mapped[datetime | None]
    mapping: Mapped[dict[str, Any] | None]
    """Of a generic one: the expressions that read its bodies."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


class Alert(Kept, Base):
    """One alert: the same fingerprint firing anew (another start) is another alert. Repeats only count up."""

    not_kept = frozenset(
        {"id", "source_id", "fingerprint", "group_key", "title", "count", "starts_at", "first_seen_at", "last_seen_at"}
        | {"labels", "annotations", "url", "service_id", "silence_id"}
    )

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("source_id", "fingerprint", "starts_at"),
        Index("ix_alert_incident_id", "incident_id", postgresql_where=text("incident_id is not null")),
        Index("ix_alert_state_id", "state", "id"),
        Index("ix_alert_first_seen_at", "first_seen_at"),
        Index("ix_alert_silence_id", "silence_id", postgresql_where=text("silence_id is not null")),
    )

    id: Mapped[Key]
    source_id: Mapped[int] = points_to("alert_source.id")
    fingerprint: Mapped[str]
    group_key: Mapped[str]
    title: Mapped[str]
    state: Mapped[AlertState]
    count: Mapped[int]
    starts_at: Mapped[datetime]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    labels: Mapped[dict[str, Any]]
    annotations: Mapped[dict[str, Any]]
    url: Mapped[str | None]
    service_id: Mapped[int | None] = points_to("service.id")
    incident_id: Mapped[int | None] = points_to("incident.id")
    suppressed_because: Mapped[str | None]
    silence_id: Mapped[int | None] = points_to(f"{Silence.__tablename__}.id")
    """The silence that holds it back now; null again once it was let go."""


class AlertGroup(Base):
    """A group as the source delivers it, and the incident that it became: a firing group is one incident."""

    __tablename__ = "alert_group"
    __table_args__ = (UniqueConstraint("source_id", "group_key"),)

    id: Mapped[Key]
    source_id: Mapped[int] = points_to("alert_source.id")
    group_key: Mapped[str]
    incident_id: Mapped[int | None] = points_to("incident.id", index=True)
    updated_at: Mapped[datetime]


class RoutingRule(Base):
    """First match wins, by position. Every matcher must hold: `{"severity": "critical"}`, `{"job": "=~api|web"}`."""

    __tablename__ = "routing_rule"

    id: Mapped[Key]
    position: Mapped[int]
    name: Mapped[str]
    matchers: Mapped[dict[str, Any]]
    service_id: Mapped[int | None] = points_to("service.id")
    severity_id: Mapped[int | None] = points_to("severity.id")
    create_incident: Mapped[CreateIncident]
    created_at: Mapped[datetime]
