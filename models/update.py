"""What the Communications Lead says, internally and to customers."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from core.changes import Kept
from models.base import Base, Key, points_to
from models.words import ActorKind, Audience, ComponentStatus, PublicStatus


class UpdateFacts:
    """What follows from an update's row alone."""

    __slots__ = ()
    published_at: Mapped[datetime]
    recorded_at: Mapped[datetime | None]

    @property
    def backdated(self) -> bool:
        """Whether it is dated before it was written."""
        return self.recorded_at is not None

    @property
    def written_at(self) -> datetime:
        """When it was written and could be read for the first time."""
        return self.recorded_at or self.published_at


class Update(UpdateFacts, Kept, Base):
    """An update. `promised_by` is the promise that this update was to keep; `next_update_by` the one that it makes.

    `recorded_at`: when a back-dated one was written; None: it was published when it was written. Readers meet updates
    by `published_at`, then `id`.
    """

    __tablename__ = "status_update"
    __table_args__ = (
        Index("ix_status_update_incident_id_id", "incident_id", "id"),
        Index("ix_status_update_published_at", "published_at"),
        Index("ix_status_update_promised_by", "promised_by", postgresql_where=text("promised_by is not null")),
        Index(
            "ix_status_update_public_words",
            text("to_tsvector('simple'::regconfig, body)"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=text("audience = 'PUBLIC' and withdrawn_at is null"),
        ),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    audience: Mapped[Audience]
    status: Mapped[PublicStatus | None]
    body: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    published_at: Mapped[datetime]
    recorded_at: Mapped[datetime | None]
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
    """What an update said before it was edited. `hidden_at`: since when customers no longer see that it said so."""

    __tablename__ = "status_update_revision"

    id: Mapped[Key]
    update_id: Mapped[int] = points_to("status_update.id", index=True)
    body: Mapped[str]
    replaced_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
