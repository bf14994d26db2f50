"""Tasks: what someone does during an incident, held by exactly one, so that effort is not duplicated."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from core.changes import Kept
from models.base import Base, Key, points_to
from models.words import ActorKind, TaskState


class Task(Kept, Base):
    """A task of an incident."""

    __tablename__ = "task"
    __table_args__ = (CheckConstraint("(claimed_by_kind is null) = (claimed_at is null)", name="claimed_by_someone"),)

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id", index=True)
    title: Mapped[str]
    state: Mapped[TaskState]
    created_at: Mapped[datetime]
    claimed_by_kind: Mapped[ActorKind | None]
    claimed_by_id: Mapped[int | None]
    claimed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
