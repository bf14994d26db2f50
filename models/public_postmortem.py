"""What customers are told was learned of an incident: a text that a person wrote for them, and confirmed."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import ActorKind


class PublicPostmortem(Base):
    """The public postmortem of an incident; at most one. Markdown as it was written.

    Once withdrawn it is nowhere to be read, and its text is gone from here; the events keep the record.
    """

    __tablename__ = "public_postmortem"
    __table_args__ = (
        UniqueConstraint("incident_id"),
        Index("ix_public_postmortem_published_at", "published_at", postgresql_where=text("withdrawn_at is null")),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    body: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    """Counts publishing, edits and withdrawal: an edit may name the one that it was made from."""
