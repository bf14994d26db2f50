"""What a postmortem is written with: kinds of contributing factors, and phrases that blame."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts


class FactorKind(ArchivedFacts, Base):
    """A kind of contributing factor: something in the system that made an incident possible, never a person."""

    __tablename__ = "factor_kind"
    __table_args__ = (Index("uq_factor_kind_key", "key", unique=True),)

    id: Mapped[Key]
    key: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class ContributingFactor(Base):
    """A factor that people found to have contributed to an incident; several are the rule."""

    __tablename__ = "contributing_factor"
    __table_args__ = (UniqueConstraint("postmortem_id", "position"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    kind_id: Mapped[int] = points_to("factor_kind.id")
    position: Mapped[int]
    note: Mapped[str | None]


class BlamePhrase(Base):
    """A phrase of the organisation's own that the lint of postmortems marks, and what to say instead."""

    __tablename__ = "blame_phrase"
    __table_args__ = (Index("uq_blame_phrase_phrase", text("lower(phrase)"), unique=True),)

    id: Mapped[Key]
    phrase: Mapped[str]
    suggestion: Mapped[str]
    created_at: Mapped[datetime]
