"""What monitoring says: sources, alerts, the groups they come in, and the rules that route them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.changes import Kept
from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.silence import Silence
from models.words import ActorKind, AlertState, CreateIncident, EndIncident


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
    """Of a generic one: the expressions that read its bodies; of one for mail: the patterns that read subjects."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


class Alert(Kept, Base):
    """One alert: the same fingerprint firing anew (another start) is another alert. Repeats only count up."""

    not_kept = frozenset(
        {"id", "source_id", "fingerprint", "group_key", "title", "count", "starts_at", "first_seen_at", "last_seen_at"}
        | {"labels", "annotations", "url", "service_id", "silence_id", "maintenance_id", "snoozed_until", "rule_id"}
        | {"bundle", "paging_run_id"}
    )

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("source_id", "fingerprint", "starts_at"),
        Index("ix_alert_incident_id", "incident_id", postgresql_where=text("incident_id is not null")),
        Index("ix_alert_state_id", "state", "id"),
        Index("ix_alert_first_seen_at", "first_seen_at"),
        Index("ix_alert_silence_id", "silence_id", postgresql_where=text("silence_id is not null")),
        Index("ix_alert_maintenance_id", "maintenance_id", postgresql_where=text("maintenance_id is not null")),
        Index("ix_alert_snoozed_until", "snoozed_until", postgresql_where=text("snoozed_until is not null")),
        Index("ix_alert_paging_run_id", "paging_run_id", "id", postgresql_where=text("paging_run_id is not null")),
        Index("ix_alert_bundle", "bundle", "id", postgresql_where=text("bundle is not null")),
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
    maintenance_id: Mapped[int | None] = points_to("maintenance.id")
    """The planned work that holds it back now."""
    snoozed_until: Mapped[datetime | None]
    """Until when somebody snoozed it; null again once it was let go."""
    flapping_since: Mapped[datetime | None]
    """Since when it flaps (models.flapping), and fires on whatever its monitor says; null: it does not."""
    noise_reason: Mapped[str | None]
    """Why somebody called it noise; null: nobody did."""
    noise_at: Mapped[datetime | None]
    rule_id: Mapped[int | None]
    """The routing rule that it took; that may be gone."""
    bundle: Mapped[str | None]
    """What its rule groups it by (actions.alerts.bundles); null: it stays with the group that its monitor made."""
    paging_run_id: Mapped[int | None]
    """What pages for it without an incident; no foreign key, as the run points back."""


class AlertGroup(Base):
    """A group as the source delivers it, and the incident that it became: a firing group is one incident."""

    __tablename__ = "alert_group"
    __table_args__ = (UniqueConstraint("source_id", "group_key"),)

    id: Mapped[Key]
    source_id: Mapped[int] = points_to("alert_source.id")
    group_key: Mapped[str]
    incident_id: Mapped[int | None] = points_to("incident.id", index=True)
    snoozed_until: Mapped[datetime | None]
    """Until when its new alerts are held back, too."""
    updated_at: Mapped[datetime]


class RoutingRule(Base):
    """First match wins, by position. Every matcher must hold, and the condition: `{"job": "=~api|web"}`.

    How its alerts come together, what they become, and when that ends by itself, is in words in docs/guides/routing.md.
    """

    __tablename__ = "routing_rule"

    id: Mapped[Key]
    position: Mapped[int]
    name: Mapped[str]
    matchers: Mapped[dict[str, Any]]
    condition: Mapped[str | None]
    """In CEL (models.condition)."""
    service_id: Mapped[int | None] = points_to("service.id")
    severity_id: Mapped[int | None] = points_to("severity.id")
    group_by: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    """Labels: alerts that have the same texts there come together, whatever group and monitor they come from."""
    group_minutes: Mapped[int] = mapped_column(default=60, server_default=text("60"))
    """How long after the last one such an alert still joins it."""
    create_incident: Mapped[CreateIncident]
    threshold: Mapped[int | None]
    """How many alerts, or monitors, AFTER_ALERTS and AFTER_SOURCES wait for."""
    threshold_minutes: Mapped[int | None]
    """Within how long."""
    join_open: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether they rather join an open incident of their service."""
    page_policy_id: Mapped[int | None] = points_to("escalation_policy.id")
    """Who is paged, or asked, for alerts that belong to no incident."""
    ask_minutes: Mapped[int | None]
    """How long ASK waits for an answer."""
    join_upstream: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether that may be one of a service that it depends on."""
    drop_reason: Mapped[str | None]
    """Why its alerts are noise: they are kept as SUPPRESSED."""
    flap_changes: Mapped[int] = mapped_column(default=5, server_default=text("5"))
    """An alert flaps that changes more often than this; 0: none does."""
    flap_minutes: Mapped[int] = mapped_column(default=60, server_default=text("60"))
    """Within how long."""
    end_incident: Mapped[EndIncident] = mapped_column(default=EndIncident.NEVER, server_default=text("'NEVER'"))
    created_at: Mapped[datetime]


class RoutingVersion(Base):
    """All routing rules as they were from one save to the next. Written whole each time, never changed."""

    __tablename__ = "routing_version"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(unique=True)
    rules: Mapped[list[Any]]
    """Each rule's columns, in the order in which they are tried."""
    change: Mapped[str]
    """What was done, as a sentence without who did it."""
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime]
