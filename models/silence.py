"""Silences: which alerts are held back, from when to when, why, and who said so."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import ActorKind


class Silence(Base):
    """Alerts that match while it lasts make no incident. Every condition must hold; one that is absent always does.

    Ended early, `ends_at` is when that was. It is never deleted: alerts say which one held them.
    """

    __tablename__ = "silence"
    __table_args__ = (Index("ix_silence_ends_at", "ends_at"),)

    id: Mapped[Key]
    matchers: Mapped[dict[str, Any]]
    source_id: Mapped[int | None] = points_to("alert_source.id")
    service_id: Mapped[int | None] = points_to("service.id")
    reason: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime]
    held_at: Mapped[datetime | None] = mapped_column(default=None)
    """When what fired already was held back; null until it begins."""
