"""How people and scripts prove who they are. Secrets are kept as SHA-256 digests: they are random and long."""

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import AccessRole


class ServiceAccount(ArchivedFacts, Base):
    """A script or bot."""

    __tablename__ = "service_account"

    id: Mapped[Key]
    name: Mapped[str]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class AccessToken(Base):
    """A bearer token of a person or a service account, bounded by its own access role."""

    __tablename__ = "access_token"
    __table_args__ = (CheckConstraint("num_nonnulls(user_id, service_account_id) = 1", name="one_owner"),)

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str]
    access_role: Mapped[AccessRole]
    user_id: Mapped[int | None] = points_to("app_user.id")
    service_account_id: Mapped[int | None] = points_to("service_account.id")
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs a person in once."""

    __tablename__ = "sign_in_link"

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = points_to("app_user.id")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class BrowserSession(Base):
    """A person signed in with a browser; the cookie holds the secret, this row its digest."""

    __tablename__ = "browser_session"

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = points_to("app_user.id")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
