"""People and the teams they belong to."""

import re
from datetime import datetime

from sqlalchemy import Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import AccessRole

EMAIL_LENGTH = 254
EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
"""What a browser's e-mail field accepts (HTML Standard, "valid e-mail address"); the length is RFC 5321's."""


NOBODYS = "@erased.invalid"
"""How addresses end that stand where those of erased people were (models.personal.placeholder_address)."""


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address that somebody can have."""
    return len(text) <= EMAIL_LENGTH and EMAIL.fullmatch(text) is not None and not text.lower().endswith(NOBODYS)


class ArchivedFacts:
    """Configuration is archived, never deleted: history keeps pointing to it."""

    __slots__ = ()
    archived_at: Mapped[datetime | None]

    @property
    def archived(self) -> bool:
        """Whether it may no longer be used for anything new."""
        return self.archived_at is not None


class DirectoryFacts(ArchivedFacts):
    """What a company's directory can change over SCIM, and how it notices that others did (RFC 7643 §3.1)."""

    __slots__ = ()
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    """When anything of it was last changed; null: never since it was made."""

    @property
    def modified_at(self) -> datetime:
        """When it last became as it is."""
        return self.changed_at or self.created_at

    @property
    def version(self) -> str:
        """Another text after every change: the moment of the change in hexadecimal microseconds."""
        return f"{int(self.modified_at.timestamp() * 1_000_000):x}"


class UserFacts(DirectoryFacts):
    """What follows from a person's columns."""

    __slots__ = ()
    email: Mapped[str]
    erased_at: Mapped[datetime | None]

    @property
    def erased(self) -> bool:
        """Whether who this was is not known any more."""
        return self.erased_at is not None

    @property
    def shown_email(self) -> str | None:
        """The address; None once it was erased: what stands there then is none."""
        return None if self.erased else self.email


class User(UserFacts, Base):
    """A person. `access_role` bounds what they may do; incident roles are something else (models.role)."""

    __tablename__ = "app_user"
    __table_args__ = (
        Index("uq_app_user_email", text("lower(email)"), unique=True),
        Index("ix_app_user_archived_at", "archived_at", postgresql_where=text("archived_at is not null")),
    )

    id: Mapped[Key]
    name: Mapped[str]
    given_name: Mapped[str | None]
    family_name: Mapped[str | None]
    """The parts of the name, where the directory has told them; `name` is what is shown."""
    email: Mapped[str]
    access_role: Mapped[AccessRole] = mapped_column(default=AccessRole.RESPONDER)
    sees_private: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The explicit right of an admin to see private incidents without being a member."""
    external_id: Mapped[str | None] = mapped_column(unique=True)
    """What the company's directory calls this person (SCIM, RFC 7643 §3.1)."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    struck_at: Mapped[datetime | None]
    """When the directory struck them off (SCIM DELETE): while they are archived it does not see them any more."""
    erased_at: Mapped[datetime | None]
    """When all that tells who this was was erased, for good. The row stays: history points to it."""


class Team(DirectoryFacts, Base):
    """A team owns services and action items."""

    __tablename__ = "team"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    external_id: Mapped[str | None] = mapped_column(unique=True)
    """What the company's directory calls this group (SCIM)."""
    manager_id: Mapped[int | None] = points_to("app_user.id")
    """Who is told of what the team owes for too long."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]


class TeamMember(Base):
    """A person's membership of a team."""

    __tablename__ = "team_member"

    team_id: Mapped[int] = points_to("team.id", primary_key=True)
    user_id: Mapped[int] = points_to("app_user.id", primary_key=True, index=True)
