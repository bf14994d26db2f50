"""The incident: what everything else is about."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Column, Computed, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.changes import Kept
from models.base import Base, Key, points_to
from models.lifecycle import OPEN_STAGES
from models.words import ActorKind, Audience, IncidentKind, PublicStatus, Stage, Visibility

REFERENCE_PREFIX = "INC-"

incident_number = Sequence("incident_number", metadata=Base.metadata)
"""Numbers of incidents. The action that takes one skips some at random: a missing number proves nothing."""

OPEN_SQL = "stage in ('DETECTION', 'TRIAGE', 'RESPONSE', 'MITIGATION')"
SEVERITY_SQL = "COALESCE(severity_version_id, 0::bigint)"
"""The version of the severity, 0 without one: so that one index holds them all."""
UNFINISHED_SQL = "public_since is not null and public_status <> 'RESOLVED'"
"""Customers were told that something is wrong, and not yet that it is over."""


class IncidentFacts:
    """What follows from an incident's columns alone."""

    __slots__ = ()
    reads: ClassVar = {"reference": ("id",), "number": ("id",), "private": ("visibility",), "is_open": ("stage",)}
    """The columns that facts follow from, for those who read no others."""

    @property
    def reference(self) -> str:
        """How people call it: `INC-123`."""
        row: Any = self
        return f"{REFERENCE_PREFIX}{row.id}"

    @property
    def number(self) -> int:
        """The number in its reference; also its key."""
        row: Any = self
        return int(row.id)

    @property
    def is_open(self) -> bool:
        """DETECTION to MITIGATION."""
        row: Any = self
        return row.stage in OPEN_STAGES

    @property
    def private(self) -> bool:
        """Whether only members may see it."""
        row: Any = self
        return bool(row.visibility == Visibility.PRIVATE)

    @property
    def kept_from_customers(self) -> bool:
        """Whether customers must know nothing of it, whatever happens: it is private, or a drill."""
        row: Any = self
        return self.private or row.kind is IncidentKind.DRILL

    @property
    def public_thread_open(self) -> bool:
        """Whether customers have been told that something is wrong and not yet that it is over."""
        row: Any = self
        return row.public_since is not None and row.public_status != PublicStatus.RESOLVED

    @property
    def final_update_owed(self) -> bool:
        """Over for us, not for the customers: a final public update is owed (DESIGN §3)."""
        return self.public_thread_open and not self.is_open

    def next_update_due_at(self, audience: Audience) -> datetime | None:
        """When the next update for an audience is due; None if none is owed."""
        row: Any = self
        due = row.public_update_due_at if audience is Audience.PUBLIC else row.internal_update_due_at
        return due if isinstance(due, datetime) else None


COURSE = (
    *("id", "kind", "stage", "visibility", "merged_into_id", "severity_version_id", "impact_started_at"),
    *("acknowledged_at", "declared_at", "mitigated_at", "resolved_at"),
)
"""What metrics read of incidents (actions.metrics.tables): with it in the index, they leave the wide rows alone."""


