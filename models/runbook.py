"""Runbooks: what to do when a service fails, written beforehand, and which of them incidents are worked by."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts


class Runbook(ArchivedFacts, Base):
    """Instructions in Markdown, for incidents of a service, of a severity, of both, or for all."""

    __tablename__ = "runbook"
    __table_args__ = (
        Index("uq_runbook_name", text("lower(name)"), unique=True, postgresql_where=text("archived_at is null")),
    )

    id: Mapped[Key]
    name: Mapped[str]
    service_id: Mapped[int | None] = points_to("service.id")
    severity_id: Mapped[int | None] = points_to("severity.id")
    body: Mapped[str]
    """Markdown, as written. Its open checks (`- [ ] …`) become tasks."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class OpenedRunbook(Base):
    """A runbook that an incident is worked by, as it read then: later edits change nothing in flight."""

    __tablename__ = "opened_runbook"
    __table_args__ = (UniqueConstraint("incident_id", "runbook_id"),)

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    runbook_id: Mapped[int] = points_to("runbook.id")
    name: Mapped[str]
    version: Mapped[int]
    body: Mapped[str]
    opened_at: Mapped[datetime]
