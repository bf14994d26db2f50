"""Who is behind a request: a bearer token (RFC 6750) or a browser session. Nobody, where there are no credentials."""

from dataclasses import dataclass

from sqlalchemy import select

from auth.actor import ANONYMOUS, Actor
from auth.secret import SESSION, TOKEN, digest
from auth.token import bearer
from core.db import Database, Reader
from core.errors import DomainError, ErrorCode
from models.access import BrowserSession
from models.person import User
from models.words import ActorKind

COOKIE = "muster_session"
LONGEST = 200
"""Characters of a secret; ours are shorter."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is, and by which token, so that its use can be noted (auth.token.touch_token)."""

    actor: Actor
    token_id: int | None = None


async def identify(database: Database, authorization: str | None, session_cookie: str | None) -> Actor:
    """The actor behind an Authorization header, or else a session cookie; ANONYMOUS without either.

    UNAUTHENTICATED for a header or token that is malformed, unknown or revoked. A cookie that is no longer good is no
    error: that is how a session ends.
    """
    async with database.reading() as reader:
        return (await identity(reader, authorization, session_cookie)).actor


async def identity(reader: Reader, authorization: str | None, session_cookie: str | None) -> Identity:
    """The same within a read that goes on."""
    if authorization is not None:
        found = await bearer(reader, _secret(authorization))
        if found is None:
            raise _refused("This token is unknown, or was revoked.")
        return Identity(*found)
    if session_cookie is not None and session_cookie.startswith(SESSION) and len(session_cookie) <= LONGEST:
        return Identity(await _session(reader, session_cookie) or ANONYMOUS)
    return Identity(ANONYMOUS)


def _secret(authorization: str) -> str:
    scheme, _, secret = authorization.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer":
        raise _refused("Only bearer tokens are accepted.")
    if not secret.startswith(TOKEN) or len(secret) > LONGEST or not secret.isascii():
        raise _refused("This is not a token of Muster.")
    return secret


def _refused(message: str) -> DomainError:
    return DomainError(
        ErrorCode.UNAUTHENTICATED,
        message,
        hint=f"Send Authorization: Bearer {TOKEN}…; `muster token create` makes a token.",
    )


async def _session(reader: Reader, secret: str) -> Actor | None:
    """The person whose browser session this is, if it has neither ended nor been ended."""
    rows = await reader.execute(
        select(User.id, User.name, User.access_role)
        .join(BrowserSession, BrowserSession.user_id == User.id)
        .where(
            BrowserSession.digest == digest(secret),
            BrowserSession.revoked_at.is_(None),
            BrowserSession.expires_at > reader.clock.now(),
            User.archived_at.is_(None),
        )
    )
    return Actor(ActorKind.USER, rows[0].id, rows[0].name, rows[0].access_role) if rows else None
