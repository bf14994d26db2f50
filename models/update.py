"""What the Communications Lead says, internally and to customers."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from core.changes import Kept
from models.base import Base, Key, points_to
from models.words import ActorKind, Audience, ComponentStatus, PublicStatus


class Update(Kept, Base):
    """An update. `promised_by` is the promise that this update was to keep; `next_update_by` the one that it makes."""

    __tablename__ = "status_update"
    __table_args__ = (
        Index("ix_status_update_incident_id_id", "incident_id", "id"),
        Index("ix_status_update_published_at", "published_at"),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    audience: Mapped[Audience]
    status: Mapped[PublicStatus | None]
    body: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    promised_by: Mapped[datetime | None]
    next_update_by: Mapped[datetime | None]


class UpdateComponent(Base):
    """What an update said of a component."""

    __tablename__ = "status_update_component"

    update_id: Mapped[int] = points_to("status_update.id", primary_key=True)
    component_id: Mapped[int] = points_to("component.id", primary_key=True)
    from_status: Mapped[ComponentStatus]
    to_status: Mapped[ComponentStatus]


class UpdateRevision(Base):
    """What an update said before it was edited."""

    __tablename__ = "status_update_revision"

    id: Mapped[Key]
    update_id: Mapped[int] = points_to("status_update.id", index=True)
    body: Mapped[str]
    replaced_at: Mapped[datetime]
