"""Alerts that flap: which one of a fingerprint stands for all that come and go."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to


class AlertFlapping(Base):
    """A fingerprint that changes too often, while it does; deleted when it is calm.

    The alert fires on meanwhile, whatever its monitor says: the last word of that is here.
    """

    __tablename__ = "alert_flapping"
    __table_args__ = (UniqueConstraint("source_id", "fingerprint"), Index("ix_alert_flapping_calm_at", "calm_at"))

    id: Mapped[Key]
    alert_id: Mapped[int] = points_to("alert.id", index=True)
    source_id: Mapped[int] = points_to("alert_source.id")
    fingerprint: Mapped[str]
    began_at: Mapped[datetime]
    changes: Mapped[list[Any]]
    """When it changed last, as RFC 3339 text, the oldest first: as many as its calm is told from."""
    changed: Mapped[int] = mapped_column()
    """How often, counted from the first change that made it flap."""
    minutes: Mapped[int]
    """Within how long they are counted."""
    starts_at: Mapped[datetime]
    """When it last began to fire, as its monitor says."""
    ended_at: Mapped[datetime | None]
    """When that was over; null: it fires."""
    calm_at: Mapped[datetime]
    """When it is calm, unless it changes again."""
