"""What somebody looks for again and again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from models.base import Base, Key
from models.words import ActorKind


class SavedFilter(Base):
    """A filter of incidents under a name, for whoever saved it and nobody else."""

    __tablename__ = "saved_filter"
    __table_args__ = (Index("uq_saved_filter_name", "owner_kind", "owner_id", text("lower(name)"), unique=True),)

    id: Mapped[Key]
    owner_kind: Mapped[ActorKind]
    owner_id: Mapped[int]
    name: Mapped[str]
    filter: Mapped[dict[str, Any]]
    """The lines that were given, as JSON, by their names in snake case (resolvers.incident_filter)."""
    order: Mapped[str | None]
    """In which order the incidents are listed (resolvers.incident_filter.IncidentOrder)."""
    created_at: Mapped[datetime]
