"""Alert storms: when alerts would open more incidents in a minute than anybody can look at."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to


class AlertStorm(Base):
    """A storm, and the one incident that holds what came in it."""

    __tablename__ = "alert_storm"
    __table_args__ = (
        Index("uq_alert_storm_on", text("(true)"), unique=True, postgresql_where=text("ended_at is null")),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id", index=True)
    allowed: Mapped[int]
    """How many incidents a minute alerts could open when it began."""
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was calm; null: it goes on."""


class AlertOpening(Base):
    """How many incidents a delivery opened, or would have in a storm; only ever added, and forgotten after minutes.

    Rows and no counter: so that deliveries that open incidents at the same moment never wait for each other.
    """

    __tablename__ = "alert_opening"
    __table_args__ = (Index("ix_alert_opening_opened_at", "opened_at"),)

    id: Mapped[Key]
    incidents: Mapped[int] = mapped_column()
    opened_at: Mapped[datetime]
