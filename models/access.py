"""How people and scripts prove who they are. Secrets are kept as SHA-256 digests: they are random and long."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import AccessRole


class ServiceAccount(ArchivedFacts, Base):
    """A script or bot. Its tokens and clients may do what `access_role` allows, at most."""

    __tablename__ = "service_account"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Key]
    name: Mapped[str]
    access_role: Mapped[AccessRole]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    """Whom an external issuer's access tokens (RFC 9068) call it; both or neither."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Bounds:
    """How far a credential reaches: never beyond its owner, and less where it says so."""

    access_role: Mapped[AccessRole]
    scopes: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """Names of auth.scope; null: all that the role allows."""
    networks: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """Networks in CIDR notation that it may be used from; null: anywhere."""


class OAuthClient(Bounds, Base):
    """A program that fetches short-lived tokens for a service account (RFC 6749, client credentials)."""

    __tablename__ = "oauth_client"

    id: Mapped[Key]
    client_id: Mapped[str] = mapped_column(unique=True)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str]
    service_account_id: Mapped[int] = points_to("service_account.id", index=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AccessToken(Bounds, Base):
    """A bearer token of a person or a service account, bounded by its own access role."""

    __tablename__ = "access_token"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, service_account_id) = 1", name="one_owner"),
        Index("ix_access_token_user_id", "user_id", postgresql_where=text("user_id is not null")),
        Index(
            "ix_access_token_service_account_id",
            "service_account_id",
            postgresql_where=text("service_account_id is not null"),
        ),
        Index("ix_access_token_expires_at", "expires_at", postgresql_where=text("expires_at is not null")),
    )

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str]
    hint: Mapped[str | None]
    """Its last characters, so that its owner can tell it from the others."""
    user_id: Mapped[int | None] = points_to("app_user.id")
    service_account_id: Mapped[int | None] = points_to("service_account.id")
    oauth_client_id: Mapped[int | None] = points_to("oauth_client.id", index=True)
    """The client that fetched it; ends with it."""
    documents: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """SHA-256 (hex) of the only GraphQL documents that it may send; null: any."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    """When a successor was made; it then expires after the overlap."""
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None]
    revoked_at: Mapped[datetime | None]


def good_tokens(moment: datetime) -> ColumnElement[bool]:
    """The condition on tokens that are neither revoked nor expired at a moment."""
    lives = AccessToken.expires_at.is_(None) | (AccessToken.expires_at > moment)
    return AccessToken.revoked_at.is_(None) & lives


class DeviceAuthorization(Base):
    """A device that waits for a person to let it in (RFC 8628)."""

    __tablename__ = "device_authorization"
    __table_args__ = (
        Index("ix_device_authorization_expires_at", "expires_at"),
        Index("ix_device_authorization_user_id", "user_id"),
    )

    id: Mapped[Key]
    device_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    client_id: Mapped[str]
    scopes: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    interval_seconds: Mapped[int]
    last_polled_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = points_to("app_user.id")
    """Who decided."""
    approved_at: Mapped[datetime | None]
    denied_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs a person in once."""

    __tablename__ = "sign_in_link"

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = points_to("app_user.id")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserIdentity(Base):
    """Who a person is to a provider: their `sub` never changes, their address may (OpenID Connect Core §5.7)."""

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Key]
    issuer: Mapped[str]
    subject: Mapped[str]
    user_id: Mapped[int] = points_to("app_user.id", index=True)
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A browser that was sent to an identity provider and is expected back, once. The row goes when it comes back."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_expires_at", "expires_at"),)

    id: Mapped[Key]
    state_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    browser_digest: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the cookie of the browser that began: nobody finishes another's sign-in (RFC 6749 §10.12)."""
    provider: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[bytes] = mapped_column(LargeBinary)
    """The PKCE code verifier (RFC 7636), sealed."""
    return_to: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class BrowserSession(Base):
    """A person signed in with a browser; the cookie holds the secret, this row its digest."""

    __tablename__ = "browser_session"
    __table_args__ = (
        Index("ix_browser_session_user_id", "user_id"),
        Index("ix_browser_session_issuer_subject", "issuer", "subject", postgresql_where=text("issuer is not null")),
    )

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = points_to("app_user.id")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]
    provider: Mapped[str | None]
    """The provider's key in the settings; null for a one-time link."""
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    provider_session: Mapped[str | None]
    """The provider's `sid`, by which it ends this session (OpenID Connect Back-Channel Logout)."""
    id_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed; the hint with which we ask the provider to sign out (RP-Initiated Logout §2)."""


class SeenToken(Base):
    """An identifier (`jti`) that an issuer's message may have once only, until that message is too old anyway."""

    __tablename__ = "seen_token"
    __table_args__ = (Index("ix_seen_token_expires_at", "expires_at"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
