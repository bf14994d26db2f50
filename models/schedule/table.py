"""On-call schedules as they are kept: versions in time, overrides, and secret links to calendars (ADR 0028)."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts


class Schedule(ArchivedFacts, Base):
    """The identity of a schedule; who takes turns is in its versions. Once it is archived nobody is on call by it."""

    __tablename__ = "schedule"
    __table_args__ = (
        Index("uq_schedule_name", text("lower(name)"), unique=True, postgresql_where=text("archived_at is null")),
    )

    id: Mapped[Key]
    name: Mapped[str]
    team_id: Mapped[int | None] = points_to("team.id", index=True)
    """Whose members may change who covers whom; it is on call for the services that this team owns."""
    version: Mapped[int] = mapped_column(default=1)
    """How often it was saved; the number of its latest version."""
    stamp: Mapped[UUID] = mapped_column(default=uuid4)
    """Another one whenever anything of it changes, overrides too: whoever remembers its shifts compares it."""
    hole_told_at: Mapped[datetime | None]
    """When it was last told that nobody is on call because somebody left."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class ScheduleVersion(Base):
    """What a schedule is from a moment on. Its definition never changes, so that the past stays as it was.

    It holds until the next one's `valid_from`. What is saved supersedes all that was to hold from its moment on or
    later: such versions never held, or did not hold any more.
    """

    __tablename__ = "schedule_version"
    __table_args__ = (
        UniqueConstraint("schedule_id", "version"),
        Index(
            "ix_schedule_version_valid_from",
            "schedule_id",
            "valid_from",
            postgresql_where=text("superseded_at is null"),
        ),
    )

    id: Mapped[Key]
    schedule_id: Mapped[int] = points_to("schedule.id")
    version: Mapped[int]
    valid_from: Mapped[datetime]
    definition: Mapped[dict[str, Any]]
    """Zone, layers and holidays (models.schedule.written)."""
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    """Since when it is not to come any more."""


class ScheduleOverride(Base):
    """Somebody, or nobody, instead of all layers for a while. What has begun is never undone, only ended."""

    __tablename__ = "schedule_override"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        Index("ix_schedule_override_ends_at", "schedule_id", "ends_at", postgresql_where=text("removed_at is null")),
    )

    id: Mapped[Key]
    schedule_id: Mapped[int] = points_to("schedule.id")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """When it ends, or was ended."""
    user_id: Mapped[int | None] = points_to("app_user.id", index=True)
    """Who is on call; null: nobody, on purpose."""
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """When it was taken back, before it began."""


class CalendarLink(Base):
    """A secret link to a calendar of a person's shifts, or of a schedule's, for whoever made it.

    Its address holds its signed key (core.signing), so that it can be shown again; another one ends it.
    """

    __tablename__ = "calendar_link"
    __table_args__ = (
        Index(
            "uq_calendar_link_current",
            "user_id",
            "schedule_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = points_to("app_user.id")
    schedule_id: Mapped[int | None] = points_to("schedule.id", index=True)
    """Whose shifts it shows; null: the person's own, of all schedules."""
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
