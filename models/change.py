"""Changes to what the organisation runs, as deploying tools tell of them: what an incident is seen beside."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Key, points_to


class Change(Base):
    """A deployment, from its beginning to its end: the newest news of it stand here. It belongs to no incident."""

    __tablename__ = "change"
    __table_args__ = (
        UniqueConstraint("source_id", "name"),
        Index("ix_change_service_id_happened_at", "service_id", "happened_at"),
        Index("ix_change_happened_at", "happened_at", "id"),
    )

    id: Mapped[Key]
    source_id: Mapped[int] = points_to("alert_source.id")
    name: Mapped[str]
    """What its source calls it: `deployment:145988746`."""
    service_id: Mapped[int | None] = points_to("service.id")
    title: Mapped[str]
    environment: Mapped[str | None]
    state: Mapped[str]
    """How far it is, in its source's own word: `in_progress`, `success`."""
    author: Mapped[str | None]
    """Who made it, as its source calls them."""
    url: Mapped[str | None]
    happened_at: Mapped[datetime]
    """When it began."""
    told_at: Mapped[datetime]
    """When its source said how far it is: older news change nothing."""
