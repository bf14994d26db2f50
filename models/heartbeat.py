"""Heartbeats: monitors that report when all is well, so that their silence is an alert."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts


class HeartbeatState(StrEnum):
    """Where a monitor that should report stands. LATE is never stored: it follows from the time."""

    NEW = "NEW"
    UP = "UP"
    LATE = "LATE"
    DOWN = "DOWN"
    PAUSED = "PAUSED"


class HeartbeatFacts(ArchivedFacts):
    """What follows from a heartbeat's row."""

    __slots__ = ()
    state: Mapped[HeartbeatState]
    every_seconds: Mapped[int]
    grace_seconds: Mapped[int]
    expected_at: Mapped[datetime | None]

    @property
    def every(self) -> timedelta:
        """How often it should report."""
        return timedelta(seconds=self.every_seconds)

    @property
    def grace(self) -> timedelta:
        """How late it may be."""
        return timedelta(seconds=self.grace_seconds)

    @property
    def paused(self) -> bool:
        """Whether nobody watches it."""
        return self.state is HeartbeatState.PAUSED

    def state_at(self, now: datetime) -> HeartbeatState:
        """Its state at a moment: up is late once it should have reported; nothing writes that down."""
        late = self.state is HeartbeatState.UP and self.expected_at is not None and self.expected_at <= now
        return HeartbeatState.LATE if late else self.state


class Heartbeat(HeartbeatFacts, Base):
    """A monitor that should report every so often. Only the SHA-256 of the key in its address is kept.

    NEW until it first reports. Up, it has `expected_at` and `due_at`; down, an alert that began `down_since`.
    """

    __tablename__ = "heartbeat"
    __table_args__ = (
        Index("ix_heartbeat_due_at", "due_at", postgresql_where=text("due_at is not null")),
        CheckConstraint("(state = 'UP') = (due_at is not null)", name="due_while_up"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    service_id: Mapped[int | None] = points_to("service.id", index=True)
    source_id: Mapped[int] = points_to("alert_source.id")
    """The source that the alerts of all heartbeats come from."""
    key_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    old_key_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    """The key before, which is good until `old_key_until`."""
    old_key_until: Mapped[datetime | None]
    every_seconds: Mapped[int]
    grace_seconds: Mapped[int]
    state: Mapped[HeartbeatState]
    last_seen_at: Mapped[datetime | None]
    expected_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """When its silence becomes an alert: `expected_at` and the grace."""
    down_since: Mapped[datetime | None]
    """When its alert began to fire, which tells it from earlier ones."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class HeartbeatWatch(Base):
    """One row: until when heartbeats could report (actions.heartbeats.listening)."""

    __tablename__ = "heartbeat_watch"

    id: Mapped[Key]
    listening_at: Mapped[datetime]
