"""People and the teams they belong to."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import AccessRole


class ArchivedFacts:
    """Configuration is archived, never deleted: history keeps pointing to it."""

    __slots__ = ()
    archived_at: Mapped[datetime | None]

    @property
    def archived(self) -> bool:
        """Whether it may no longer be used for anything new."""
        return self.archived_at is not None


class User(ArchivedFacts, Base):
    """A person. `access_role` bounds what they may do; incident roles are something else (models.role)."""

    __tablename__ = "app_user"
    __table_args__ = (Index("uq_app_user_email", text("lower(email)"), unique=True),)

    id: Mapped[Key]
    name: Mapped[str]
    email: Mapped[str]
    access_role: Mapped[AccessRole] = mapped_column(default=AccessRole.RESPONDER)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Team(ArchivedFacts, Base):
    """A team owns services and action items."""

    __tablename__ = "team"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class TeamMember(Base):
    """A person's membership of a team."""

    __tablename__ = "team_member"

    team_id: Mapped[int] = points_to("team.id", primary_key=True)
    user_id: Mapped[int] = points_to("app_user.id", primary_key=True, index=True)
