"""Who is behind a request: a bearer token (RFC 6750) or a browser session. Nobody, where there are no credentials.

What was found is remembered for a few seconds (core.remembered): an event that may change it ends that at once.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, cast

from auth.actor import ANONYMOUS, Actor
from auth.external import expiry_of, looks_external, read_access_token, stands_for
from auth.limits import fail
from auth.oidc.problems import ProviderError, TokenError
from auth.secret import SESSION, TOKEN, digest, well_formed
from auth.session import Visit, visit
from auth.token import Holding, bearer
from core.client import Client
from core.db import Reader
from core.errors import DomainError, ErrorCode
from core.runtime import Runtime

T = TypeVar("T")

Looking = Callable[[], AbstractAsyncContextManager[Reader]]
"""How to get a Reader for a look-up."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who it is, and by which credential, so that its use can be noted (auth.use)."""

    actor: Actor
    token_id: int | None = None
    session_id: int | None = None
    documents: frozenset[str] | None = None
    """SHA-256 (hex) of the only GraphQL documents that may be sent; None: any."""
    ends_at: datetime | None = None
    """When a token that another issuer made expires; what ends with others is in their rows."""


log = logging.getLogger(__name__)

NOBODY = Identity(ANONYMOUS)


def unbound(who: Identity) -> Identity:
    """The same. DOCUMENT_NOT_TRUSTED for a token that is bound to documents, where something else is asked for."""
    if who.documents is not None:
        raise DomainError(
            ErrorCode.DOCUMENT_NOT_TRUSTED,
            "This token may send the GraphQL documents that it is bound to, and nothing else.",
            hint="Use a token that is not bound to documents.",
        )
    return who


async def identify(runtime: Runtime, client: Client, *, authorization: str | None, cookie: str | None) -> Identity:
    """Who sent an Authorization header, or else a session cookie; ANONYMOUS without either.

    UNAUTHENTICATED for a header or token that is malformed, unknown, expired or revoked, all in the same words, and
    after the same look-up, but for the malformed: the checksum is no secret, so that being quick there tells nothing.
    FORBIDDEN for a token that may not be used from this address. A cookie that is no longer good is no error: that is
    how a session ends.
    """
    return await identify_by(runtime, runtime.database.looking, client, authorization, cookie)


async def identify_by(
    runtime: Runtime, looking: Looking, client: Client, authorization: str | None, cookie: str | None
) -> Identity:
    """The same with a way to look things up: subscribers have one of their own (core.live)."""
    if authorization is not None and runtime.settings.jwt_issuers and looks_external(authorization):
        return await _by_other_issuer(runtime, looking, client, _bearer(authorization))
    if authorization is not None:
        secret = _bearer(authorization)
        if not well_formed(secret, TOKEN):
            fail(runtime, client)
            raise unknown_token()
        return await _by_token(runtime, looking, client, secret)
    if cookie is not None and well_formed(cookie, SESSION):
        return await _by_session(runtime, looking, cookie)
    return NOBODY


async def _by_token(runtime: Runtime, looking: Looking, client: Client, secret: str) -> Identity:
    async def look() -> Holding | None:
        async with looking() as reader:
            return await bearer(reader, secret)

    return _held(runtime, client, await _remembered(runtime, secret, look))


async def _by_other_issuer(runtime: Runtime, looking: Looking, client: Client, token: str) -> Identity:
    """Who stands behind another issuer's access token (auth.external)."""
    now = runtime.database.clock.now()

    async def look() -> Holding | None:
        claims = await read_access_token(runtime.settings.jwt_issuers, token, now)
        async with looking() as reader:
            actor = await stands_for(reader, claims)
        return None if actor is None else Holding(actor, None, expiry_of(claims))

    try:
        found = await _remembered(runtime, token, look)
    except TokenError as error:
        log.info("an access token of another issuer is refused: %s", error)
        fail(runtime, client)
        raise unknown_token() from error
    except ProviderError as error:
        log.warning("an access token can't be checked: %s", error)
        raise DomainError(
            ErrorCode.UNAVAILABLE, "The issuer of this token can't be asked for its keys.", hint="Try again soon."
        ) from error
    return _held(runtime, client, found)


def _held(runtime: Runtime, client: Client, found: Holding | None) -> Identity:
    """Who holds a token that was looked up. UNAUTHENTICATED if nobody does any more, FORBIDDEN from elsewhere."""
    if found is None or found.over(runtime.database.clock.now()):
        fail(runtime, client)
        raise unknown_token()
    if not found.admits(client.address):
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "This token may not be used from this address.",
            hint="Its allowed networks are shown where tokens are listed.",
        )
    ends_at = found.expires_at if found.token_id is None else None
    return Identity(found.actor, token_id=found.token_id, documents=found.documents, ends_at=ends_at)


async def _by_session(runtime: Runtime, looking: Looking, secret: str) -> Identity:
    idle = timedelta(hours=runtime.settings.session_idle_hours)

    async def look() -> Visit | None:
        async with looking() as reader:
            return await visit(reader, secret, idle)

    found = await _remembered(runtime, secret, look)
    if found is None or not found.good(runtime.database.clock.now(), idle):
        return NOBODY
    return Identity(found.actor, session_id=found.session_id)


async def _remembered(runtime: Runtime, secret: str, look: Callable[[], Awaitable[T | None]]) -> T | None:
    return cast("T | None", await runtime.identities.get(digest(secret), look))


def _bearer(authorization: str) -> str:
    scheme, _, secret = authorization.strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer":
        raise DomainError(
            ErrorCode.UNAUTHENTICATED, "Only bearer tokens are accepted.", hint="Send Authorization: Bearer …"
        )
    return secret


def unknown_token() -> DomainError:
    """The same for a token that never was, one that is over, and one whose owner has left."""
    return DomainError(
        ErrorCode.UNAUTHENTICATED,
        "This token is not valid: it is unknown, expired or revoked.",
        hint=f"Send Authorization: Bearer {TOKEN}…; `muster token create` makes a token.",
    )
