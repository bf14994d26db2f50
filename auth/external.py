"""Access tokens of other issuers (RFC 9068, JWT profile): whom they stand for here, and how far they reach.

An issuer vouches for who somebody is, never for what they may do: that is what Muster knows of the service account that
an admin made for this issuer and subject, or of the person who signs in through it. Scopes of the token narrow that.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from auth.actor import Actor
from auth.oidc.connection import Connection
from auth.oidc.problems import TokenError
from auth.oidc.signed import SKEW, check_issued, check_times, moment_of, unverified_claims, verified
from auth.permission import PERMISSIONS
from auth.scope import permissions_of
from auth.session import person
from core.db import Reader
from core.jwt_settings import TrustedIssuer
from core.oidc_settings import ProviderSettings
from models.access import ServiceAccount, UserIdentity
from models.person import User
from models.words import ActorKind

TYPES = ("at+jwt", "application/at+jwt")


@lru_cache(64)
def connection_to(trusted: TrustedIssuer) -> Connection:
    """The one connection of this process to an issuer."""
    return Connection(ProviderSettings(key="access-tokens", issuer=trusted.issuer, client_id=trusted.audience))


def looks_external(secret: str) -> bool:
    """Whether a bearer token has the three parts of a signed JWT."""
    return secret.count(".") == 2  # noqa: PLR2004


async def read_access_token(issuers: tuple[TrustedIssuer, ...], token: str, now: datetime) -> dict[str, Any]:
    """The claims of an access token that one of these issuers made for us. TokenError if it is not believed.

    RFC 9068 §4: type, issuer, signature by an allowed algorithm, audience, expiry; RFC 8725 for the rest. Clocks may
    differ by a minute. ProviderError if the issuer's keys can't be had.
    """
    said = unverified_claims(token).get("iss")
    trusted = next((each for each in issuers if each.issuer == said), None)
    if trusted is None:
        raise TokenError("its issuer is not trusted")
    header, claims = await verified(connection_to(trusted), token)
    if str(header.get("typ")).lower() not in TYPES:
        raise TokenError("it is no access token")
    if header["alg"] not in trusted.algorithms:
        raise TokenError("its algorithm is not allowed for this issuer")
    check_issued(claims, trusted.issuer, trusted.audience)
    check_times(claims, now)
    return claims


def expiry_of(claims: dict[str, Any]) -> datetime:
    """Until when a token is good, a clock's minute included."""
    return datetime.fromtimestamp(moment_of(claims, "exp") + SKEW, UTC)


async def stands_for(reader: Reader, claims: dict[str, Any]) -> Actor | None:
    """Whom an issuer's subject is here: a service account or a person who has not left; None for a stranger."""
    issuer, subject = claims["iss"], claims.get("sub")
    if not isinstance(subject, str) or "\x00" in subject:
        return None
    scope = claims.get("scope")
    limit = permissions_of(scope.split()) if isinstance(scope, str) else None
    accounts = await reader.execute(
        select(ServiceAccount.id, ServiceAccount.name, ServiceAccount.access_role).where(
            ServiceAccount.issuer == issuer, ServiceAccount.subject == subject, ServiceAccount.archived_at.is_(None)
        )
    )
    if accounts:
        account = accounts[0]
        return Actor(ActorKind.SERVICE_ACCOUNT, account.id, account.name, account.access_role, limit)
    people = await reader.execute(
        select(User.id, User.name, User.access_role)
        .join(UserIdentity, UserIdentity.user_id == User.id)
        .where(UserIdentity.issuer == issuer, UserIdentity.subject == subject, User.archived_at.is_(None))
    )
    if not people:
        return None
    row = people[0]
    owner = person(row.id, row.name, row.access_role, sees_private=False)
    bound = PERMISSIONS[row.access_role] if limit is None else limit
    return Actor(owner.kind, owner.id, owner.name, owner.access_role, bound)