class Incident(IncidentFacts, Kept, Base):
    """An incident. Its key is its number. Only the journal writes `last_event_number`, which counts its timeline."""

    owner = "id"
    not_kept = frozenset({"last_event_number", "roles_due_at", "internal_remind_at", "public_remind_at", "followed"})

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("detected_at <= acknowledged_at", name="detected_before_acknowledged"),
        CheckConstraint("acknowledged_at <= declared_at", name="acknowledged_before_declared"),
        CheckConstraint("mitigated_at <= resolved_at", name="mitigated_before_resolved"),
        CheckConstraint("resolved_at <= closed_at", name="resolved_before_closed"),
        CheckConstraint("merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("(stage = 'MERGED') = (merged_into_id is not null)", name="merged_has_target"),
        Index("ix_incident_open", "id", postgresql_where=text(OPEN_SQL)),
        Index("ix_incident_open_severity", text(SEVERITY_SQL), "id", postgresql_where=text(OPEN_SQL)),
        Index("ix_incident_severity", text(SEVERITY_SQL), "id"),
        Index("ix_incident_stage_id", "stage", "id"),
        Index("ix_incident_kind_id", "kind", "id", postgresql_where=text("kind <> 'REAL'")),
        Index("ix_incident_private", "id", postgresql_where=text("visibility = 'PRIVATE'")),
        Index("ix_incident_public", "public_since", postgresql_where=text("public_since is not null")),
        Index("ix_incident_unfinished", "public_since", postgresql_where=text(UNFINISHED_SQL)),
        Index("ix_incident_declared_at", "declared_at"),
        Index("ix_incident_course", "detected_at", postgresql_include=COURSE),
        Index("ix_incident_roles_due_at", "roles_due_at", postgresql_where=text("roles_due_at is not null")),
        Index(
            "ix_incident_internal_remind_at",
            "internal_remind_at",
            postgresql_where=text("internal_remind_at is not null"),
        ),
        Index(
            "ix_incident_public_remind_at", "public_remind_at", postgresql_where=text("public_remind_at is not null")
        ),
        Index(
            "ix_incident_labels",
            "labels",
            postgresql_using="gin",
            postgresql_ops={"labels": "jsonb_path_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        Index(
            "ix_incident_search",
            text("to_tsvector('simple'::regconfig, (title || ' '::text) || COALESCE(summary, ''::text))"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},  # a list of what is to be indexed would be read by every search
        ),
        Index(
            "ix_incident_public_words",
            text("to_tsvector('simple'::regconfig, public_title)"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=text("public_title is not null"),
        ),
        Index("ix_incident_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id is not null")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    public_title: Mapped[str | None]
    summary: Mapped[str | None]
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    severity_version_id: Mapped[int | None] = points_to("severity_version.id")
    stage: Mapped[Stage]
    kind: Mapped[IncidentKind]
    visibility: Mapped[Visibility]
    version: Mapped[int] = mapped_column(default=1)
    last_event_number: Mapped[int] = mapped_column(default=0)
    reported_by_kind: Mapped[ActorKind]
    reported_by_id: Mapped[int | None]
    merged_into_id: Mapped[int | None] = points_to("incident.id")
    created_at: Mapped[datetime]

    impact_started_at: Mapped[datetime | None]
    detected_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    declared_at: Mapped[datetime | None]
    mitigated_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    public_status: Mapped[PublicStatus | None]
    """What the last PUBLIC update said."""
    public_since: Mapped[datetime | None]
    """When the first PUBLIC update was published. Null: customers know nothing of this incident."""

    roles_due_at: Mapped[datetime | None]
    """When the roles that the severity requires must be filled. Null: none is missing, or the reminder went out."""
    internal_update_due_at: Mapped[datetime | None]
    public_update_due_at: Mapped[datetime | None]
    """The promise of the next update. Stays when overdue, until an update keeps it or none is owed any more."""
    internal_remind_at: Mapped[datetime | None]
    public_remind_at: Mapped[datetime | None]
    """When the timers look at the promise; set with it, cleared when the reminder is on its way."""

    followed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether something stands for it at vendors that is brought up to date as it changes (models.integration)."""


ALIKE = "to_tsvector('english'::regconfig, (title || ' '::text) || \"left\"(COALESCE(summary, ''::text), 2000))"
"""The words by which incidents are alike: without inflections, so that “timed out” is like “times out”."""

alike = Column("alike", TSVECTOR, Computed(ALIKE, persisted=True))
"""Beside the mapped columns: nobody who reads an incident is handed its words (resolvers.alike)."""

Incident.__table__.append_column(alike)  # type: ignore[attr-defined]


class IncidentService(Kept, Base):
    """Which services an incident touches."""

    __tablename__ = "incident_service"
    __table_args__ = (Index("ix_incident_service_service_id_incident_id", "service_id", "incident_id"),)

    incident_id: Mapped[int] = points_to("incident.id", primary_key=True)
    service_id: Mapped[int] = points_to("service.id", primary_key=True)


class IncidentMember(Kept, Base):
    """Who may see a private incident: people and, for scripts that declared it, service accounts.

    Kept for every incident (declarer, role holders), so that making one private locks nobody out who works on it.
    """

    __tablename__ = "incident_member"
    __table_args__ = (
        UniqueConstraint("incident_id", "user_id"),
        UniqueConstraint("incident_id", "service_account_id"),
        CheckConstraint("num_nonnulls(user_id, service_account_id) = 1", name="one_member"),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    user_id: Mapped[int | None] = points_to("app_user.id", index=True)
    service_account_id: Mapped[int | None] = points_to("service_account.id")
