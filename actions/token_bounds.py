"""How far a token is to reach: what was asked for, held to what the credential that asks for it may do itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from auth.actor import Actor
from auth.identify import NOBODY, Identity
from auth.networks import read_networks
from auth.permission import Permission, may
from auth.scope import read_scopes
from auth.token import networks_of, weaker
from core.errors import DomainError, ErrorCode, invalid
from models.access import AccessToken, ServiceAccount
from models.words import AccessRole

DOCUMENTS = 500
"""Documents that a token may be bound to: a program has some dozens."""
PERSONAL_LIVES = timedelta(days=90)
"""How long a personal token is good if nobody says."""
PERSONAL_LONGEST = timedelta(days=366)
SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TokenBounds:
    """Everything that narrows a token. None: not narrowed."""

    access_role: AccessRole
    scopes: list[str] | None = None
    networks: list[str] | None = None
    documents: list[str] | None = None
    expires_at: datetime | None = None


def read_bounds(
    access_role: AccessRole,
    *,
    now: datetime,
    scopes: Sequence[str] | None = None,
    networks: Sequence[str] | None = None,
    documents: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> TokenBounds:
    """Bounds in one spelling. INVALID_INPUT for an empty list, which would make a token that is good for nothing."""
    return TokenBounds(
        access_role,
        None if scopes is None else _scopes(scopes),
        None if networks is None else read_networks(networks, "networks"),
        None if documents is None else _documents(documents),
        None if expires_at is None else check.future(expires_at, "expires_at", now),
    )


def _scopes(names: Sequence[str]) -> list[str]:
    if not names:
        raise invalid("scopes", "A token without any scope may do nothing.", "Leave `scopes` out for all of its role.")
    return read_scopes(names, "scopes")


def _documents(digests: Sequence[str]) -> list[str]:
    check.few(digests, "documents", limit=DOCUMENTS)
    if not digests:
        raise invalid("documents", "A token without any document may send nothing.", "Leave `documents` out for all.")
    for i, digest in enumerate(digests):
        if not SHA256.fullmatch(digest.lower()):
            raise invalid(
                f"documents.{i}", f"{digest[:80]!r} is no SHA-256.", "Send 64 hexadecimal digits for each document."
            )
    return sorted({digest.lower() for digest in digests})


def hold_personal(bounds: TokenBounds, now: datetime) -> TokenBounds:
    """The same for a person's token, which always expires: after 90 days, or when it says, within 366 days."""
    if bounds.expires_at is None:
        return replace(bounds, expires_at=now + PERSONAL_LIVES)
    if bounds.expires_at > now + PERSONAL_LONGEST:
        raise invalid(
            "expires_at",
            f"A personal token is good for {PERSONAL_LONGEST.days} days at most.",
            "Choose an earlier moment, or use a service account's token.",
        )
    return bounds


def hold_to_account(bounds: TokenBounds, account: ServiceAccount) -> None:
    """INVALID_INPUT for a credential that would say more than its service account may do."""
    if weaker(bounds.access_role, account.access_role) is not bounds.access_role:
        raise invalid(
            "access_role",
            f"{account.name} is {account.access_role.lower()}: what it holds can't be more.",
            f"Send {account.access_role} or less, or change the account first.",
        )


async def hold_to_maker(session: AsyncSession, bounds: TokenBounds, *, shorten: bool = False) -> TokenBounds:
    """The same within the networks, documents and life of the token by which this is asked, if it is asked by one.

    What was left out is as the maker has it. FORBIDDEN for more: whoever finds a bounded token could otherwise rid it
    of its bounds. (The life of a token that was fetched from `/oauth/token` is short because another can be fetched: it
    does not count.) With `shorten` a longer life is no error, but cut. What it may do is for auth.reach.
    """
    maker = await _maker(session)
    if maker is None:
        return bounds
    end = maker.ends_at
    if end is not None and bounds.expires_at is not None and bounds.expires_at > end:
        if not shorten:
            raise _wider("expires_at", f"expires at {end:%Y-%m-%d %H:%M} UTC")
        bounds = replace(bounds, expires_at=end)
    if maker.documents is not None and set(bounds.documents or ()) - set(maker.documents):
        raise _wider("documents", "is bound to trusted documents")
    if maker.networks is not None and not _inside(bounds.networks, maker.networks):
        raise _wider("networks", f"is for {', '.join(maker.networks)}")
    return replace(
        bounds,
        networks=bounds.networks or maker.networks,
        documents=bounds.documents or maker.documents,
        expires_at=bounds.expires_at or end,
    )


async def refuse_bound_maker(session: AsyncSession) -> None:
    """FORBIDDEN if a token asks for what can't be bound as it is: to networks, to documents, to another issuer."""
    maker = await _maker(session)
    if maker is not None and (maker.foreign or maker.networks is not None or maker.documents is not None):
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "The token that you use is bound to networks, documents or its issuer, and what it would make is not.",
            hint="Use a session, or a token without such bounds.",
        )


async def hold_to_itself(session: AsyncSession, actor: Actor, *, token: int | None = None) -> None:
    """FORBIDDEN for a token with scopes that ends or rotates another credential of its owner than itself (`token`).

    Owners may do that to all that is theirs, but whoever narrowed a token to reading did not mean it to sign them out
    everywhere. The scope admin:people is for it.
    """
    maker = await _maker(session)
    if maker is None or not maker.scoped or may(actor, Permission.ADMINISTER_PEOPLE):
        return
    identity: Identity = session.info.get("identity", NOBODY)
    if token is None or token != identity.token_id:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "The token that you use has scopes, and none of them is for credentials.",
            hint="Use a session, a token without scopes, or the scope admin:people.",
        )


class _Maker(NamedTuple):
    """The bounds of the token by which something is asked."""

    networks: list[str] | None
    documents: list[str] | None
    ends_at: datetime | None
    scoped: bool
    foreign: bool = False
    """Whether another issuer made it."""


async def _maker(session: AsyncSession) -> _Maker | None:
    """The token by which this unit of work is asked for; None if by a session, a job or the command line."""
    identity: Identity = session.info.get("identity", NOBODY)
    if identity.ends_at is not None:
        return _Maker(None, None, identity.ends_at, scoped=True, foreign=True)
    if identity.token_id is None:
        return None
    row = await session.get_one(AccessToken, identity.token_id)
    end = row.expires_at if row.oauth_client_id is None else None
    return _Maker(row.networks, row.documents, end, scoped=row.scopes is not None)


def _inside(networks: Sequence[str] | None, of: Sequence[str]) -> bool:
    """Whether every network lies in one of others; none given lies in all."""
    outer = networks_of(of) or ()
    return all(
        any(inner.version == each.version and inner.subnet_of(each) for each in outer)  # type: ignore[arg-type]
        for inner in networks_of(networks) or ()
    )


def _wider(field: str, why: str) -> DomainError:
    return DomainError(
        ErrorCode.FORBIDDEN,
        f"The token that you use {why}, so it can make none that goes further.",
        field=field,
        hint="Ask for less, or use a credential without this bound.",
    )


def bounds_of(token: AccessToken, moment: datetime) -> TokenBounds:
    """The bounds of a token's successor, which lives as long as the token was meant to."""
    life = PERSONAL_LIVES if token.user_id is not None else None
    if token.expires_at is not None:
        life = token.expires_at - token.created_at
    end = None if life is None else moment + life
    return TokenBounds(token.access_role, token.scopes, token.networks, token.documents, end)
