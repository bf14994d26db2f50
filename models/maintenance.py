"""Planned work on components: when it is to be, when it was, what customers are told of it, and how it recurs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import ActorKind, MaintenanceState

MAINTENANCE_PREFIX = "MNT-"

maintenance_number = Sequence("maintenance_number", data_type=Integer, metadata=Base.metadata)
"""Numbers of maintenance. Like those of incidents they have gaps, so that nobody counts what they may not see."""

UNNUMBERED = 2**31
"""From here on the sequence gives no number: so are works called that were not scheduled but only previewed."""

PENDING = frozenset({MaintenanceState.SCHEDULED, MaintenanceState.IN_PROGRESS, MaintenanceState.VERIFYING})
"""It is still to come, or under way."""
RUNNING = frozenset({MaintenanceState.IN_PROGRESS, MaintenanceState.VERIFYING})
"""It is under way: its components are under maintenance."""

PENDING_SQL = "state in ('SCHEDULED', 'IN_PROGRESS', 'VERIFYING')"


def maintenance_reference(number: int) -> str:
    """How people call a maintenance: `MNT-12`; `MNT-…` while it has no number."""
    return f"{MAINTENANCE_PREFIX}{number if number < UNNUMBERED else '…'}"


class MaintenanceFacts:
    """What follows from a maintenance's columns alone."""

    __slots__ = ()

    @property
    def reference(self) -> str:
        """How people call it: `MNT-12`."""
        row: Any = self
        return maintenance_reference(row.id)

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        row: Any = self
        return row.state in RUNNING

    @property
    def pending(self) -> bool:
        """Whether it is still to come, or under way."""
        row: Any = self
        return row.state in PENDING


class Maintenance(MaintenanceFacts, Base):
    """Planned work. Everything about it is public from the moment it is scheduled. Its key is its number.

    `starts_at` and `ends_at` are the plan, `started_at` and `ended_at` what happened. The timers look at
    `begin_due_at`, `end_due_at` and `remind_due_at`, which follow from the plan (actions.maintenance.plan).
    """

    __tablename__ = "maintenance"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("started_at <= ended_at", name="started_before_it_ended"),
        Index("ix_maintenance_starts_at", "starts_at", "id"),
        Index("ix_maintenance_pending", "starts_at", "id", postgresql_where=text(PENDING_SQL)),
        Index(
            "uq_maintenance_series_id_occurrence_at",
            "series_id",
            "occurrence_at",
            unique=True,
            postgresql_where=text("series_id is not null"),
        ),
        *(
            Index(f"ix_maintenance_{name}", name, postgresql_where=text(f"{name} is not null"))
            for name in ("begin_due_at", "end_due_at", "remind_due_at")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    body: Mapped[str]
    """Markdown: what is done, and what customers will notice."""
    state: Mapped[MaintenanceState]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    auto_start: Mapped[bool] = mapped_column(default=True)
    auto_end: Mapped[bool] = mapped_column(default=True)
    remind_minutes: Mapped[int | None]
    """Minutes before the start at which subscribers are reminded; None: they are not."""
    notify: Mapped[bool] = mapped_column(default=True)
    """Whether subscribers are told of its steps."""
    quiet_alerts: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """Whether alerts of the services that its components carry are held back while it runs."""
    alerts_held_at: Mapped[datetime | None]
    """When what fired already was held back; null until then, and again when its components change."""
    begin_due_at: Mapped[datetime | None]
    end_due_at: Mapped[datetime | None]
    remind_due_at: Mapped[datetime | None]
    series_id: Mapped[int | None] = points_to("maintenance_series.id")
    occurrence_at: Mapped[datetime | None]
    """The start that the series' rule gave it, whatever it was moved to since (iCalendar's RECURRENCE-ID)."""
    edited_apart: Mapped[bool] = mapped_column(default=False)
    """Whether it was changed alone: changes of the whole series then leave it as it is."""
    sequence: Mapped[int] = mapped_column(default=0)
    """iCalendar's SEQUENCE (RFC 5545 §3.8.7.4): 0 when it is scheduled, one more with each change of it."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When anything of it, its updates included, was last changed."""


class MaintenanceComponent(Base):
    """Which components a maintenance takes: they are under maintenance while it runs."""

    __tablename__ = "maintenance_component"

    maintenance_id: Mapped[int] = points_to("maintenance.id", primary_key=True)
    component_id: Mapped[int] = points_to("component.id", primary_key=True, index=True)


class MaintenanceUpdate(Base):
    """What customers are told of a maintenance: public words, and where it stood then."""

    __tablename__ = "maintenance_update"
    __table_args__ = (Index("ix_maintenance_update_maintenance_id_id", "maintenance_id", "id"),)

    id: Mapped[Key]
    maintenance_id: Mapped[int] = points_to("maintenance.id")
    status: Mapped[MaintenanceState]
    body: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class MaintenanceUpdateRevision(Base):
    """What such an update said before it was edited."""

    __tablename__ = "maintenance_update_revision"

    id: Mapped[Key]
    update_id: Mapped[int] = points_to("maintenance_update.id", index=True)
    body: Mapped[str]
    replaced_at: Mapped[datetime]


class MaintenanceSeries(Base):
    """Planned work that recurs: a rule, and what each occurrence is like when it is made.

    The rule is an RFC 5545 RRULE value without its name (`FREQ=WEEKLY;BYDAY=TU`), counted from `starts_at` as the
    clocks of `time_zone` show it: 02:00 stays 02:00 when they change. Occurrences up to `made_until` are rows of their
    own; the timers make more when `extend_due_at` comes, which is empty when the rule has no more, or was ended.
    """

    __tablename__ = "maintenance_series"
    __table_args__ = (
        Index(
            "ix_maintenance_series_extend_due_at",
            "extend_due_at",
            postgresql_where=text("extend_due_at is not null"),
        ),
        CheckConstraint("minutes > 0", name="takes_time"),
    )

    id: Mapped[Key]
    rule: Mapped[str]
    time_zone: Mapped[str]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    """How long each occurrence takes, in real minutes, whatever the clocks do meanwhile."""
    title: Mapped[str]
    body: Mapped[str]
    component_ids: Mapped[list[int]]
    auto_start: Mapped[bool] = mapped_column(default=True)
    auto_end: Mapped[bool] = mapped_column(default=True)
    remind_minutes: Mapped[int | None]
    notify: Mapped[bool] = mapped_column(default=True)
    quiet_alerts: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    made_until: Mapped[datetime]
    extend_due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Since when it is over: no occurrence is made any more."""
    continues_id: Mapped[int | None] = points_to("maintenance_series.id")
    """The series that this one goes on from, after a change of "this and following"."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
